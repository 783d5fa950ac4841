"""A run: the folder of one processed video. Its files are written whole, stage by stage."""

import hashlib
import json
import re
import shutil
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from copy import deepcopy
from dataclasses import dataclass, fields, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np

from lart_core.atomic_files import SCRATCH, alone, remove_leftovers, write_json
from lart_core.errors import LartError, LartWarning, NotNow
from lart_core.paths import asset, lart_home
from lart_core.runs.actions import Actions, PersonActions, load_actions, save_actions
from lart_core.runs.corrected import CorrectedPeople, corrected_actions
from lart_core.runs.corrections import Corrections, load_corrections, save_corrections
from lart_core.settings import FIRST_FRAME, differing
from lart_core.stored_files import checked_entries, expect_format, read_json, reading
from lart_core.tracklet import (
    Tracklet,
    TrackletSet,
    VideoFacts,
    open_tracklets,
    save_tracklets,
    stitch,
)
from lart_core.tracklet.times import TIMES, load_times, save_times

FORMAT = "lart-lens run 1"
FORMER = {"told_apart_by": "reid_cue"}
"""Former names of what `provenance` holds, in runs of older versions."""
FORMER_CUES = {"colours": "color histogram", "nothing": "none"}
"""Former words for a re-identification cue."""
PEOPLE = "people"
PATIENCE = 20
"""Tenths of a second to wait for a run: a process that is told to end may still write."""

_FACTS = {"video": dict, "source": str, "settings": dict, "stages": dict, "provenance": dict}


