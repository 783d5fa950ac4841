"""Other people's tracklet files become ours: once, in a process with limits, whole or not."""

import json
import resource
import subprocess
import sys
from pathlib import Path

from lart_core.atomic_files import replacing
from lart_core.errors import LartError
from lart_core.tracklet.store import TrackletSet, open_tracklets

MAX_FILE = 4 << 30
MEMORY = 6 << 30
"""Bytes of address space of the process that reads."""
SECONDS = 60
SECONDS_A_MEGABYTE = 5
MAX_OUTPUT = 16 << 30


def import_tracklets(path: Path, out: Path, *, fps: float = 30.0) -> TrackletSet:
    """Convert a PHALP result or a LART tracklet (or a folder of those) to our format at `out`.

    The file is read by an allow-list (`untrusted.joblib_pickle`) in a process of its own that
    may use so much memory and time; nothing in it runs, and nothing remains of what is refused.

    Args:
        path: Of the file, whose name stands for the video's where it does not say it.
        out: Folder of the new set.
        fps: Frame rate of the video, which these files do not say.

    Raises:
        LartError: The file is refused; the message says why.
    """
    files = sorted(path.glob("*.pkl")) if path.is_dir() else [path]
    with replacing(out) as made:
        _apart("tracklets", files, fps=fps, name=path.stem, out=str(made))
    return open_tracklets(out)


def read_given_boxes(path: Path) -> dict[int, list[list[float]]]:
    """Boxes of PHALP's pickle of given boxes: frame number -> boxes of four numbers as they stand.

    The file is read as `import_tracklets` reads it; the first frame's file is ``000001.jpg``.

    Raises:
        LartError: The file is refused; the message says why.
    """
    return {int(number): rows for number, rows in json.loads(_apart("boxes", [path])).items()}


def _apart(task: str, files: list[Path], **options: object) -> str:
    """Do a task of `lart_core.formats.reader_process` in a process with limits; what it printed."""
    if not files or not all(file.is_file() for file in files):
        raise LartError("Expected a .pkl file or a folder of such files, but there is none.")
    name, size = files[0].name, sum(file.stat().st_size for file in files)
    if size > MAX_FILE:
        raise LartError(f"Expected at most {MAX_FILE >> 30} GiB of tracks, but {name} has more.")
    seconds = SECONDS + SECONDS_A_MEGABYTE * (size >> 20)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_OUTPUT, MAX_OUTPUT))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    job = json.dumps({"task": task, "files": [str(file) for file in files]} | options)
    command = [sys.executable, "-m", "lart_core.formats.reader_process", job]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=4 * seconds, preexec_fn=limit
        )
    except subprocess.TimeoutExpired:
        raise LartError(f"Reading {name} took over {4 * seconds} s; it was given up.") from None
    if done.returncode == 0:
        return done.stdout
    if done.returncode == 2:
        raise LartError(done.stderr.strip())
    raise LartError(
        f"Reading {name} needed more than the {MEMORY >> 30} GiB of memory or {seconds} s that it "
        f"may have, or is damaged; nothing was imported."
    )
