"""The tracker: one Hungarian assignment a frame and PHALP's life cycle of tracks."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from lart_core.tracking.cost import PUBLISHED_SCALE, TextureEmbedding, association_cost
from lart_core.tracking.features import ROOT, SPREAD, Features, Floats
from lart_core.tracking.location import HISTORY, predict_location, with_known_spread
from lart_core.tracking.pose_predictor import PosePredictor
from lart_core.tracking.texture import mixed

N_INIT = 5
"""Sightings that confirm a track, as published, in a video of any frame rate."""
MAX_AGE = 50
"""Frames without a sighting after which a track is lost, as published."""
CONFIRMED = 1 / 6
"""Seconds of sightings that confirm a track by default: the published 5 at 30 frames/s."""
LOST = 1.0
"""Seconds without a sighting after which a track is lost by default. The transformer's mask token
may infill that much; nobody is predicted any longer."""
SURE = 0.3
"""Score from which a box without a body counts to the confirmation by default: people who are
only ever seen as weak boxes are nobody."""
PUBLISHED_LIMIT = 100.0
"""Pairs that cost more are never matched, as published."""
LIMIT = 10.0
"""The same by default. Measured on made-up crowds (`benchmarks/tracking.py`): with the published
limit a track that is lost takes over whoever walks near it."""
LIMIT_WITH_LOOK = 24.0
"""The same where colours count: one person's look changes, by up to a factor of 2.4 in cost. With
textures it is the published limit, which was chosen for them."""
MIXING = 0.1
"""How far one sure sighting moves a track's appearance (PHALP's alpha)."""


class State(IntEnum):
    """Life of a track, with upstream's numbers."""

    TENTATIVE = 1
    CONFIRMED = 2
    DELETED = 3


@dataclass(eq=False)
class Track:
    """One person.

    Attributes:
        track_id: From 1; never used twice.
        hits, age: Sightings that count to the confirmation, and frames since birth (itself
            included).
        time_since_update: Frames since the last sighting.
        sightings: (frame number, row of the detection) of every sighting.
        guesses: Location and pose of every frame since birth without a seen body, predicted.
        appearance, texture: Of all sightings, mixed.
        across_a_cut: Whether a cut lies between the last sighting and now, and nobody was seen
            since.
        from_root: From the body's root to the centre of its box, when a body was last seen; NaN
            before, and the box's centre stands for the root until then.
        location, pose, time: The last 7 sightings' (7, 99), (7, 229), (7,).
        predicted_location, predicted_pose: For the next frame.
    """

    track_id: int
    location: Floats
    pose: Floats
    time: NDArray[np.int64]
    appearance: Floats | None
    texture: Floats | None
    state: State = State.TENTATIVE
    hits: int = 1
    age: int = 1
    time_since_update: int = 0
    sightings: list[tuple[int, int]] = field(default_factory=list)
    guesses: dict[int, tuple[Floats, Floats]] = field(default_factory=dict)
    across_a_cut: bool = False
    from_root: Floats = field(default_factory=lambda: np.full(2, np.nan))
    predicted_location: Floats = field(init=False)
    predicted_pose: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.predicted_location = self.location[-1]
        self.predicted_pose = self.pose[-1]


@dataclass(frozen=True)
class Step:
    """What one frame did.

    Attributes:
        matches: (K, 2) rows of the tracks as they stood before this frame, and detections.
        cost: (T, N) of tracks and detections, cut off at the limit; None where one is empty.
    """

    matches: NDArray[np.intp]
    cost: Floats | None


