"""Our own files, damaged: one sentence each, whatever was done to them."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from benchmarks import fuzz
from lart_core.atomic_files import write_json
from lart_core.errors import LartError
from lart_core.model import load_checkpoint
from lart_core.perception.store import load_perception
from lart_core.runs.run import Run
from lart_core.stored_files import OtherFormat, expect_format, one_line, read_npz, reading
from tests.synthetic import make_run


@pytest.mark.parametrize("name", fuzz.READERS)
def test_damaged_files_get_a_sentence(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LART_HOME", str(tmp_path))
    reader = fuzz.READERS[name]
    whole = reader.make(tmp_path)
    assert fuzz.outcome(reader.read, whole) == "read"
    said = [
        fuzz.outcome(reader.read, whole)
        for _ in fuzz.mutants(whole, reader.files, count=25, seed=len(name))
    ]
    assert set(said) <= {"read", "refused"}
    assert "refused" in said
    assert fuzz.outcome(reader.read, whole) == "read"


def test_the_fuzzer_sees_what_is_no_sentence(tmp_path: Path) -> None:
    def fails(_: Path) -> None:
        raise KeyError("x")

    def rambles(_: Path) -> None:
        raise LartError("word " * 100)

    def breaks_lines(_: Path) -> None:
        raise LartError("one\ntwo")

    assert fuzz.outcome(fails, tmp_path).startswith("KeyError")
    assert "500 characters" in fuzz.outcome(rambles, tmp_path)
    assert "2 lines" in fuzz.outcome(breaks_lines, tmp_path)


def test_a_byte_in_run_json(tmp_path: Path) -> None:
    run = make_run(tmp_path, frames=5, people=1)
    facts = run.path / "run.json"
    facts.write_bytes(b"\xff" + facts.read_bytes())
    with pytest.raises(LartError, match=r"run\.json of the run synthetic is damaged .*anew\.$"):
        Run.open(run.path)


def test_a_run_of_a_newer_version(tmp_path: Path) -> None:
    run = make_run(tmp_path, frames=5, people=1)
    write_json(run.path / "run.json", run.facts | {"format": "lart-lens run 9"})
    with pytest.raises(LartError, match="newer version of LART Lens wrote; update"):
        Run.open(run.path)


@pytest.mark.parametrize("name", ["video", "source", "settings", "stages", "provenance"])
def test_a_run_that_lacks_facts(tmp_path: Path, name: str) -> None:
    run = make_run(tmp_path, frames=5, people=1)
    facts = run.facts
    del facts[name]
    write_json(run.path / "run.json", facts)
    with pytest.raises(LartError, match=f"lacks '{name}'"):
        Run.open(run.path)


def test_formats_are_told_apart() -> None:
    expect_format("lart-lens run 1", "lart-lens run 1")
    with pytest.raises(OtherFormat, match="newer version"):
        expect_format("lart-lens run 2", "lart-lens run 1")
    for other in ("lart-lens labels 1", None, 5, ["lart-lens run 1"], "x" * 1000):
        with pytest.raises(OtherFormat) as refused:
            expect_format(other, "lart-lens run 1")
        assert "newer" not in str(refused.value) and len(str(refused.value)) < 200


def test_words_stay_on_one_line() -> None:
    assert one_line("a\n b\t\x00c") == "a b c"
    assert len(one_line("x" * 5000)) <= 200
    assert one_line("start " + "x" * 5000 + " end").endswith("end")


def test_a_file_that_is_not_there_or_may_not_be_read(tmp_path: Path) -> None:
    with (
        pytest.raises(LartError, match=r"^The file a is not there \(no a.npz\); make it anew\.$"),
        reading(tmp_path / "a.npz", "The file a", "make it anew"),
    ):
        read_npz(tmp_path / "a.npz")
    with (
        pytest.raises(LartError, match="cannot be read"),
        reading(tmp_path, "The file a", "make it anew"),
    ):
        tmp_path.read_bytes()


def test_a_pointer_where_a_file_should_be(tmp_path: Path) -> None:
    path = tmp_path / "perception.npz"
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")
    with pytest.raises(LartError, match=r"Git-LFS pointer.*git lfs pull"):
        load_perception(path)


def test_healthy_checkpoints_of_others_are_not_called_damaged(tmp_path: Path) -> None:
    other = tmp_path / "other.safetensors"
    save_file({"weight": np.zeros(3, np.float32)}, other, {"format": "pt"})
    with pytest.raises(LartError, match="marked as 'pt'") as refused:
        load_checkpoint(other)
    assert "damaged" not in str(refused.value)
    import torch

    torch.save({"state_dict": {"a": torch.zeros(2)}}, tmp_path / "theirs.ckpt")
    with pytest.raises(LartError, match=r"theirs\.ckpt is a PyTorch checkpoint") as refused:
        load_checkpoint(tmp_path / "theirs.ckpt")
    assert "damaged" not in str(refused.value)


def test_an_npz_that_promises_too_much(tmp_path: Path) -> None:
    import io
    import zipfile

    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f4", "fortran_order": False, "shape": (1 << 44,)}
    )
    with zipfile.ZipFile(tmp_path / "big.npz", "w") as archive:
        archive.writestr("count.npy", header.getvalue())
    with pytest.raises(LartError, match="damaged"):
        load_perception(tmp_path / "big.npz")


def test_facts_are_json_objects(tmp_path: Path) -> None:
    run = make_run(tmp_path, frames=5, people=1)
    for value in ([], 5, None, "x", {"format": ["lart-lens run 1"]}):
        (run.path / "run.json").write_text(json.dumps(value))
        with pytest.raises(LartError, match="run"):
            Run.open(run.path)
    os.truncate(run.path / "run.json", 0)
    with pytest.raises(LartError, match="is empty"):
        Run.open(run.path)
