"""Where smplx's 21 landmark vertices lie on MakeHuman's base mesh, and SMPL's numbers for them."""

import numpy as np
from numpy.typing import NDArray
from smplx.vertex_ids import vertex_ids

from lart_core.body.convert.makehuman import MakeHuman
from lart_core.body.skeleton import LANDMARKS

_FINGERS = ("thumb", "index", "middle", "ring", "pinky")
_TOES = {"big_toe": ("1-2", "1-3"), "small_toe": ("5-3", "5-4")}
REACH = 0.01
"""A tip is sought within this many metres of the rig's last joint: less than a finger."""


def smplx_numbers() -> NDArray[np.int64]:
    """(21,) vertex numbers at which smplx looks for the landmarks, in the order of `LANDMARKS`."""
    numbers = vertex_ids["smplh"]
    sides = {"left": ("l", "L"), "right": ("r", "R")}

    def number(landmark: str) -> int:
        side, _, part = landmark.partition("_")
        if not part:
            return numbers[landmark]
        small, capital = sides[side]
        foot = f"{capital}{part.title().replace('_', '')}"
        return numbers[foot] if foot in numbers else numbers[f"{small}{part}"]

    return np.array([number(name) for name in LANDMARKS])


def on_base_mesh(assets: MakeHuman) -> NDArray[np.int64]:
    """(21,) vertex numbers of the landmarks on the base mesh, in the order of `LANDMARKS`."""
    vertices = assets.vertices
    body = assets.group("body")

    def furthest(candidates: NDArray[np.int64], direction: NDArray[np.float64]) -> int:
        return int(candidates[np.argmax(vertices[candidates] @ direction)])

    def tip(before: str, last: str) -> int:
        start, end = (vertices[assets.group(name)].mean(axis=0) for name in (before, last))
        near = body[np.linalg.norm(vertices[body] - end, axis=1) < REACH]
        return furthest(near, end - start)

    head = body[vertices[body, 1] > vertices[assets.group("joint-head"), 1].mean()]
    forward = np.array([0, 0, 1.0])
    found = {"nose": furthest(head, forward)}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        letter = side[0]
        found[f"{side}_eye"] = furthest(assets.group(f"helper-{letter}-eye"), forward)
        found[f"{side}_ear"] = furthest(head, np.array([sign, 0, 0]))
        for number, finger in enumerate(_FINGERS, start=1):
            joint = f"joint-{letter}-finger-{number}"
            found[f"{side}_{finger}"] = tip(f"{joint}-3", f"{joint}-4")
        for toe, (before, last) in _TOES.items():
            joint = f"joint-{letter}-toe"
            found[f"{side}_{toe}"] = tip(f"{joint}-{before}", f"{joint}-{last}")
        foot = body[
            (vertices[body, 1] < vertices[assets.group(f"joint-{letter}-ankle"), 1].mean())
            & (vertices[body, 0] * sign > 0)
        ]
        found[f"{side}_heel"] = furthest(foot, np.array([0, -0.5, -1.0]))
    return np.array([found[name] for name in LANDMARKS])
