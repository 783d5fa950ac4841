"""What the player asks for while it plays: people per frame, lanes. Small, cached, plain JSON."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.runs import lanes
from analysis.runs.ground_truth import truth_of
from analysis.runs.scores import scores as score_curves
from app.storage.runs import per_run
from lart_core import camera
from lart_core.errors import LartError
from lart_core.runs.actions import Actions
from lart_core.runs.corrected import CorrectedPeople
from lart_core.runs.run import Run
from lart_core.series import stretches
from lart_core.tracklet import TrackletSet, VideoFacts, part_bits, sight

CHUNK = 64
"""Frames in one piece of the overlay."""

MOST_BINS = 4096
"""Steps of a lane at the most."""

BODY_JOINTS = 24


@dataclass(frozen=True, eq=False)
class Person:
    """When a person is there and how much is known of them: a few bytes a frame, for long videos.

    Attributes:
        track_id: The person. first: The first frame.
        seen: (T,) bool.
        shown: (T,) bool, seen or out of sight for a moment only (`lart_core.tracklet.sight`).
        body: (T,) uint8: 2 where the body was lifted, 1 where it is predicted for a moment, else 0.
        masked: Whether there are masks.
    """

    track_id: int
    first: int
    seen: NDArray[np.bool_]
    shown: NDArray[np.bool_]
    body: NDArray[np.uint8]
    masked: bool

    @classmethod
    def read(
        cls, tracklets: TrackletSet | CorrectedPeople, track_id: int, video: VideoFacts
    ) -> "Person":
        """Read what is needed of a tracklet of the video, and nothing else."""
        kept = tracklets.columns(track_id, "frame", "score", "detected")
        frame, lifted = kept["frame"], kept["detected"]
        seen = sight.sighted(lifted, kept["score"])
        shown = sight.bridged(seen, frame, video)
        body = np.where(lifted, 2, sight.bridged(lifted, frame, video) & shown).astype(np.uint8)
        masked = tracklets.has_masks(track_id)
        return cls(track_id, int(frame[0]), seen, shown, body, masked)

    @property
    def last(self) -> int:
        """The last frame."""
        return self.first + len(self.seen) - 1

    @property
    def frame(self) -> NDArray[np.int64]:
        """(T,) frame numbers."""
        return np.arange(self.first, self.last + 1)

    def __contains__(self, frame: int) -> bool:
        """Whether the person is there at a frame, seen or predicted."""
        return self.first <= frame <= self.last

    @property
    def gaps(self) -> list[list[int]]:
        """Stretches [first, last] in which the person was not seen."""
        return stretches(self.frame[~self.seen])


@per_run(maxsize=4)
def people(run: Run) -> tuple[Person, ...]:
    """The people of a run, in the order of their track ids."""
    tracklets = run.people()
    return tuple(Person.read(tracklets, i, run.video) for i in sorted(tracklets.track_ids))


@per_run(maxsize=8)
def actions(run: Run, model: str) -> Actions:
    """What a model says of a run's people."""
    return run.actions_of_people(model)


@per_run(maxsize=4)
def truth(run: Run) -> dict[int, dict[int, list[list[int]]]]:
    """What people labelled in a run (`truth_of`)."""
    return truth_of(run, run.people())


@per_run(maxsize=8)
def best_seconds(run: Run, a: str, b: str) -> dict[int, dict[int, float]]:
    """Person -> AVA id -> the best second in one or two models (`lanes.best_of`)."""
    models = [actions(run, model) for model in (a, b) if model]
    return {i.track_id: lanes.best_of(models, i.track_id, run.video) for i in people(run)}


def overlay(run: Run, chunk: int) -> dict[str, Any]:
    """People in the frames of one chunk, as JSON; boxes and joints in tenths of pixels."""
    first, last = chunk * CHUNK, (chunk + 1) * CHUNK - 1
    tracklets = run.people()
    found = {}
    for person in people(run):
        if person.first > last or person.last < first:
            continue
        begin = max(first, person.first)
        rows = slice(begin - person.first, last + 1 - person.first)
        box, joints, unseen = drawn(tracklets, person.track_id, first, last, run.video)
        masks = tracklets.masks(person.track_id, first, last) if person.masked else None
        found[str(person.track_id)] = {
            "first": begin,
            "box": _tenths(box),
            "seen": person.seen[rows].astype(int).tolist(),
            "shown": person.shown[rows].astype(int).tolist(),
            "body": person.body[rows].tolist(),
            "joints": _tenths(joints),
            "unseen": unseen.tolist(),
            "mask": masks and [mask and mask.decode("ascii") for mask in masks],
        }
    return {"people": found}


def drawn(
    tracklets: TrackletSet | CorrectedPeople,
    track_id: int,
    first: int,
    last: int,
    video: VideoFacts,
) -> tuple[NDArray[np.floating], NDArray[np.floating], NDArray[np.int32]]:
    """(T, 4) boxes and (T, 24, 2) SMPL's joints of a person, in pixels of the video, and the (T,)
    parts of the body that were not seen (`unseen_bits`)."""
    kept = tracklets.stretch(track_id, first, last, "box", "joints", "camera", "unseen")
    square = camera.project(kept["joints"][:, :BODY_JOINTS], kept["camera"])
    joints = camera.square_to_image(square, (video.width, video.height)).astype(np.float32)
    return kept["box"], joints, unseen_bits(kept["unseen"], len(joints))


def unseen_bits(unseen: NDArray[np.bool_], frames: int) -> NDArray[np.int32]:
    """(T,) parts that were not seen, as bits (`part_bits`); none where nothing is known of that."""
    if not len(unseen):
        return np.zeros(frames, np.int32)
    return part_bits.to_bits(unseen)


def lane_answer(
    run: Run, a: str, b: str, first: int, last: int, bins: int, action: int | None = None
) -> dict[str, Any]:
    """The lanes of every person for one or two models, as JSON.

    Args:
        action: An AVA id that everyone gets a lane of, the first, with ``best``: the probability
            of its best second, in thousandths.

    Raises:
        LartError: The span is none of this video, or a model is none of this run.
    """
    if not 0 <= first <= last < run.video.frames or not 1 <= bins <= MOST_BINS:
        raise LartError(f"Expected frames within 0..{run.video.frames - 1}.")
    models = [actions(run, model) for model in (a, b) if model]
    labelled, corrections, seconds = truth(run), run.corrections(), best_seconds(run, a, b)
    found = {}
    for person in people(run):
        found[str(person.track_id)] = {
            "first": person.first,
            "last": person.last,
            "gaps": person.gaps,
            "actions": lanes.person_lane(
                models,
                person.track_id,
                first,
                last,
                bins,
                seconds[person.track_id],
                labelled.get(person.track_id),
                corrections.of(person.track_id),
                action,
            ),
        }
        if action is not None:
            best = seconds[person.track_id].get(action, 0.0)
            found[str(person.track_id)]["best"] = round(1000 * best)
    return {"first": first, "last": last, "bins": bins, "a": a, "b": b, "people": found}


def scores(run: Run, a: str, b: str, chunk: int) -> dict[str, Any]:
    """What one or two models say of everyone in the frames of one chunk, as JSON.

    Raises:
        LartError: A model is none of this run.
    """
    models = [actions(run, model) for model in (a, b) if model]
    return {"people": score_curves(models, chunk * CHUNK, (chunk + 1) * CHUNK - 1)}


def _tenths(values: NDArray[np.floating]) -> list[list[int]]:
    """Tenths of pixels, a list a frame: whole numbers in few lists, which JSON takes fast."""
    return np.rint(10 * values.reshape(len(values), -1)).astype(int).tolist()