@dataclass(frozen=True, eq=False)
class Run:
    """One processed video.

    Attributes:
        path: The folder; see docs/architecture.md for what lies in it.
    """

    path: Path

    @classmethod
    def open(cls, path: Path) -> "Run":
        """Open an existing run.

        Raises:
            LartError: There is no run there, it is of another format, or its run.json is damaged.
        """
        run = cls(Path(path))
        if not run._facts_path.is_file():
            raise LartError(f"Expected a run (a folder with a run.json), but {path} is none.")
        _ = run.video
        return run

    @classmethod
    @contextmanager
    def held(cls, path: Path) -> Iterator[None]:
        """Hold the folder of a run, made or not yet, for this process alone, where the file system
        has locks; it is let go when the process ends, however it does.

        Raises:
            NotNow: Another process holds it.
        """
        with alone(path, PATIENCE) as free:
            if not free:
                raise NotNow(
                    f"Another process works on the run {path}; wait until it has ended, or choose "
                    "another folder."
                )
            yield

    @classmethod
    def create(
        cls, path: Path, video: VideoFacts, *, source: str, settings: dict[str, Any]
    ) -> "Run":
        """Start a run, or go on with one of the same video and settings.

        Args:
            source: Path of the video file, or the file that tracklets were imported from.
            settings: What the outcome depends on; stages are only reused under the same.

        Raises:
            LartError: The folder holds a run of another video or other settings, or other files.
        """
        run = cls(Path(path))
        if run._facts_path.is_file():
            for folder in (run.path, run.path / "actions"):
                remove_leftovers(folder)
            facts = cls.open(path).facts
            if facts["video"]["sha256"] != video.sha256:
                raise LartError(
                    f"The folder {path} holds a run of another video; choose another folder, or "
                    "delete that one first."
                )
            if facts["settings"] != settings:
                raise LartError(
                    f"The folder {path} holds a run with other settings "
                    f"({differing(facts['settings'], settings)}); choose another folder, or delete "
                    "that one first."
                )
            return run
        if run.path.is_dir() and any(not _is_scratch(file) for file in run.path.iterdir()):
            raise LartError(f"Expected an empty folder for the run, but {path} has other files.")
        remove_leftovers(run.path)
        run._write_facts(
            {
                "format": FORMAT,
                "video": run._noted(video),
                "source": source,
                "settings": settings,
                "stages": {},
                "provenance": {},
            }
        )
        return run

    @property
    def facts(self) -> dict[str, Any]:
        """The content of run.json: video, source, settings, finished stages, provenance.

        It is read again only when the file has changed; not to be altered.

        Raises:
            LartError: It is damaged or of another format.
        """
        with self._reading():
            file = self._facts_path.stat()
            stamp = (file.st_mtime_ns, file.st_ino)
            kept = self.__dict__.get("_kept_facts")
            if kept is None or kept[0] != stamp:
                kept = self.__dict__["_kept_facts"] = stamp, _read_facts(self._facts_path)
            return kept[1]

    @cached_property
    def video(self) -> VideoFacts:
        """Facts of the video, with the times of its frames."""
        noted = self.facts["video"]
        known = {f.name: noted[f.name] for f in fields(VideoFacts) if f.name in noted}
        with self._reading():
            if noted.get("variable"):
                known["times"] = load_times(self.path / TIMES)["video"]
            return VideoFacts(**known)

    @property
    def video_begins_at(self) -> float:
        """Second of the film at which the video begins, as far as it was told (else 0)."""
        settings = self.facts["settings"]
        boxes = settings.get("boxes") or {}
        return float(boxes.get("start", settings.get("begins_at", 0.0)))

    @property
    def begins_at(self) -> float:
        """Second of the film at which the run begins: where the video begins in the film, and
        where the part that was taken begins in the video."""
        return self.begun(None)

    def begun(self, video_begins_at: float | None) -> float:
        """`begins_at`, of a video that begins at another second of the film than the run knows."""
        film = self.video_begins_at if video_begins_at is None else video_begins_at
        settings = self.facts["settings"]
        return film + float(settings.get(FIRST_FRAME, settings.get("start", 0.0)))

    @property
    def given_at(self) -> dict[int, list[float]]:
        """Frame -> the seconds since the first frame at which a table has boxes in it.

        Empty where no table gave boxes, and in runs of older versions.
        """
        with self._reading():
            found: dict[int, list[float]] = {}
            for frame, second in self.facts.get("given_at", []):
                found.setdefault(int(frame), []).append(float(second))
            return found

    @property
    def least_score(self) -> float:
        """Score from which the given boxes of an imported run of LART's are judged (0: all)."""
        return float(self.facts["settings"].get("least_score", 0.0))

    @property
    def lost(self) -> int:
        """How many frames of the video could not be decoded, or are not in the file at all."""
        noted = self.facts["video"]
        return int(noted.get("lost", 0)) + int(noted.get("missing", 0))

    @property
    def damage(self) -> str | None:
        """What is lost of the video, as a sentence; None where nothing is."""
        if not self.lost:
            return None
        noted = self.facts["video"]
        whole = noted["frames"] + noted.get("missing", 0)
        return (
            f"{noted['name']} is damaged: {self.lost} of {whole} frames "
            f"({100 * self.lost / whole:.1f} %) could not be decoded"
            + (f", {noted['missing']} of them at the end" if noted.get("missing") else "")
            + "; people in them are predicted or left out."
            + (" MORE THAN A TENTH OF THE VIDEO IS LOST." if self.lost > whole / 10 else "")
        )

    @property
    def player(self) -> Path | None:
        """The browser-playable copy of the video, if there is one."""
        path = self.path / "player.mp4"
        return path if path.is_file() else None

    def tracklets(self) -> TrackletSet:
        """What was tracked, opened one by one as it is asked for.

        Where people were followed in windows, each has a tracklet in each window.
        """
        return open_tracklets(self.path / "tracklets")

    @property
    def in_windows(self) -> bool:
        """Whether people were followed in windows."""
        return stitch.in_windows(self.tracklets())

    def people(self) -> TrackletSet | CorrectedPeople:
        """The people of the video, each as one tracklet, to be looked at: as tracked, or as
        somebody corrected who is who.

        Raises:
            LartError: The corrections are damaged, or of other people.
        """
        changed = self.corrections()
        tracked = self.tracked_people()
        if not changed.people:
            return tracked
        return CorrectedPeople(tracked, changed.pieces(_spans(tracked)))

    def people_by_window(self) -> TrackletSet | CorrectedPeople:
        """`people`; where they were followed in windows `tracklets`, which nothing corrects: a
        `LartWarning` says so where somebody did correct who is who."""
        if not self.in_windows:
            return self.people()
        if self.corrections().people:
            warnings.warn(
                f"People of {self.video.name} were corrected, but it was tracked in windows, which "
                "are taken as they were tracked.",
                LartWarning,
                stacklevel=3,
            )
        return self.tracklets()

    def corrections(self) -> Corrections:
        """What people corrected; empty where nobody did.

        Raises:
            LartError: The file of them is damaged.
        """
        return load_corrections(self.path)

    def correct(self, corrections: Corrections) -> Corrections:
        """Keep what people corrected, beside what was tracked and what models said.

        Raises:
            LartError: It does not fit this run, or somebody else has saved since it was read.
        """
        return save_corrections(self.path, corrections, _spans(self.tracked_people()))

    def tracked_people(self) -> TrackletSet:
        """The people of the video as they were tracked, whatever was corrected.

        Of a run without windows these are its `tracklets`; otherwise what the windows saw, joined
        (`lart_core.tracklet.stitch`) when it is first asked for, and kept in the run's folder.
        """
        tracked = self.tracklets()
        if not stitch.in_windows(tracked):
            return tracked
        folder = self.path / PEOPLE
        if not folder.is_dir():
            save_tracklets(folder, stitch.stitched(tracked))
        return open_tracklets(folder)

    def models(self) -> list[str]:
        """Names of the models whose actions are here: those that the product ships, then others."""
        shipped = _shipped()
        names = (file.stem for file in (self.path / "actions").glob("*.safetensors"))
        return sorted(names, key=lambda name: (name not in shipped, name))

    def actions(self, model: str) -> Actions:
        """What `model` says of every person.

        Raises:
            LartError: This run has no actions of that model.
        """
        file = self.path / "actions" / f"{model}.safetensors"
        if model not in self.models():
            known = ", ".join(self.models()) or "none"
            raise LartError(f"Expected a model of this run ({known}), but got {model!r}.")
        return load_actions(file)

    def actions_of_people(self, model: str) -> Actions:
        """What `model` says of everyone in `people`.

        Raises:
            LartError: This run has no actions of that model.
        """
        said, changed = self._actions_of_tracked(model), self.corrections()
        if not changed.people:
            return said
        return corrected_actions(said, changed.pieces(_spans(self.tracked_people())))

    def _actions_of_tracked(self, model: str) -> Actions:
        said, tracked = self.actions(model), self.tracklets()
        if not stitch.in_windows(tracked):
            return said
        people = {}
        for person, parts in stitch.parts(tracked).items():
            pieces = []
            for row, first, last in parts:
                own = said.people.get(tracked.track_ids[row])
                if own is not None:
                    here = (own.frame >= first) & (own.frame <= last)
                    pieces.append(PersonActions(own.frame[here], own.probability[here]))
            if pieces:
                frame = np.concatenate([piece.frame for piece in pieces])
                probability = np.concatenate([piece.probability for piece in pieces])
                people[person] = PersonActions(frame, probability)
        return replace(said, people=people)

    def finished(self, stage: str) -> bool:
        """Whether `stage` is done."""
        return stage in self.facts["stages"]

    def finish(self, stage: str, seconds: float | None, **provenance: str) -> None:
        """Note that `stage` is done, how long it took (None: not measured) and what did it."""
        facts = deepcopy(self.facts)
        facts["stages"][stage] = {} if seconds is None else {"seconds": round(seconds, 3)}
        facts["provenance"] |= provenance
        self._write_facts(facts)

    def note_given(self, seconds: Mapping[int, Iterable[float]]) -> None:
        """Note at which seconds boxes were given in which frames (`given_at`)."""
        pairs = [[frame, second] for frame, found in seconds.items() for second in found]
        if pairs and self.facts.get("given_at") != pairs:
            self._write_facts(self.facts | {"given_at": pairs})

    def correct_video(self, video: VideoFacts, lost: int, missing: int) -> None:
        """Note what decoding the video showed.

        Args:
            video: Its frames and times.
            lost: How many of the frames could not be decoded.
            missing: How many more the file promises that are not in it.
        """
        facts = deepcopy(self.facts)
        facts["video"] |= self._noted(video) | {"lost": lost, "missing": missing}
        self._write_facts(facts)

    def write_tracklets(self, tracklets: Iterable[Tracklet]) -> None:
        """Keep what was tracked."""
        shutil.rmtree(self.path / PEOPLE, ignore_errors=True)
        save_tracklets(self.path / "tracklets", tracklets)

    def write_actions(self, actions: Actions) -> None:
        """Keep what a model says, under the model's name."""
        save_actions(self.path / "actions" / f"{actions.model}.safetensors", actions)

    def remove_actions(self, model: str) -> None:
        """Forget what a model says; nothing where it says nothing."""
        (self.path / "actions" / f"{model}.safetensors").unlink(missing_ok=True)

    @property
    def _facts_path(self) -> Path:
        return self.path / "run.json"

    def _reading(self) -> AbstractContextManager[None]:
        what = f"The file run.json of the run {self.path.name}"
        return reading(self._facts_path, what, "remove this run and process the video anew")

    def _noted(self, video: VideoFacts) -> dict[str, Any]:
        """Facts as run.json has them; the times go into a file of their own."""
        if video.times is not None:
            save_times(self.path / TIMES, {"video": video.times})
        plain = replace(video, times=None).record()
        return plain | {"seconds": round(video.seconds, 6), "variable": video.variable}

    def _write_facts(self, facts: dict[str, Any]) -> None:
        write_json(self._facts_path, facts)
        self.__dict__.pop("video", None)
        self.__dict__.pop("_kept_facts", None)


