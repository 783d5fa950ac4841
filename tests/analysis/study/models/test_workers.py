"""Processes that train side by side."""

import subprocess
import sys
import time
from pathlib import Path

SCRIPT = """
import os, sys, time
from pathlib import Path
from analysis.study.models.workers import Workers

def load():
    return None

def work(corpus, path):
    Path(path).write_text(str(os.getpid()))
    time.sleep(60)
    return path

if __name__ == "__main__":
    with Workers(load, 1) as processes:
        list(processes.each(work, [sys.argv[1]]))
"""


def test_a_worker_does_not_outlive_its_parent(tmp_path: Path):
    (tmp_path / "script.py").write_text(SCRIPT)
    note = tmp_path / "pid"
    parent = subprocess.Popen([sys.executable, tmp_path / "script.py", note], cwd=Path.cwd())
    _wait(lambda: note.is_file() and note.read_text())
    worker = int(note.read_text())
    assert _runs(worker)
    parent.kill()
    parent.wait()
    _wait(lambda: not _runs(worker))


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _wait(true) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end, "nothing happened in a minute"
        time.sleep(0.05)
