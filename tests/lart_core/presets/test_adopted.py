"""A home as PHALP, LART, 4D-Humans and Detectron2 leave it serves by links."""

import io
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
import torch
import yaml

from app.cli import main
from lart_core import body, presets, weights
from lart_core.ava_labels import ava_actions
from lart_core.errors import LartError
from lart_core.perception.published import detectron2_import, detectron2_models
from lart_core.perception.published.hmr2_estimator import HMR2Estimator
from lart_core.presets.full import files, requirements
from lart_core.tracklet.joint_orders import phalp_joints
from lart_core.untrusted.torch_file import read_state_dict
from lart_core.weights import sources
from lart_core.weights.record import Https
from tests.lart_core.conftest import make_tracklet
from tests.lart_core.presets.test_full import small_hmr2

DETECTRON2 = ".torch/iopath_cache/detectron2/new_baselines"
REGNETY = f"{DETECTRON2}/mask_rcnn_regnety_4gf_dds_FPN_400ep_LSJ/42045954/model_final_ef3a80.pkl"
HMR2 = ".cache/4DHumans/logs/train/multiruns/hmr2/0/checkpoints/epoch=35-step=1000000.ckpt"
SMPL = ".cache/4DHumans/data/smpl/SMPL_NEUTRAL.pkl"
J19 = ".cache/phalp/3D/SMPL_to_J19.pkl"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home folder; the checks that build full-size networks look for one weight instead."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LART_HOME", str(tmp_path / "lart"))
    monkeypatch.delenv("LART_SMPL", raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(detectron2_import, "missing", list)
    monkeypatch.setattr(detectron2_models, "build", lambda *_: None)

    def named(*given: Any) -> None:
        key = {".pyth": "model_state", ".pth": "model"}.get(given[-1].suffix, "state_dict")
        if "weight" not in read_state_dict(given[-1], key):
            raise LartError("Expected 'weight'.")

    monkeypatch.setattr(requirements, "load_hmr2", named)
    monkeypatch.setattr(requirements, "load_mvit", named)
    monkeypatch.setattr(requirements, "load_hmar", named)
    monkeypatch.setattr(requirements, "from_published", lambda *_: None)
    monkeypatch.setattr(files, "pose_predictor", lambda: None)
    return tmp_path


def regressor() -> np.ndarray:
    """Each joint is the mean of a few vertices."""
    shares = np.zeros((19, 6890))
    np.put_along_axis(shares, np.random.default_rng(0).integers(0, 6890, (19, 5)), 0.2, 1)
    return shares


def leave(home: Path) -> None:
    """Put every file where the projects put theirs, as their writers write them."""

    def place(name: str) -> Path:
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    phalp = ".cache/phalp"
    weight = {"weight": torch.zeros(2)}
    place(REGNETY).write_bytes(pickle.dumps({"model": {"weight": np.zeros(2, np.float32)}}, 2))
    torch.save({"state_dict": weight}, place(HMR2))
    with np.load(body.chosen()) as arrays:
        place(SMPL).write_bytes(pickle.dumps(dict(arrays), 2))
    mvit = {"MODEL": {"MODEL_NAME": "MViT", "NUM_CLASSES": 80}}
    place(f"{phalp}/ava/mvit.yaml").write_text(yaml.safe_dump(mvit))
    torch.save({"model_state": weight}, place(f"{phalp}/ava/mvit.pyth"))
    lart = {"configs": {}}
    place(f"{phalp}/ava/lart_mvit.config").write_text(yaml.safe_dump(lart))
    torch.save({"state_dict": weight}, place(f"{phalp}/ava/lart_mvit.ckpt"))
    evaluated = [a.ava_id for a in ava_actions().values() if a.evaluated]
    joblib.dump(dict(enumerate(evaluated, 1)), place(f"{phalp}/ava/ava_class_mapping.pkl"))
    np.save(place(f"{phalp}/3D/mean_std.npy"), np.ones((2, 1, 229)))
    place(J19).write_bytes(pickle.dumps(regressor(), 2))
    torch.save({"model": weight}, place(f"{phalp}/weights/hmar_v2_weights.pth"))
    torch.save({"state_dict": weight}, place(f"{phalp}/weights/pose_predictor.pth"))
    place(f"{phalp}/weights/pose_predictor.yaml").write_text(yaml.safe_dump(lart))


@pytest.fixture
def configs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "require_ava_classes", lambda _: None)
    monkeypatch.setattr(requirements, "published_config", lambda _: None)


@pytest.mark.usefixtures("configs")
def test_such_a_home_is_ready_by_links(home: Path, capsys: pytest.CaptureFixture[str]):
    leave(home)
    assert main(["weights", "doctor", "--preset", "full"]) == 2
    page = capsys.readouterr().out
    assert str(home / HMR2) in page and "lart weights adopt --preset full" in page
    assert not (home / "lart").exists(), "the doctor changes nothing"

    assert main(["weights", "adopt"]) == 0
    page = capsys.readouterr().out
    assert "The preset 'full' is ready: all 13 files are there." in page, page
    linked = [path for path in (home / "lart").rglob("*") if not path.is_dir()]
    assert len(linked) == 13 and all(path.is_symlink() for path in linked)
    assert files.hmr2_checkpoint().resolve() == (home / HMR2).resolve()

    assert main(["weights", "adopt"]) == 0
    assert "No file of other projects" in capsys.readouterr().out


