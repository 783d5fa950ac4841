"""The wheel that people install: complete, and at work in a place that is no checkout.

It goes without its dependencies into a fresh environment that sees this one's packages.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from analysis.ava import example
from analysis.ava.csv_file import to_csv

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ("lart_core", "analysis", "app", "assets")

PARTS = """
import json
import app, assets, lart_core
from lart_core import body, demo_models
print(json.dumps({
    "files": [app.__file__, assets.__file__, lart_core.__file__],
    "version": lart_core.__version__,
    "vertices": len(body.load().v_template),
    "models": sorted(demo_models()),
}))
"""
PAGE = """
import json
from streamlit.testing.v1 import AppTest
from app.ui import navigation
main = navigation.FOLDER.parent / "server" / "main.py"
test = AppTest.from_file(main, default_timeout=120)
test.switch_page(str(navigation.FOLDER / "models.py"))
test.run()
assert not test.exception, test.exception
assert not test.error, [each.value for each in test.error]
print(json.dumps([each.value for each in test.title]))
"""


def left_out(folder: str, names: list[str]) -> set[str]:
    """Names that no package ships; `shutil.copytree`'s `ignore`."""
    return {name for name in names if name.startswith(".") or name == "__pycache__"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as `pip install .` builds it, from a copy without git and without what lies about."""
    source, made = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in SHIPPED:
        shutil.copytree(ROOT / name, source / name, ignore=left_out)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index"]
    subprocess.run(
        [*command, "--no-build-isolation", "--wheel-dir", str(made), str(source)], check=True
    )
    return next(made.glob("*.whl"))


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a fresh environment with the wheel in it."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True)
    found = folder / "bin" / "python"
    command = [sys.executable, "-m", "pip", "--python", str(found), "install", "--quiet"]
    subprocess.run([*command, "--no-deps", "--no-index", str(wheel)], check=True)
    own = next((folder / "lib").glob("python3*/site-packages"))
    (own / "pins.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return found


def ask(python: Path, where: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run that Python in an empty folder, with nothing in the environment that names this one."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return subprocess.run(
        [str(python), *arguments],
        cwd=where,
        env=kept | {"LART_HOME": str(where / "home")},
        capture_output=True,
        text=True,
    )


def test_every_file_of_the_packages_is_in_the_wheel(wheel: Path) -> None:
    files = (path for name in SHIPPED for path in (ROOT / name).rglob("*") if path.is_file())
    relative = (path.relative_to(ROOT) for path in files)
    wanted = {str(path) for path in relative if not left_out("", list(path.parts))}
    with zipfile.ZipFile(wheel) as archive:
        found = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert found == wanted


def test_bodies_models_and_version_come_from_it(python: Path, tmp_path: Path) -> None:
    done = ask(python, tmp_path, "-c", PARTS)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert all(str(python.parent.parent) in file for file in said["files"])
    assert said["vertices"] == 6890
    assert "pose-small" in said["models"]
    command = ask(python, tmp_path, str(python.with_name("lart")), "--version")
    assert command.stdout == f"lart {said['version']}\n" and said["version"][0].isdigit()


def test_it_evaluates(python: Path, tmp_path: Path) -> None:
    truth = example.made_up_truth()
    (tmp_path / "gt.csv").write_bytes(to_csv(truth.drop(columns="person_id").assign(score=1.0)))
    (tmp_path / "pred.csv").write_bytes(
        to_csv(example.made_up_predictions(truth, example.MODELS[0]))
    )
    command = ["evaluate", "--gt", "gt.csv", "--pred", "pred.csv", "--json"]
    done = ask(python, tmp_path, str(python.with_name("lart")), *command)
    assert done.returncode == 0, done.stderr
    figure = json.loads(done.stdout)["metrics"]["PascalBoxes_Precision/mAP@0.5IOU"]
    assert 0 < figure < 1


def test_it_shows_a_page(python: Path, tmp_path: Path) -> None:
    done = ask(python, tmp_path, "-c", PAGE)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == ["Models"]


def test_what_an_extra_brings_is_asked_for_in_a_sentence(python: Path, tmp_path: Path) -> None:
    """A package that is missing is an extra to install, not a traceback."""
    without = "import sys; sys.modules['streamlit'] = None; from app.cli import main; "
    done = ask(python, tmp_path, "-c", without + "sys.exit(main(['app']))")
    assert done.returncode == 2
    assert "pip install 'lart-lens[app]'" in done.stderr and "Traceback" not in done.stderr
