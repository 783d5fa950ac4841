"""A made-up crowd with known identities, seen through a noisy perception.

Twelve people walk between random places of a square before a still camera, cross each other, hide
behind one another and now and then vanish for 1 to 40 frames. What perception says of them is wrong
in the ways real perception is: boxes and depth jitter, limbs jitter, bodies are sometimes lifted
badly or not at all, a partly hidden person's look is mixed with that of the person in front, people
are missed, and there are false alarms. `Noise` holds every size of these errors.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from lart_core import camera
from lart_core.perception.protocols import Bodies, Detections
from lart_core.tracklet import VideoFacts

SIZE = (1280, 720)
FPS = 30.0


@dataclass(frozen=True)
class Noise:
    """Sizes of perception's errors (standard deviations) and rates.

    The look of one person resembles itself with cosines of 0.75-0.85 and another's with 0.42-0.65.
    """

    box: float = 0.03
    depth: float = 0.05
    root: float = 0.02
    limb: float = 0.05
    turn: float = 0.1
    bad_body: float = 0.03
    no_body: float = 0.03
    missed: float = 0.05
    false_alarms: float = 0.5
    individual: float = 0.65
    look: float = 0.5


@dataclass
class Scene:
    """What perception says, and the truth: per frame, person -> box; visible people only."""

    detections: list[Detections]
    bodies: list[Bodies]
    appearance: list[np.ndarray]
    truth: list[dict[int, np.ndarray]]
    video: VideoFacts


def crowd(people: int = 12, frames: int = 900, seed: int = 0, noise: Noise = Noise()) -> Scene:
    """Make a scene. The same seed gives the same scene."""
    rng = np.random.default_rng(seed)
    path = np.stack([_walk(rng, frames) for _ in range(people)])
    looks = [_unit(_COMMON + noise.individual * _unit(rng.normal(size=64))) for _ in range(people)]
    gaits = [_Gait(rng) for _ in range(people)]
    hidden = np.stack([_vanishing(rng, frames) for _ in range(people)])
    scene = Scene([], [], [], [], VideoFacts("crowd.mp4", *SIZE, FPS, frames))
    for t in range(frames):
        place = path[:, t]
        boxes = _boxes(place)
        covered, by = _covered(boxes, place[:, 2])
        seen = ~hidden[:, t] & (covered < 0.6)
        scene.truth.append({i: boxes[i] for i in np.flatnonzero(seen).tolist()})
        found = np.flatnonzero(seen & (rng.random(people) > noise.missed * (1 + 4 * covered)))
        rows = [
            _look_at(rng, noise, place[i], gaits[i].at(t, _heading(path[i], t)), looks[i],
                     looks[by[i]], covered[i])
            for i in found.tolist()
        ]  # fmt: skip
        rows += [_false_alarm(rng) for _ in range(rng.poisson(noise.false_alarms))]
        order = rng.permutation(len(rows))
        _append(scene, [rows[k] for k in order])
    return scene


class _Gait:
    """A person's way of walking: a posture of their own and limbs that swing."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.posture = rng.normal(0, 0.12, (24, 3))
        self.swing = np.zeros((24, 3))
        for left, right, size in ((1, 2, 0.5), (4, 5, 0.4), (16, 17, 0.4), (18, 19, 0.25)):
            amount = size * rng.uniform(0.6, 1.3)
            self.swing[left, 0], self.swing[right, 0] = amount, -amount
        self.rate, self.phase = rng.uniform(0.8, 1.2) * 2 * np.pi / FPS, rng.uniform(0, 2 * np.pi)

    def at(self, t: int, heading: float) -> np.ndarray:
        pose = self.posture + self.swing * np.sin(self.rate * t + self.phase)
        pose[0] = 0
        turn = Rotation.from_euler("xy", [np.pi, heading])
        return np.concatenate([turn.as_matrix()[None], Rotation.from_rotvec(pose[1:]).as_matrix()])


_COMMON = np.random.default_rng(1).normal(size=64)
_COMMON /= np.linalg.norm(_COMMON)


def _unit(x: np.ndarray) -> np.ndarray:
    return x / np.linalg.norm(x)


