"""LART's release, or any folder of its layout: a run a film, with windows, key frames and labels.

The release has a file a track in a window of 4 seconds (`lart_core.formats.lart_names`), thousands
of a film. Here each film becomes a run, whose tracklets know their windows, with
``labels.safetensors`` beside them; `lart_core.engines.import_films` makes a set of a whole folder.
The way back is `export_lart`.
"""

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import joblib

from lart_core.atomic_files import remove_leftovers, replacing
from lart_core.ava_labels import ava_actions
from lart_core.errors import LartError, LartWarning
from lart_core.formats.lart import (
    ACTIONS,
    LartLabels,
    film_notes,
    from_lart,
    lart_labels,
    to_lart,
)
from lart_core.formats.lart_names import OF_RELEASE, RATE, RELEASE, file_name, read_name
from lart_core.runs.run import Run
from lart_core.tracklet import Tracklet, VideoFacts
from lart_core.training.labels import (
    FrameLabels,
    columns,
    from_kinds,
    load_labels,
    save_labels,
    to_kinds,
)
from lart_core.training.tracks import LABELS
from lart_core.untrusted import joblib_pickle


@dataclass(frozen=True)
class Film:
    """The tracks of one film.

    Attributes:
        name: The film's id.
        release: Data set that its files' names tell, or empty.
        files: One a track (and window).
    """

    name: str
    release: str
    files: tuple[Path, ...]


def export_lart(run: Run, out: Path, release: str = RELEASE) -> int:
    """Write a run's tracklets, with their labels if it has any, as LART's trainer reads them.

    Labels are of what was tracked: with them people are not as somebody corrected them, which a
    `LartWarning` says.

    Args:
        out: Folder for the files; others in it stay.
        release: Data set in the names of tracks that are of a window: the published trainer looks
            for ``ava-train`` and ``ava-val``.

    Returns:
        The number of files.

    Raises:
        LartError: Nobody was seen.
    """
    out.mkdir(parents=True, exist_ok=True)
    file = run.path / "tracklets" / LABELS
    known, labels = load_labels(file) if file.is_file() else ((), None)
    count = 0
    film = {"begins_at": run.begins_at, "least_score": run.least_score}
    people = run.people_by_window() if labels is None else run.tracklets()
    if labels is not None and run.corrections().people:
        warnings.warn(
            f"People of {run.video.name} were corrected, but its labels are of those who were "
            "tracked: these are written.",
            LartWarning,
            stacklevel=2,
        )
    if not people:
        raise LartError("Expected people to export, but nobody was seen in this run.")
    for row, tracklet in enumerate(people):
        own = None
        if labels is not None:
            everything = columns(known, tuple(ava_actions()), labels[row].target)
            wide = replace(labels[row], target=everything)
            own = LartLabels(*to_kinds(tracklet, wide, ACTIONS))
        joblib.dump(to_lart(tracklet, own, film), out / file_name(tracklet, release))
        count += 1
    return count


def films(folder: Path) -> list[Film]:
    """The films in a folder of LART's layout, by their files' names alone.

    Raises:
        LartError: There are no such files.
    """
    found: dict[str, list[Path]] = {}
    releases: dict[str, str] = {}
    for file in sorted(folder.rglob("*.pkl")):
        name = read_name(file.name)
        found.setdefault(name.video, []).append(file)
        releases.setdefault(name.video, name.release)
    if not found:
        raise LartError(f"Expected LART's tracklets (.pkl files) in {folder}, but there are none.")
    return [Film(name, releases[name], tuple(files)) for name, files in sorted(found.items())]


def import_film(film: Film, out: Path) -> Run:
    """Make the run of one film; it appears whole, or not at all.

    Files are read by the allow-list (`lart_core.untrusted.joblib_pickle`): nothing in them runs.

    Args:
        out: The run's folder, beside which no other process works.

    Raises:
        LartError: A file is refused.
    """
    first = _read(film.files[0])
    told = first.film
    if told is None and film.release:
        told = OF_RELEASE
    facts = _facts(film, first)
    folder = film.files[0].parent
    settings: dict[str, Any] = {"imported": folder.name, "release": film.release}
    settings |= told or {"begins_at": 0.0, "least_score": 0.0}
    remove_leftovers(out.parent)
    with replacing(out) as made:
        run = Run.create(made, facts, source=str(folder), settings=settings)
        labels: list[FrameLabels] = []
        run.write_tracklets(_tracklets(film, facts, labels))
        if any(len(each.frame) for each in labels):
            save_labels(run.path / "tracklets" / LABELS, tuple(ava_actions()), labels)
        run.finish("perception", None, bodies=f"imported from {folder.name}")
        run.finish("tracking", None, tracking=f"imported from {folder.name}")
        if not first.says_its_rate:
            run.finish("tracking", None, frame_rate=f"assumed: {RATE} frames a second")
            warnings.warn(
                f"The files of {film.name} do not say a frame rate: {RATE} frames a second are "
                "assumed.",
                LartWarning,
                stacklevel=2,
            )
    return Run.open(out)


def film_of(path: Path) -> str | None:
    """The file name of the film that one of our files is of; None of a file of others.

    Raises:
        LartError: It is no such file.
    """
    file = _read(path)
    return file.tracklet.video.name if file.ours else None


@dataclass(frozen=True)
class _File:
    """What is in one file; `film` is what a file of ours says of its run."""

    tracklet: Tracklet
    labels: LartLabels
    film: Mapping[str, float] | None
    ours: bool

    @property
    def says_its_rate(self) -> bool:
        """Whether the frame rate came with the file: ours say it, and LART's release has one."""
        return self.ours or self.tracklet.keyframe is not None


def _facts(film: Film, first: _File) -> VideoFacts:
    """The film's size by its first file; its length as files of ours say it, or by the last of all
    tracks, or of the release, which has thousands, by its last window."""
    video = first.tracklet.video
    if first.ours:
        frames = video.frames
    elif film.release:
        frames = max(int(read_name(file.name).keyframe or 0) for file in film.files) + 4 * RATE
        ends = (_read(file).tracklet.last + 1 for file in (film.files[0], film.files[-1]))
        frames = max(frames, *ends)
    else:
        frames = max(_read(file).tracklet.last + 1 for file in film.files)
    return VideoFacts(film.name, video.width, video.height, video.fps, frames)


def _tracklets(film: Film, facts: VideoFacts, labels: list[FrameLabels]) -> Iterator[Tracklet]:
    for number, path in enumerate(film.files, 1):
        file = _read(path)
        tracklet, own = file.tracklet, file.labels
        if (tracklet.video.width, tracklet.video.height) != (facts.width, facts.height):
            raise LartError(
                f"Expected pictures of {facts.width}x{facts.height} pixels throughout {film.name}, "
                f"but {path.name} has {tracklet.video.width}x{tracklet.video.height}."
            )
        here = replace(tracklet, track_id=number, video=facts)
        labels.append(from_kinds(here, own.kind, own.target))
        yield here


def _read(path: Path) -> _File:
    content = joblib_pickle.load(path)
    try:
        tracklet = from_lart(content, float(RATE), path.name)
        return _File(tracklet, lart_labels(content), film_notes(content), "lart_lens" in content)
    except LartError as error:
        raise LartError(f"{path.name}: {error}") from None
    except (KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
        words = f"{type(error).__name__}: {error}"
        raise LartError(f"Expected LART's layout in {path.name}, but {words}.") from None
