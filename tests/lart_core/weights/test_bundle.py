"""Bundles of model files: what one machine wrote another takes, checked; nothing else gets in."""

import hashlib
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from app.cli import main
from lart_core import weights
from lart_core.errors import LartError
from lart_core.weights import register
from lart_core.weights.record import Pypi, Record, UserFile

CONTENT = b"the weights"


@pytest.fixture
def record(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Record:
    """A register of one file, which is here."""
    monkeypatch.setenv("LART_HOME", str(tmp_path / "home"))
    made = Record(
        name="made-up",
        purpose="a test",
        filename="made_up.bin",
        sources=(Pypi("made-up", "1.0", ("made_up.bin",)),),
        size=len(CONTENT),
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        licence="CC0",
        licence_url="https://example.org/licence",
    )
    for name in list(register.REGISTER):
        monkeypatch.delitem(register.REGISTER, name)
    monkeypatch.setitem(register.REGISTER, made.name, made)
    file = weights.local_path(made)
    file.parent.mkdir(parents=True)
    file.write_bytes(CONTENT)
    return made


def move_house(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Another machine: an empty home."""
    monkeypatch.setenv("LART_HOME", str(folder))


def test_what_one_machine_bundles_another_takes(
    record: Record, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert main(["weights", "bundle", str(tmp_path / "all.zip")]) == 0
    move_house(monkeypatch, tmp_path / "elsewhere")
    assert weights.state(record) is weights.State.MISSING
    assert main(["weights", "add", str(tmp_path / "all.zip")]) == 0
    assert weights.path("made-up").read_bytes() == CONTENT


@pytest.mark.parametrize("content", [CONTENT[::-1], CONTENT + b"!", b""])
def test_another_file_under_the_name_is_refused(
    record: Record, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes
) -> None:
    move_house(monkeypatch, tmp_path / "elsewhere")
    with zipfile.ZipFile(tmp_path / "false.zip", "w") as archive:
        archive.writestr("made-up/made_up.bin", content)
    with pytest.raises(LartError, match="another size or sha256"):
        weights.add_bundle(tmp_path / "false.zip")
    assert weights.state(record) is weights.State.MISSING
    assert not list((tmp_path / "elsewhere").rglob("*.bin"))


def test_a_zip_of_other_things_changes_nothing(record: Record, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("../../escaped.txt", "out of the house")
    with pytest.raises(LartError, match="holds none"):
        weights.add_bundle(tmp_path / "other.zip")
    assert not list(tmp_path.parent.glob("**/escaped.txt"))


@pytest.mark.parametrize("content", [b"", b"<html>not found</html>", b"PK\x03\x04cut"])
def test_no_zip_is_said_in_one_sentence(record: Record, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bundle.zip").write_bytes(content)
    with pytest.raises(LartError, match="Expected a bundle"):
        weights.add_bundle(tmp_path / "bundle.zip")


def test_a_file_that_each_user_signs_up_for_stays_out(
    record: Record, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = replace(record, sources=(UserFile("https://example.org/sign-up"),))
    monkeypatch.setitem(register.REGISTER, own.name, own)
    with pytest.raises(LartError, match="none is here"):
        weights.write_bundle(tmp_path / "all.zip")
    with pytest.raises(LartError, match="its licence asks"):
        weights.write_bundle(tmp_path / "all.zip", [own])
    assert not (tmp_path / "all.zip").exists()


def test_sizes_and_hashes_are_printed(record: Record, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["weights", "verify", "--print"]) == 0
    assert capsys.readouterr().out.split() == ["made-up", str(record.size), record.sha256]
