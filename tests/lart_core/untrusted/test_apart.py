"""Files that keep a reader busy for ever, or fill the memory: each door refuses in one sentence."""

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import joblib
import numpy as np
import pytest
import torch

from lart_core import body
from lart_core.errors import LartError
from lart_core.formats import reader
from lart_core.model import LARTConfig
from lart_core.perception.embedded.i3d import load_i3d
from lart_core.pipeline.import_lart import films, import_film
from lart_core.presets.full.files import convert_lart, read_class_mapping, read_joint_regressor
from lart_core.training import open_tracks
from lart_core.untrusted import apart, joblib_pickle
from lart_core.untrusted.smpl_pickle import read_arrays
from lart_core.untrusted.torch_file import read_state_dict


def busy(levels: int = 70) -> bytes:
    """A pickle of a dictionary whose one key is a pair of a pair of ...: 2 ** levels to hash."""
    pairs = b"".join(bytes((0x68, i, 0x68, i, 0x86, 0x71, i + 1)) for i in range(levels))
    return b"\x80\x02]()q\x00" + pairs + b"}" + bytes((0x68, levels)) + b"K\x01se."


@pytest.fixture
def few_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two seconds of CPU time a file, for the readers and for the process that imports."""
    short = replace(apart.READ, seconds=2)
    monkeypatch.setattr(apart, "READ", short)
    monkeypatch.setattr(reader, "READ", short)


def torch_archive(file: Path) -> None:
    """A checkpoint as torch writes it, with another pickle in it."""
    import zipfile

    torch.save({"weight": torch.ones(2)}, file)
    with zipfile.ZipFile(file) as whole:
        parts = {info.filename: whole.read(info) for info in whole.infolist()}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as made:
        for name, data in parts.items():
            made.writestr(name, busy() if name.endswith("data.pkl") else data)


def train(file: Path) -> None:
    """As `lart train --data FOLDER` opens LART's pickles."""
    tracks, _ = open_tracks([file.parent], LARTConfig.published(joints_layers=()))
    tracks[0]


DOORS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "lart import": ("a_1_20.pkl", lambda file: reader.import_tracklets(file, file.parent / "o")),
    "lart run --boxes": ("a.pkl", reader.read_given_boxes),
    "lart train": ("a_1_20.pkl", train),
    "lart dataset import": (
        "a_1_20.pkl",
        lambda file: import_film(films(file.parent)[0], file.parent / "run"),
    ),
    "LART_SMPL": ("body.pkl", body.load),
    "class mapping": ("map.pkl", read_class_mapping),
    "joint regressor": ("j19.pkl", read_joint_regressor),
    "I3D": ("i3d.ckpt", load_i3d),
    "lart weights convert": ("m.ckpt", lambda file: convert_lart(file, file.with_suffix(".out"))),
}
"""Every way by which a stranger's pickle comes in."""


@pytest.mark.usefixtures("few_seconds")
@pytest.mark.parametrize("door", DOORS)
def test_a_file_that_keeps_its_reader_busy_for_ever(door: str, tmp_path: Path) -> None:
    name, opened = DOORS[door]
    file = tmp_path / "in" / name
    file.parent.mkdir()
    if door == "lart weights convert":
        torch_archive(file)
    else:
        file.write_bytes(busy())
        assert file.stat().st_size < 800
    begin = time.monotonic()
    with pytest.raises(
        LartError, match=r"needed more than the [\d.]+ GiB of memory or 2 s"
    ) as said:
        opened(file)
    assert time.monotonic() - begin < 60 and "\n" not in str(said.value)


@pytest.mark.usefixtures("few_seconds")
def test_after_such_a_file_others_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bad.pkl").write_bytes(busy())
    with pytest.raises(LartError):
        joblib_pickle.load(tmp_path / "bad.pkl")
    monkeypatch.undo()
    joblib.dump({"a": np.arange(3)}, tmp_path / "good.pkl", compress=3)
    assert joblib_pickle.load(tmp_path / "good.pkl")["a"].tolist() == [0, 1, 2]


def test_memory_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    joblib.dump({str(i): np.zeros(40 << 20, np.uint8) for i in range(20)}, tmp_path / "a.pkl")
    assert len(joblib_pickle.load(tmp_path / "a.pkl")) == 20
    monkeypatch.setattr(apart.READ.__class__, "for_file", lambda self, _: self)
    monkeypatch.setattr(apart, "READ", replace(apart.READ, memory=500 << 20))
    with pytest.raises(LartError, match=r"need(s|ed) more"):
        joblib_pickle.load(tmp_path / "a.pkl")


@pytest.mark.parametrize(
    "kind", [torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.bool, torch.uint8]
)
def test_tensors_come_as_they_are(kind: torch.dtype, tmp_path: Path) -> None:
    made = {
        "matrix": torch.arange(6).reshape(2, 3).to(kind).T,
        "one": torch.ones((), dtype=kind),
        "none": torch.ones((0, 4), dtype=kind),
    }
    torch.save(made, tmp_path / "a.pt")
    found = read_state_dict(tmp_path / "a.pt")
    for name, tensor in made.items():
        assert found[name].dtype == kind and torch.equal(found[name], tensor)
    found["matrix"].zero_()  # it can be written to


def test_processes_that_fork_have_a_reader_each(tmp_path: Path) -> None:
    """As the loaders of `lart train --workers` do."""
    for number in range(8):
        joblib.dump({"a": np.full(100_000, number)}, tmp_path / f"{number}.pkl")
    joblib_pickle.load(tmp_path / "0.pkl")
    with multiprocessing.get_context("fork").Pool(2) as pool:
        found = pool.map(joblib_pickle.load, [tmp_path / f"{n}.pkl" for n in range(8)])
    assert [int(each["a"].sum()) for each in found] == [100_000 * n for n in range(8)]


def test_the_reader_ends_with_the_program(tmp_path: Path) -> None:
    joblib.dump({}, tmp_path / "a.pkl")
    code = (
        "import os, sys; from pathlib import Path; from lart_core.untrusted import apart, "
        "joblib_pickle; joblib_pickle.load(Path(sys.argv[1])); "
        "print(apart._process._process.pid, flush=True); os.kill(os.getpid(), int(sys.argv[2]))"
    )
    for number in (0, signal.SIGKILL):
        command = [sys.executable, "-c", code, str(tmp_path / "a.pkl"), str(int(number))]
        done = subprocess.run(command, capture_output=True, text=True, cwd=Path.cwd())
        pid = int(done.stdout)
        end = time.monotonic() + 20
        while _runs(pid):
            assert time.monotonic() < end
            time.sleep(0.1)


def test_only_readers_are_called(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    with pytest.raises(LartError):
        apart.read(os.path.getsize, tmp_path / "a")


def test_smpl_files_may_not_be_busy_either(tmp_path: Path) -> None:
    (tmp_path / "a.pkl").write_bytes(pickle.dumps({1: 2}))
    assert read_arrays(tmp_path / "a.pkl") == {}


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_a_process_with_limits_of_its_own_can_read(tmp_path: Path) -> None:
    """As a job of the app does, which may not raise its limits again."""
    file = tmp_path / "one.pkl"
    joblib.dump({"a": 1}, file)
    code = (
        "import sys; from pathlib import Path; from lart_core import allowance; "
        "from lart_core.untrusted import joblib_pickle; allowance.JOB.hold(); "
        "print(joblib_pickle.load(Path(sys.argv[1])))"
    )
    done = subprocess.run([sys.executable, "-c", code, file], capture_output=True, text=True)
    assert done.stdout == "{'a': 1}\n", done.stderr