@cache
def _shipped() -> frozenset[str]:
    """Names of the models that the product ships."""
    return frozenset(file.stem for file in asset("models").glob("*.safetensors"))


def _is_scratch(file: Path) -> bool:
    """Whether it is what a killed process left before the run had facts."""
    return file.name.startswith(".run.json.") and file.suffix == SCRATCH


def _spans(tracked: TrackletSet) -> dict[int, tuple[int, int]]:
    """Track -> first and last frame."""
    ends = tracked.spans.tolist()
    return {i: (first, last) for i, (first, last) in zip(tracked.track_ids, ends, strict=True)}


def _read_facts(path: Path) -> dict[str, Any]:
    facts = read_json(path, {})
    expect_format(facts.get("format"), FORMAT)
    for stage in checked_entries(facts, _FACTS)["stages"].values():
        checked_entries(stage, {"seconds": (int, float)} if "seconds" in stage else {})
    for former, name in FORMER.items():
        if former in facts["provenance"]:
            facts["provenance"].setdefault(name, facts["provenance"].pop(former))
    cue = facts["provenance"].get("reid_cue")
    if cue in FORMER_CUES:
        facts["provenance"]["reid_cue"] = FORMER_CUES[cue]
    return facts


def default_folder(source: Path, part: Mapping[str, Any] | None = None) -> Path:
    """Where the run of a file goes if nobody says otherwise: a folder under ``LART_HOME/runs``.

    The same file leads to the same folder, so that a run that was broken off goes on.

    Args:
        part: What tells this run from others of the same file (`lart_core.video.Clip.settings`).
    """
    stem = re.sub(r"[^A-Za-z0-9]+", "-", source.stem).strip("-").lower()[:40] or "video"
    words = f"{source.resolve()}{json.dumps(part, sort_keys=True) if part else ''}"
    where = hashlib.sha256(words.encode(errors="surrogateescape")).hexdigest()[:8]
    return lart_home() / "runs" / f"{stem}-{where}"