@pytest.mark.usefixtures("configs")
def test_what_is_damaged_there_is_said_and_not_linked(home: Path):
    leave(home)
    (home / HMR2).write_bytes(b"half a fi")
    (home / J19).write_bytes(pickle.dumps(np.zeros((3, 3)), 2))
    said = "\n".join(presets.adopt("full"))
    assert f"hmr2: {home / HMR2} was not linked, it is" in said
    assert "joint-regressor" in said and "19 x 6890" in said
    for name in ("hmr2", "joint-regressor"):
        assert weights.state(weights.find(name)) is weights.State.MISSING


@pytest.mark.usefixtures("configs")
def test_a_link_whose_file_went_is_made_anew(home: Path):
    leave(home)
    presets.adopt("full")
    (home / SMPL).unlink()
    smpl = weights.find("smpl-neutral")
    assert weights.state(smpl) is weights.State.MISSING
    other = home / ".cache/phalp/3D/models/smpl/SMPL_NEUTRAL.pkl"
    other.parent.mkdir(parents=True)
    with np.load(body.chosen()) as arrays:
        other.write_bytes(pickle.dumps(dict(arrays), 2))
    presets.adopt("full")
    assert weights.local_path(smpl).resolve() == other.resolve()


@pytest.mark.usefixtures("configs")
def test_detectron2s_files_are_found_where_its_variable_says(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    leave(home)
    other = tmp_path / "elsewhere" / "detectron2"
    other.parent.mkdir()
    (home / DETECTRON2).parent.rename(other)
    detector = weights.find("detectron2-regnety")
    assert not weights.elsewhere(detector)
    monkeypatch.setenv("FVCORE_CACHE", str(other.parent))
    presets.adopt("full")
    assert weights.local_path(detector).resolve().is_relative_to(other)


def test_the_45_joints_are_phalps_own_with_its_regressor(tmp_path: Path):
    path = tmp_path / "SMPL_to_J19.pkl"
    path.write_bytes(pickle.dumps(regressor(), 2))
    person = replace(make_tracklet(frames=70), regressed=np.zeros((0, 19, 3), np.float32))
    estimator = HMR2Estimator(small_hmr2(), regressor=files.read_joint_regressor(path))
    refined = estimator.refine(person)
    surface = body.vertices(person.global_orient, person.body_pose, person.betas)
    want = np.einsum("jv,tvd->tjd", regressor(), surface)
    np.testing.assert_allclose(refined.regressed, want, atol=1e-5)
    np.testing.assert_allclose(
        phalp_joints(refined.joints, refined.regressed)[:, 25:44], want, atol=1e-5
    )
    assert not len(HMR2Estimator(small_hmr2()).refine(person).regressed)


class Answer:
    """In place of a server's answer: 10 MB, of which `sent` come."""

    def __init__(self, sent: int) -> None:
        self.left, self.headers, self.asked = sent, {"Content-Length": "10000000"}, 0

    def __enter__(self) -> "Answer":
        return self

    def __exit__(self, *_: object) -> None: ...

    def read(self, most: int) -> bytes:
        """At most `most` bytes."""
        self.asked = max(self.asked, most)
        part = min(most, self.left)
        self.left -= part
        return bytes(part)


def test_a_large_file_comes_in_blocks_with_progress(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    seen: list[tuple[int, int | None]] = []
    answer = Answer(10_000_000)
    monkeypatch.setattr(sources.urllib.request, "urlopen", lambda *_, **__: answer)
    file = sources.download(
        Https("https://example.org/a"), tmp_path, lambda here, all_: seen.append((here, all_))
    )
    assert file.stat().st_size == 10_000_000 and seen[-1] == (10_000_000, 10_000_000)
    assert len(seen) > 1 and answer.asked <= sources.BLOCK


def test_a_file_in_pieces_comes_in_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def answer(url: str, **_: object) -> io.BytesIO:
        piece = io.BytesIO(url[-1].encode())
        piece.headers = {}  # type: ignore[attr-defined]
        return piece

    monkeypatch.setattr(sources.urllib.request, "urlopen", answer)
    three = Https("https://example.org/1", more=("https://example.org/2", "https://example.org/3"))
    assert sources.download(three, tmp_path).read_bytes() == b"123"
    unsafe = Https("https://example.org/1", more=("http://example.org/2",))
    with pytest.raises(sources.Unreachable, match=r"http://example\.org/2 is not an https"):
        sources.download(unsafe, tmp_path)


def test_a_download_that_breaks_off_never_enters_the_cache(
    home: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sources.urllib.request, "urlopen", lambda *_, **__: Answer(9_000_000))
    with pytest.raises(LartError, match="broke off after 9000000 of 10000000"):
        weights.fetch("mvit")
    assert weights.state(weights.find("mvit")) is weights.State.MISSING


def test_a_web_page_in_place_of_a_file_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch):
    page = io.BytesIO(b"<!DOCTYPE html><html>Sign in</html>")
    page.headers = {}  # type: ignore[attr-defined]
    monkeypatch.setattr(sources.urllib.request, "urlopen", lambda *_, **__: page)
    with pytest.raises(LartError, match="a web page"):
        weights.fetch("lart-data-ava-val")
    assert weights.state(weights.find("lart-data-ava-val")) is weights.State.MISSING