def _walk(rng: np.random.Generator, frames: int) -> np.ndarray:
    """(T, 3) camera positions between random places, smoothed at the corners."""
    points = [np.zeros(3)]
    points[0] = _place(rng)
    while len(points) < frames + 30:
        goal, speed = _place(rng), rng.uniform(0.02, 0.06)
        way = (goal - points[-1]) * [1, 1, 0.05]
        steps = max(int(np.linalg.norm(way) / speed), 1)
        points += list(np.linspace(points[-1], goal, steps + 1)[1:])
        points += [goal] * int(rng.integers(0, 20))
    path = np.array(points)
    kernel = np.ones(15) / 15
    smooth = np.stack([np.convolve(path[:, i], kernel, "valid") for i in range(3)], axis=1)
    return smooth[:frames]


def _place(rng: np.random.Generator) -> np.ndarray:
    depth = rng.uniform(200, 400)
    x = rng.uniform(-110, 110) * depth / camera.FOCAL
    return np.array([x, (300 - depth) * 0.01, depth])


def _heading(path: np.ndarray, t: int) -> float:
    step = path[min(t + 3, len(path) - 1)] - path[max(t - 3, 0)]
    return float(np.arctan2(step[0], step[2] * 0.05 + 1e-9)) if np.abs(step[0]) > 1e-4 else 0.0


def _vanishing(rng: np.random.Generator, frames: int) -> np.ndarray:
    """Stretches of 1 to 40 frames in which nothing is seen of a person, about one every 5 s."""
    gone = np.zeros(frames, bool)
    for start in rng.choice(frames, frames // 150, replace=False):
        gone[start : start + rng.integers(1, 41)] = True
    return gone


def _boxes(place: np.ndarray) -> np.ndarray:
    corners = np.tile(np.array([[-0.32, -0.9, 0], [0.32, 0.9, 0]]), (len(place), 1, 1))
    return camera.square_to_image(camera.project(corners, place), SIZE).reshape(-1, 4)


def _covered(boxes: np.ndarray, depth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How much of each box the person in front hides, and who that is."""
    low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(-1)
    share = shared / (boxes[:, 2:] - boxes[:, :2]).prod(-1)[:, None]
    share[depth[:, None] <= depth[None]] = 0
    return share.max(axis=1), share.argmax(axis=1)


def _look_at(rng, noise, place, rotations, look, front, covered):
    """One person's detection: box, score, valid, rotations, camera, look."""
    worse = 1 + 2 * covered
    seen = place * [1, 1, np.exp(rng.normal(0, noise.depth * worse))]
    box = _boxes(place[None])[0]
    high = box[3] - box[1]
    seen[:2] += rng.normal(0, noise.root * worse * 1.8, 2)
    seen[:2] *= seen[2] / place[2]
    box = box + rng.normal(0, noise.box * worse * high / 2, 4)
    size = noise.limb * worse * (4 if rng.random() < noise.bad_body * worse else 1)
    jitter = rng.normal(0, size, (24, 3))
    jitter[0] = [0, rng.normal(0, noise.turn * worse), 0]
    turned = rotations @ Rotation.from_rotvec(jitter).as_matrix()
    mixed = (1 - covered) * look + covered * front
    vector = _unit(_unit(mixed) + noise.look * _unit(rng.normal(size=64)))
    valid = rng.random() > noise.no_body * worse
    return box, rng.uniform(0.5, 1), valid, turned, seen, vector


def _false_alarm(rng):
    place = _place(rng)
    rotations = Rotation.random(24, rng=rng).as_matrix()
    vector = _unit(_COMMON + 0.65 * _unit(rng.normal(size=64)))
    return (
        _boxes(place[None])[0],
        rng.uniform(0.3, 0.7),
        rng.random() < 0.5,
        rotations,
        place,
        vector,
    )


def _append(scene: Scene, rows: list) -> None:
    n = len(rows)
    box, score, valid, rotations, cam, look = (
        [np.array([row[k] for row in rows]) for k in range(6)]
        if n
        else (np.zeros((0, 4)), np.zeros(0), np.zeros(0), np.zeros((0, 24, 3, 3)),
              np.zeros((0, 3)), np.zeros((0, 64)))
    )  # fmt: skip
    rotations, cam = rotations.astype("f4"), cam.astype("f4")
    scene.detections.append(Detections(box.astype("f4").reshape(n, 4), score.astype("f4")))
    scene.bodies.append(
        Bodies(valid.astype(bool), rotations[:, 0], rotations[:, 1:], np.zeros((n, 10), "f4"), cam,
               np.zeros((n, 45, 3), "f4"))
    )  # fmt: skip
    scene.appearance.append(look.astype("f4"))
