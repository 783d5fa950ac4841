"""Runs come from other people's tracklet files."""

import time
import warnings
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from lart_core import video
from lart_core.atomic_files import replacing
from lart_core.errors import LartError, LartWarning
from lart_core.formats.lart_names import OF_RELEASE, RATE
from lart_core.formats.reader import import_tracklets
from lart_core.model import load_checkpoint
from lart_core.model.inference import predict
from lart_core.runs.run import Run
from lart_core.tracklet import Tracklet, VideoFacts

ASSUMED_FPS = 30.0
"""Frames a second where nobody says it."""


def import_run(path: Path, out: Path, *, film: Path | None = None, fps: float | None = None) -> Run:
    """Make a run of a PHALP result, a LART tracklet or a folder of LART tracklets of one video.

    Args:
        film: The video that they were made from, if it is at hand: then its frame rate is known,
            and the run gets a player copy.
        fps: Frame rate to assume without it, unless the file says one, or of a film that is a
            folder of pictures; None for 30, which is then said in a `LartWarning` and in the run's
            facts.

    Raises:
        LartError: The file is refused, is of several videos or of another one than `film`, or
            `out` is not empty. Nothing is left at `out` then.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise LartError(f"Expected an empty folder for the run, but {out} has files.")
    with replacing(out) as made, TemporaryDirectory() as scratch:
        rate = ASSUMED_FPS if fps is None else fps
        read, told = import_tracklets(path, Path(scratch) / "tracklets", fps=rate)
        people = list(read)
        clip = video.Clip(fps=fps if film is not None and film.is_dir() else None)
        facts = _one_video(people, film, clip)
        if any(person.keyframe is not None and not _is_ours(person) for person in people):
            if film is not None:
                _check_rate(facts)
            told = {**OF_RELEASE, **told}
        assumed = film is None and fps is None and not any(map(_says_its_rate, people))
        run = Run.create(made, facts, source=str(path), settings={"imported": path.name, **told})
        twice = len({person.track_id for person in people}) < len(people)
        run.write_tracklets(
            [
                replace(person, video=facts, track_id=i if twice else person.track_id)
                for i, person in enumerate(people, 1)
            ]
        )
        run.finish("perception", None, bodies=f"imported from {path.name}")
        run.finish("tracking", None, tracking=f"imported from {path.name}")
        if assumed:
            run.finish("tracking", None, frame_rate=f"assumed: {ASSUMED_FPS:g} frames a second")
            warnings.warn(
                f"{path.name} does not say a frame rate: {ASSUMED_FPS:g} frames a second are "
                f"assumed; give the video, or the rate with --fps, if that is wrong.",
                LartWarning,
                stacklevel=2,
            )
        if film is not None:
            pictures = islice(video.frames(film, clip), facts.frames)
            video.write_player(made / "player.mp4", pictures, facts.fps, facts.times)
            run.finish("player", None)
    return Run.open(out)


def run_published(path: Path, out: Path, *, fps: float | None = None) -> Run:
    """Import tracklets with PHALP's and MViT's vectors, and let the published LART judge them.

    Args:
        path, fps: As in `import_run`.

    Raises:
        LartError: As in `import_run`; or the published weights are missing, or the tracklets lack
            the appearance vectors that they need.
    """
    from lart_core.presets.full.files import lart_checkpoint

    checkpoint = load_checkpoint(lart_checkpoint())
    run = import_run(path, out, fps=fps)
    start = time.perf_counter()
    run.write_actions(predict(checkpoint, run.tracklets()))
    run.finish("actions", time.perf_counter() - start)
    return run


def _says_its_rate(person: Tracklet) -> bool:
    """Whether the frame rate came with the file: ours say it, and LART's release has one."""
    return _is_ours(person) or person.keyframe is not None


def _is_ours(person: Tracklet) -> bool:
    """Whether the file was exported by LART Lens."""
    return person.provenance.get("source") not in ("PHALP result", "LART tracklet")


def _check_rate(facts: VideoFacts) -> None:
    """Refuse a film of another rate than that at which LART's release counts frames."""
    if facts.variable or abs(facts.fps - RATE) > 0.001 * RATE:
        raise LartError(
            f"Expected a film of {RATE} frames a second, as LART's release counts them, but "
            f"{facts.name} has {'a variable rate' if facts.variable else f'{facts.fps:g}'}; make a "
            f"copy first (ffmpeg -i FILM -r {RATE} COPY), or leave the film out."
        )


def _one_video(people: Sequence[Tracklet], film: Path | None, clip: video.Clip) -> VideoFacts:
    kinds = {(t.video.name, t.video.width, t.video.height) for t in people}
    if len(kinds) != 1:
        raise LartError(
            f"Expected the people of one video, but got {len(kinds)} videos; `lart dataset import "
            f"FOLDER --layout lart --out SET` takes a folder of many."
        )
    longest = max((t.video for t in people), key=lambda facts: facts.frames)
    if film is None:
        return longest
    facts = video.probe(film, clip=clip)
    known = (longest.width, longest.height)
    if (facts.width, facts.height) != known or facts.frames < max(t.last for t in people) + 1:
        raise LartError(
            f"Expected the video of these tracks, {known[0]}x{known[1]} pixels and at least "
            f"{max(t.last for t in people) + 1} frames, but {film.name} has {facts.width}x"
            f"{facts.height} pixels and {facts.frames} frames."
        )
    if any(_is_ours(t) for t in people) and facts.frames != longest.frames:
        raise LartError(
            f"Expected the video of these tracks, of {longest.frames} frames, but {film.name} has "
            f"{facts.frames}; if they are of a part of it, cut that part into a file of its own."
        )
    return facts
