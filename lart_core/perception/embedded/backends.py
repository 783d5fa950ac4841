"""The embedded default: MoveNet finds people, BlazePose and inverse kinematics lift them."""

import warnings
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lart_core import body
from lart_core.body import ik
from lart_core.camera import image_to_square
from lart_core.errors import LartError, LartWarning
from lart_core.motion.refine import refine
from lart_core.perception import roi
from lart_core.perception.colors import signatures
from lart_core.perception.embedded import agreement, belief, between, ssd
from lart_core.perception.embedded.between import PRESENT
from lart_core.perception.embedded.blazepose import BlazePose, Landmarks, encode_masks, joined
from lart_core.perception.embedded.following import PICTURE, FollowingDetector
from lart_core.perception.embedded.movenet import MoveNetDetector
from lart_core.perception.embedded.people import PeopleDetector, both
from lart_core.perception.embedded.sparse import SparseDetector
from lart_core.perception.embedded.unseen import unseen_parts
from lart_core.perception.protocols import Bodies, Detections, Detector, Frame
from lart_core.tracklet import Tracklet

__all__ = ["BlazePoseEstimator", "MoveNetDetector", "detector"]

EVERY = 1 / 15
"""Seconds between two looks at somebody whose limbs move, twice as many where they do not; in
between landmarks move evenly."""
CALM = 0.04
"""Share of the box's diagonal that no limb has moved by then."""
SSD_NAMES = "ssd-oidv4, coco-ssd"
WITHOUT_SSD = "People in close-ups and behind tables will be missed, since a detector is not here."
GUESSED = 0.1
"""Trust in a landmark that the model cannot see and guesses from the rest of the body."""


def detector(threads: int = 2, size: int = 384, tiles: int = 1, score: float = 0.2) -> Detector:
    """The default detector: MoveNet, BlazePose to follow those whom it loses, and two detectors of
    people and things for those who are not whole in the picture.

    Where the latter cannot be fetched (they come with npm), a `LartWarning` says so and the former
    search alone.

    Args:
        threads: CPU threads of each network.
        size, tiles, score: See `MoveNetDetector`.
    """
    movenet = SparseDetector(MoveNetDetector(size, threads, tiles, score))
    closer = MoveNetDetector(PICTURE, threads, score=score)
    following = FollowingDetector(movenet, closer, BlazePose(threads, masks=False))
    try:
        look = both([ssd.open_images(threads), ssd.coco(threads)])
    except LartError as error:
        warnings.warn(f"{WITHOUT_SSD} {error}", LartWarning, stacklevel=2)
        return following
    return PeopleDetector(following, look, f"{following.name}, {SSD_NAMES}")


