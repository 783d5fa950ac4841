"""Other people's tracklet files become ours: once, in a process with limits, whole or not."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import astuple
from pathlib import Path

from lart_core.allowance import READ
from lart_core.atomic_files import replacing
from lart_core.errors import LartError
from lart_core.tracklet.store import TrackletSet, open_tracklets

MAX_FILE = 4 << 30
"""Bytes of all files that are read at once."""


def import_tracklets(
    path: Path, out: Path, *, fps: float = 30.0
) -> tuple[TrackletSet, Mapping[str, float]]:
    """Convert a PHALP result or a LART tracklet (or a folder of those) to our format at `out`.

    The file is read by an allow-list (`untrusted.joblib_pickle`) in a process of its own that
    may use so much memory and time; nothing in it runs, and nothing remains of what is refused.

    Args:
        path: Of the file, whose name stands for the video's where it does not say it.
        out: Folder of the new set.
        fps: Frame rate of the video, which these files do not say.

    Returns:
        The set, and what LART files of ours say of their film (`film_notes`), or nothing.

    Raises:
        LartError: The file is refused; the message says why.
    """
    files = sorted(path.glob("*.pkl")) if path.is_dir() else [path]
    with replacing(out) as made:
        film = _apart("tracklets", files, fps=fps, name=path.stem, out=str(made))
    return open_tracklets(out), json.loads(film)


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
    allowed = READ.for_file(size)
    job = {"task": task, "files": [str(file) for file in files], "limits": astuple(allowed)}
    command = [sys.executable, "-m", "lart_core.formats.reader_process", json.dumps(job | options)]
    patience = 4 * allowed.seconds
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=patience)
    except subprocess.TimeoutExpired:
        raise LartError(f"Reading {name} took over {patience} s; it was given up.") from None
    if done.returncode == 0:
        return done.stdout
    if done.returncode == 2:
        raise LartError(done.stderr.strip())
    raise LartError(
        f"Reading {name} needed more than the {allowed} that it may have, or is damaged; nothing "
        f"was imported."
    )