class Tracker:
    """Follows people from frame to frame.

    Args:
        terms: ``"A"`` compares appearance vectors, ``"T"`` textures, without either neither. See
            `association_cost`.
        pose_predictor: Predicts the next pose; without one, the last pose stands for the next.
        appearance_scale: Appearance vectors are divided by this in the cost.
        texture_embedding: Compares textures (`HMARAppearance.compared`); needed for ``"T"``.
        fps: Frames a second.
        lost_after: Seconds without a sighting after which a track is lost.
        parity: Do as upstream does, defects included: tracks are confirmed by 5 sightings of any
            kind and lost after 50 frames; what cannot be compared is the best match,
            a young track's camera passes for its uncertainty, every track's pose is read at the
            first track's time, appearance is the last sighting's, and a cut only resets the
            location history; pairs may cost up to 100. By default these are mended, appearance is
            mixed over time, no track outlives a cut unless its appearance is found again, and
            pairs may cost up to 10, or 24 with appearance vectors, or 100 with textures.

    Attributes:
        tracks: The tentative and confirmed tracks.
        ended: Confirmed tracks that were lost.
    """

    def __init__(
        self,
        *,
        terms: str = "APL",
        pose_predictor: PosePredictor | None = None,
        appearance_scale: float = PUBLISHED_SCALE,
        texture_embedding: TextureEmbedding | None = None,
        fps: float = 30.0,
        lost_after: float = LOST,
        parity: bool = False,
    ) -> None:
        self._confirmed = N_INIT if parity else max(2, round(CONFIRMED * fps))
        self._lost = MAX_AGE if parity else max(1, round(lost_after * fps))
        self.tracks: list[Track] = []
        self.ended: list[Track] = []
        self._terms = terms
        self._pose_predictor = pose_predictor
        self._appearance_scale = appearance_scale
        self._texture_embedding = texture_embedding
        self._parity = parity
        self._next_id = 1

    def step(
        self,
        time: int,
        seen: Features,
        *,
        confidence: Floats | None = None,
        shot: bool = False,
        given: bool = False,
    ) -> Step:
        """Take the N people seen in frame `time`; frames come in order, each once.

        Args:
            confidence: (N,) scores in 0..1; weighs how fast appearance is mixed.
            shot: A cut lies before this frame.
            given: The people were given, not detected: each confirms its track at once.
        """
        if shot and not self._parity:
            self._cut(seen)
        before = self.tracks
        for track in before:
            track.age += 1
            track.time_since_update += 1
            track.across_a_cut = shot or (track.across_a_cut and not self._parity)
        matches, cost = self._match(seen)
        for row, column in matches:
            weight = 1.0 if confidence is None else float(confidence[column])
            self._update(before[row], time, seen, column, weight)
        for row in sorted(set(range(len(before))) - set(matches[:, 0].tolist())):
            self._miss(before[row], time, others=len(seen) > 0)
        self._predict([before[row] for row in matches[:, 0]])
        self._predict([track for track in before if track.time_since_update])
        new = sorted(set(range(len(seen))) - set(matches[:, 1].tolist()))
        self.tracks = [t for t in before if t.state != State.DELETED]
        for column in new:
            weight = 1.0 if confidence is None else float(confidence[column])
            self.tracks.append(self._born(time, seen, column, weight))
        if given:
            for track in self.tracks:
                if track.time_since_update == 0:
                    track.state = State.CONFIRMED
        return Step(matches, cost)

    def _cut(self, seen: Features) -> None:
        """End the tracks that cannot be recognised after a cut."""
        for track in self.tracks:
            if seen.appearance is None or track.appearance is None:
                if track.state == State.CONFIRMED:
                    self.ended.append(track)
                track.state = State.DELETED
        self.tracks = [track for track in self.tracks if track.state != State.DELETED]

    def _match(self, seen: Features) -> tuple[NDArray[np.intp], Floats | None]:
        if not self.tracks or not len(seen):
            return np.zeros((0, 2), np.intp), None
        cost = self._cost(seen, at_a_cut=False)
        limit = np.full((len(self.tracks), 1), LIMIT)
        if self._parity or seen.texture is not None:
            limit[:] = PUBLISHED_LIMIT
        elif seen.appearance is not None:
            limit[:] = LIMIT_WITH_LOOK
        across = np.array([[track.across_a_cut] for track in self.tracks])
        if across.any() and not self._parity:
            cost = np.where(across, self._cost(seen, at_a_cut=True), cost)
            limit[across] = LIMIT
        cost = np.where(cost > limit, limit.max() + 1e-5, cost)
        pairs = np.stack(linear_sum_assignment(cost), axis=1)
        return pairs[(cost <= limit)[pairs[:, 0], pairs[:, 1]]], cost

    def _cost(self, seen: Features, *, at_a_cut: bool) -> Floats:
        return association_cost(
            self._predictions(),
            seen,
            terms=self._terms,
            distance="EQ_010" if at_a_cut else "EQ_019",
            shot=at_a_cut,
            appearance_scale=self._appearance_scale,
            texture_embedding=self._texture_embedding,
            position=None if self._parity else self._apart(seen),
            parity=self._parity,
        )

    def _apart(self, seen: Features) -> Floats:
        """(T, N) distances in the image: of roots, or of the boxes' centres where either side has
        only its box: those of a close-up are far apart."""
        root = np.stack([t.predicted_location[ROOT] for t in self.tracks])
        distance = np.linalg.norm(root[:, None] - seen.location[None, :, ROOT], axis=-1)
        if seen.centre is None:
            return distance
        from_root = np.stack([t.from_root for t in self.tracks])
        centre = root + np.nan_to_num(from_root)
        of_boxes = np.linalg.norm(centre[:, None] - seen.centre[None], axis=-1)
        unknown = np.isnan(seen.pose).any(axis=1, keepdims=True).T
        bare = np.isnan(from_root[:, :1]) | unknown
        return np.where(bare, of_boxes, distance)

    def _learn_box(self, track: Track, seen: Features, row: int) -> Floats:
        """What is seen, with the root where the track's body would have it in a box alone."""
        location = seen.location[row].copy()
        if self._parity or seen.centre is None:
            return location
        if np.isnan(seen.pose[row]).any():
            location[ROOT] = seen.centre[row] - np.nan_to_num(track.from_root)
            return location
        from_root = seen.centre[row] - location[ROOT]
        if np.isnan(track.from_root).any():  # The first body: so far the centre was the root.
            track.location[:, ROOT] -= from_root
        track.from_root = from_root
        return location

    def _predictions(self) -> Features:
        return Features(
            np.stack([t.predicted_location for t in self.tracks]),
            np.stack([t.predicted_pose for t in self.tracks]),
            _stacked([t.appearance for t in self.tracks]),
            _stacked([t.texture for t in self.tracks]),
        )

    def _update(self, track: Track, time: int, seen: Features, row: int, confidence: float) -> None:
        location = _known(self._learn_box(track, seen, row), track.predicted_location)
        pose = _known(seen.pose[row], track.predicted_pose)
        old = (
            np.broadcast_to(location, track.location.shape)
            if track.across_a_cut
            else track.location
        )
        track.location = np.concatenate([_known(old[1:], location), location[None]])
        track.pose = np.concatenate([_known(track.pose[1:], pose), pose[None]])
        track.time = np.append(track.time[1:], time)
        share = MIXING * confidence**2
        if track.appearance is not None and seen.appearance is not None:
            new = _known(seen.appearance[row], track.appearance)
            part = 1.0 if self._parity else share
            track.appearance = part * new + (1 - part) * _known(track.appearance, new)
        if track.texture is not None and seen.texture is not None:
            track.texture = mixed(track.texture, seen.texture[row], share)
        if np.isnan(seen.pose[row]).any():
            track.guesses[time] = (location, pose)
        track.hits += self._counts(seen, row, confidence)
        track.time_since_update, track.across_a_cut = 0, False
        track.sightings.append((time, row))
        if track.hits >= self._confirmed:
            track.state = State.CONFIRMED

    def _counts(self, seen: Features, row: int, confidence: float) -> bool:
        """Whether a sighting counts to the confirmation: a body, or a sure box."""
        return self._parity or confidence >= SURE or not np.isnan(seen.pose[row]).any()

    def _miss(self, track: Track, time: int, *, others: bool) -> None:
        """A frame without the person, in which there are `others` or nobody."""
        track.guesses[time] = (track.predicted_location, track.predicted_pose)
        not_found_again = track.across_a_cut and others and not self._parity
        if track.state == State.TENTATIVE:
            track.state = State.DELETED
        elif track.time_since_update > self._lost or not_found_again:
            track.state = State.DELETED
            self.ended.append(track)

    def _born(self, time: int, seen: Features, row: int, confidence: float) -> Track:
        track = Track(
            self._next_id,
            np.repeat(seen.location[row][None], HISTORY, axis=0),
            np.repeat(seen.pose[row][None], HISTORY, axis=0),
            np.full(HISTORY, time, np.int64),
            None if seen.appearance is None else seen.appearance[row],
            None if seen.texture is None else seen.texture[row],
            sightings=[(time, row)],
            guesses={time: (seen.location[row], seen.pose[row])},
            hits=int(self._counts(seen, row, confidence)),
        )
        if seen.centre is not None and not np.isnan(seen.pose[row]).any():
            track.from_root = seen.centre[row] - seen.location[row, ROOT]
        if not self._parity:
            unsure = track.predicted_location.copy()
            unsure[SPREAD] = np.nan
            track.predicted_location = with_known_spread(unsure[None])[0]
        self._next_id += 1
        return track

    def _predict(self, tracks: Sequence[Track]) -> None:
        if not tracks:
            return
        time = np.stack([t.time for t in tracks])
        lookahead = np.array([t.time_since_update for t in tracks])
        location = predict_location(np.stack([t.location for t in tracks]), time, lookahead)
        if not self._parity:
            location = with_known_spread(location)
        pose = np.stack([t.pose for t in tracks])
        predicted = pose[:, -1]
        if self._pose_predictor is not None:
            predicted = self._pose_predictor.predict_next(
                pose, time, lookahead, parity=self._parity
            )
            predicted = _known(predicted, pose[:, -1])
        for track, track_location, track_pose in zip(tracks, location, predicted, strict=True):
            track.predicted_location, track.predicted_pose = track_location, track_pose


def _stacked(values: Sequence[Floats | None]) -> Floats | None:
    """All of them in one array, unless one is missing."""
    given = [value for value in values if value is not None]
    return np.stack(given) if len(given) == len(values) else None


def _known(value: Floats, otherwise: Floats) -> Floats:
    """`value`, with `otherwise` where it is NaN."""
    return np.where(np.isnan(value), otherwise, value)