class BlazePoseEstimator:
    """Lifts detections to SMPL: BlazePose's landmarks, then inverse kinematics on our body.

    Args:
        threads: CPU threads.
    """

    name = "blazepose-full"

    def __init__(self, threads: int = 2) -> None:
        self._model = BlazePose(threads)
        self._searching = BlazePose(threads, masks=False)
        self.begin(30.0)

    def begin(self, fps: float) -> None:
        """A new video with `fps` frames a second."""
        self._every = max(1, round(EVERY * fps))

    def estimate(self, frames: Sequence[Frame], detections: Sequence[Detections]) -> list[Bodies]:
        """Bodies of each frame's detections.

        A body is not valid where the model says that nobody is there, where its landmarks lie on
        somebody else, where people without keypoints are entangled, where too few landmarks can be
        seen, or where a body could meet its pixels only from behind the camera.
        """
        found = self._landmarks(frames, detections)
        counts = [len(each) for each in detections]
        present = np.concatenate([each.presence for each in found]) > PRESENT
        image = np.concatenate([each.image for each in found])
        world = np.concatenate([each.world for each in found])
        fitted, camera = _lift(image, world, _size(frames[0]))
        valid = present & fitted.valid & (camera[:, 2] > 0)
        masks = [
            encode_masks(landmarks.mask, landmarks.region, people.box, _size(frame))
            for frame, landmarks, people in zip(frames, found, detections, strict=True)
        ]
        colours = [
            signatures(frame, landmarks.region, landmarks.mask)
            for frame, landmarks in zip(frames, found, strict=True)
        ]
        ends = np.cumsum(counts)
        return [
            Bodies(
                valid=valid[part],
                global_orient=fitted.global_orient[part],
                body_pose=fitted.body_pose[part],
                betas=fitted.betas[part],
                camera=camera[part],
                joints=fitted.joints[part],
                landmarks=image[part],
                world=world[part],
                unseen=unseen_parts(image[part], people, _size(frames[0])),
                mask=mask,
                appearance=look,
                provenance={"bodies": self.name, "body": body.chosen().name},
            )
            for part, people, mask, look in zip(
                map(slice, ends - counts, ends), detections, masks, colours, strict=True
            )
        ]

    def refine(self, tracklet: Tracklet) -> Tracklet:
        """The tracklet smoothed over time (`lart_core.motion.refine`)."""
        return refine(tracklet)

    def _landmarks(
        self, frames: Sequence[Frame], detections: Sequence[Detections]
    ) -> list[Landmarks]:
        """Landmarks of everybody: of some frames by looking, of those between by moving on."""
        looks = dict.fromkeys([*range(0, len(frames), 2 * self._every), len(frames) - 1])
        found = {
            at: self._judged(self._look(frames[at], detections[at]), detections[at]) for at in looks
        }

        def fill(start: int, at: int, end: int, most: float) -> None:
            before, after = (detections[start], found[start]), (detections[end], found[end])
            share = (at - start) / (end - start)
            moved, rows = between.moved(detections[at], before, after, share, most)
            everybody = self._with_the_rest(frames[at], detections[at], moved, rows)
            found[at] = self._judged(everybody, detections[at])

        for start, end in pairwise(looks):
            if end - start > self._every:
                fill(start, start + self._every, end, CALM)
        for start, end in pairwise(sorted(found)):
            for at in range(start + 1, end):
                fill(start, at, end, np.inf)
        return [found[at] for at in range(len(frames))]

    def _with_the_rest(
        self, frame: Frame, people: Detections, known: Landmarks, rows: NDArray[np.int64]
    ) -> Landmarks:
        """Landmarks of all people of a frame, of whom those in `rows` are known."""
        rest = np.setdiff1d(np.arange(len(people)), rows)
        order = np.argsort(np.concatenate([rows, rest]))
        return joined(known, self._look(frame, people.take(rest))).take(order)

    def _look(self, frame: Frame, people: Detections) -> Landmarks:
        """Landmarks of the people, looked at again where the detector's keypoints contradict, and
        in several places where there are no keypoints to go by."""
        region = roi.from_keypoints(people.box, people.keypoints)
        bare = np.flatnonzero(roi.without_keypoints(people.box, people.keypoints))
        guess = self._search(frame, people.box[bare], region[bare])
        region[bare] = guess.own
        landmarks = self._model.look(frame, region)
        lost = landmarks.presence[bare] < np.minimum(guess.presence, PRESENT)
        back = self._model.look(frame, guess.region[lost])
        landmarks = agreement.replaced(landmarks, bare[lost], back)
        again = agreement.doubtful(landmarks, people)
        if len(again):
            second = self._model.look(frame, landmarks.own[again])
            landmarks = agreement.better(landmarks, again, second, people)
        return landmarks

    def _judged(self, landmarks: Landmarks, people: Detections) -> Landmarks:
        """The landmarks with a presence of 0 where they are not the person's own, moved to the
        keypoints that they contradict."""
        own = agreement.same_person(landmarks, people) & belief.believed(landmarks, people)
        presence = landmarks.presence * own
        return replace(agreement.reconcile(landmarks, people), presence=presence)

    def _search(
        self, frame: Frame, box: NDArray[np.float32], region: NDArray[np.float64]
    ) -> Landmarks:
        """Landmarks of people without keypoints, from the region or guess where the model is surest
        of them. To look once more where it says itself that their bodies are moves the landmarks,
        on the sample, by a third nearer to those that keypoints lead to."""
        best = self._searching.look(frame, region)
        for guess in roi.guesses(box):
            best = agreement.more_present(best, self._searching.look(frame, guess))
        return best


def _lift(
    image: NDArray[np.float32], world: NDArray[np.float32], size: tuple[int, int]
) -> tuple[ik.Fit, NDArray[np.float32]]:
    """Bodies and (N, 3) cameras from (N, 33, 3) landmarks in a frame of (width, height)."""
    xy, visibility = np.split(image[:, ik.BLAZEPOSE_INDEX], [2], axis=-1)
    world = world[:, ik.BLAZEPOSE_INDEX]
    betas = ik.shapes(world, visibility[..., 0], ik.BLAZEPOSE)
    trust = np.maximum(visibility[..., 0], GUESSED)
    positions = _onto_pixels(world, xy, trust)
    fitted = ik.fit(positions, ik.BLAZEPOSE, confidence=trust, betas=betas)
    points = ik.BLAZEPOSE.matrix() @ fitted.joints
    weight = trust * ik.BLAZEPOSE.weights()
    camera = ik.solve_camera(points, image_to_square(xy, size), weight)
    return fitted, camera.astype(np.float32)


def _onto_pixels(world: NDArray, image: NDArray, trust: NDArray) -> NDArray[np.float64]:
    """World landmarks moved sideways onto the rays of their pixels: (N, L, 3) metres.

    The two outputs of the model disagree by about 3 cm; the pixels are the better ones, depth is
    known only from the world landmarks.
    """
    weight = (trust / trust.sum(axis=1, keepdims=True))[..., None]
    flat = world[..., :2] - (weight * world[..., :2]).sum(axis=1, keepdims=True)
    seen = image - (weight * image).sum(axis=1, keepdims=True)
    spread = (weight * flat * flat).sum(axis=(1, 2))
    scale = (weight * flat * seen).sum(axis=(1, 2)) / np.maximum(spread, 1e-6)
    sideways = seen / np.maximum(scale, 1e-6)[:, None, None]
    return np.concatenate([sideways, world[..., 2:]], axis=-1).astype(np.float64)


def _size(frame: Frame) -> tuple[int, int]:
    return frame.shape[1], frame.shape[0]
