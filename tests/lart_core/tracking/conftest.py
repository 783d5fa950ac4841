"""A small world of walking people that tests look at through a made-up perception."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from lart_core import camera
from lart_core.perception.protocols import Bodies, Detections
from lart_core.tracklet import VideoFacts

SIZE = (640, 480)


@dataclass
class World:
    """What perception would find, frame by frame."""

    detections: list[Detections]
    bodies: list[Bodies]
    video: VideoFacts


def look(people: list[dict]) -> tuple[Detections, Bodies]:
    """Perception of people, each given by camera, rotations and whether a body was found."""
    n = len(people)
    cam = np.array([p["camera"] for p in people], "f4").reshape(n, 3)
    rotations = np.array([p["rotations"] for p in people], "f4").reshape(n, 24, 3, 3)
    corners = np.tile(np.array([[-0.3, -0.9, 0], [0.3, 0.9, 0]]), (n, 1, 1))
    box = camera.square_to_image(camera.project(corners, cam), SIZE).reshape(n, 4).astype("f4")
    valid = np.array([p.get("valid", True) for p in people], bool)
    joints = np.zeros((n, 45, 3), "f4")
    joints[:, :, 1] = np.linspace(-0.8, 0.8, 45)
    blank = ~valid
    rotations[blank], joints[blank], cam[blank] = 0, 0, 0
    bodies = Bodies(valid, rotations[:, 0], rotations[:, 1:], np.zeros((n, 10), "f4"), cam, joints)
    return Detections(box, np.full(n, 0.9, "f4")), bodies


def walker(x: float, speed: float, depth: float, seed: int) -> Callable[[int], dict]:
    """A person at `x` metres who walks `speed` metres a frame, `depth` metres away."""
    rng = np.random.default_rng(seed)
    rest = Rotation.from_rotvec(rng.normal(0, 0.3, (24, 3))).as_matrix()

    def at(t: int) -> dict:
        return {"camera": (x + speed * t, 0.1 * np.sin(seed), depth), "rotations": rest}

    return at


@pytest.fixture
def world() -> Callable[..., World]:
    """`world(frames, people, hidden)`: `hidden(person, t)` is True, False or ``"no body"``."""

    def make(frames, people, hidden=lambda person, t: False) -> World:
        seen = []
        for t in range(frames):
            here = [
                p(t) | {"valid": hidden(i, t) != "no body"}
                for i, p in enumerate(people)
                if hidden(i, t) is not True
            ]
            seen.append(look(here))
        facts = VideoFacts("walk.mp4", *SIZE, 30.0, frames)
        return World([d for d, _ in seen], [b for _, b in seen], facts)

    return make


@pytest.fixture
def person() -> Callable[..., Callable[[int], dict]]:
    return walker
