"""What people bring from elsewhere: PHALP, 4D-Humans and LART files, whole runs, checkpoints."""

import re
import shutil
import zipfile
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import IO

import numpy as np

from app.storage import models, runs
from app.storage.uploads import kept_name, new_id
from lart_core import video
from lart_core.atomic_files import replacing
from lart_core.errors import LartError
from lart_core.runs.run import Run
from lart_core.shelf import Shelf

ENDINGS = ("pkl", "zip", "safetensors")
LARGEST_RUN = 8 << 30
"""Bytes that a run may have when it is unpacked."""
IMPORTS = Shelf(
    "imports",
    "[a-z0-9-]{1,40}-[0-9a-f]{8}",
    "*",
    "The file that was imported is no longer there; import it again.",
)
GREY = 90


def accept(files: Sequence[tuple[str, IO[bytes]]]) -> str:
    """Keep files that belong together, and give the id under which they lie.

    Args:
        files: Names, as the browser sent them, and contents: one PHALP or 4D-Humans result, the
            tracklets of LART of one video, or one run as a ZIP of its folder.

    Raises:
        LartError: There are none, of a kind that cannot be read, or two of one name.
    """
    for name, _ in files:
        if Path(name).suffix.lower().lstrip(".") not in ENDINGS[:2]:
            raise LartError(
                f"Expected a .pkl of PHALP, 4D-Humans or LART, or a run as .zip, but got {name!r}."
            )
    if not files:
        raise LartError("Expected a file to import: choose one above first.")
    if len(files) > 1 and any(name.lower().endswith(".zip") for name, _ in files):
        raise LartError("Expected one run as .zip, or several .pkl of one video, but got both.")
    kept = [f"{kept_name(Path(name).stem)}{Path(name).suffix.lower()}" for name, _ in files]
    if twice := [name for name, number in Counter(kept).items() if number > 1]:
        raise LartError(f"Expected files of different names, but two are {twice[0]!r}; rename one.")
    import_id = new_id(Path(files[0][0]).stem)
    with replacing(IMPORTS.path(import_id)) as made:
        made.mkdir()
        for name, (_, content) in zip(kept, files, strict=True):
            with (made / name).open("wb") as file:
                shutil.copyfileobj(content, file)
    return import_id


def remove(import_id: str) -> None:
    """Delete what was brought for an import; nothing where there is none of that id."""
    with suppress(LartError):
        shutil.rmtree(IMPORTS.path(import_id), ignore_errors=True)


def make_run(import_id: str, film: Path | None, fps: float | None) -> Run:
    """Make a run of what was imported; it has the same id.

    Args:
        film: The video that it was made from, if it is at hand.
        fps: Frame rate, where neither the files nor a video say it.

    Raises:
        LartError: The files are refused or damaged, or are of several videos.
    """
    folder = IMPORTS.find(import_id).parent
    files = sorted(folder.iterdir())
    out = runs.RUNS.path(import_id)
    if files[0].suffix == ".zip":
        return _with_player(_unpacked(files[0], out))
    return of_files(files[0] if len(files) == 1 else folder, out, film, fps)


def of_files(path: Path, out: Path, film: Path | None, fps: float | None) -> Run:
    """Make a run that can be watched of other people's tracklets.

    Where no video is given a grey one stands in its place, so that bodies and actions are seen.
    One that was broken off before that is gone on with.

    Raises:
        LartError: As `lart_core.pipeline.import_run.import_run`.
    """
    from lart_core.pipeline.import_run import import_run

    begun = (out / runs.RUNS.holds).is_file()
    run = Run.open(out) if begun else import_run(path, out, film=film, fps=fps)
    return _with_player(run)


def _with_player(run: Run) -> Run:
    if run.player is None:
        facts = run.video
        grey = np.full((facts.height, facts.width, 3), GREY, np.uint8)
        pictures = (grey for _ in range(facts.frames))
        video.write_player(run.path / "player.mp4", pictures, facts.fps, facts.times)
        run.finish("player", None, player="grey: the video was not at hand")
    return run


def add_model(name: str, content: IO[bytes]) -> tuple[str, int]:
    """Keep a checkpoint, and say what it knows.

    Args:
        name: Its file's name.

    Returns:
        What it is called here, and how many actions it knows.

    Raises:
        LartError: It is no checkpoint of ours, damaged, or one of its name is here.
    """
    from lart_core.model import load_checkpoint

    called = re.sub(r"[^a-z0-9-]+", "-", Path(name).stem.lower()).strip("-")[:40] or "model"
    if called in models.models():
        raise LartError(f"There is a model {called!r} already; give the file another name.")
    with TemporaryDirectory() as scratch:
        file = Path(scratch) / f"{kept_name(Path(name).stem)}.safetensors"
        with file.open("wb") as out:
            shutil.copyfileobj(content, out)
        known = load_checkpoint(file)
        with replacing(models.MODELS.path(called)) as made:
            made.mkdir()
            shutil.copyfile(file, made / models.MODELS.holds)
    return called, len(known.ava_ids)


def _unpacked(file: Path, out: Path) -> Run:
    """The run in a ZIP of its folder.

    Raises:
        LartError: It is no ZIP, holds no run, or names files outside its folder.
    """
    with replacing(out) as made, TemporaryDirectory(dir=file.parent.parent) as scratch:
        try:
            with zipfile.ZipFile(file) as archive:
                members = [member for member in archive.infolist() if not member.is_dir()]
                places = [PurePosixPath(member.filename) for member in members]
                if sum(member.file_size for member in members) > LARGEST_RUN:
                    raise LartError("Expected a run of at most 8 GB, but this ZIP holds more.")
                if any(place.is_absolute() or ".." in place.parts for place in places):
                    raise LartError(f"{file.name} names files outside its folder; it is refused.")
                archive.extractall(scratch)
        except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError) as error:
            raise LartError(
                f"Expected a ZIP of a run's folder, but {file.name}: {error}."
            ) from None
        found = sorted(Path(scratch).rglob("run.json"), key=lambda path: len(path.parts))
        if not found:
            raise LartError(f"Expected a run's folder in {file.name}, but it has no run.json.")
        run = Run.open(found[0].parent)
        run.tracklets()
        shutil.move(found[0].parent, made)
    return Run.open(out)
