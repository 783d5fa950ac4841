"""Left and right put back: the landmark model now and then swaps a person's legs or whole body.

Every frame is either as it came, with its legs swapped, or with the whole body swapped. The
likeliest sequence (Viterbi) is the one along which joints move least, where each swap costs a
little, so that the model's own word stands unless the motion contradicts it.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lart_core.body import JOINTS_45, ik
from lart_core.tracklet import Tracklet
from lart_core.tracklet.data import PARTS

SWAP_COST = 0.03
"""Metres of mean joint movement that a frame of swapped sides must save."""
FARTHEST = 0.5
"""Seconds: over longer gaps nothing is concluded from movement."""
_LEGS = ("knee", "ankle", "foot", "heel", "big_toe", "small_toe")


def _mirror(only: tuple[str, ...] | None = None) -> list[int]:
    order = []
    for name in JOINTS_45:
        side, _, part = name.partition("_")
        other = {"left": "right", "right": "left"}.get(side)
        moves = other is not None and (only is None or part in only)
        order.append(JOINTS_45.index(f"{other}_{part}" if moves else name))
    return order


ORDERS = np.array([range(len(JOINTS_45)), _mirror(_LEGS), _mirror()])
"""(3, 45): where each joint is taken from: as it came, legs swapped, whole body swapped."""
PART_ORDERS = np.array([range(PARTS), _mirror(("hip", *_LEGS))[:PARTS], _mirror()[:PARTS]])
"""(3, 24): the same of the parts that turn about the joints."""


def unswap(tracklet: Tracklet) -> Tracklet:
    """The tracklet with swapped frames fitted anew to their joints, sides exchanged."""
    at = np.flatnonzero(tracklet.detected)
    joints = tracklet.joints[at] - tracklet.joints[at, :1]
    state = likeliest(joints, np.diff(tracklet.times[at]))
    wrong = np.flatnonzero(state)
    if not len(wrong):
        return tracklet
    frames = at[wrong]
    exchanged = np.take_along_axis(tracklet.joints[frames], ORDERS[state[wrong]][..., None], axis=1)
    landmarks = ik.BLAZEPOSE
    fitted = ik.fit(landmarks.matrix() @ exchanged, landmarks, betas=tracklet.betas[frames])
    arrays = {}
    for name in ("global_orient", "body_pose", "joints"):
        arrays[name] = getattr(tracklet, name).copy()
        arrays[name][frames] = getattr(fitted, name)
    if len(tracklet.unseen):
        arrays["unseen"] = tracklet.unseen.copy()
        marks = np.take_along_axis(tracklet.unseen[frames], PART_ORDERS[state[wrong]], axis=1)
        arrays["unseen"][frames] = marks
    return replace(tracklet, **arrays)


def likeliest(joints: NDArray, seconds: NDArray) -> NDArray[np.int64]:
    """(T,) rows of `ORDERS` for (T, 45, 3) joints about the pelvis, (T - 1,) seconds apart."""
    limbs = [i for i, name in enumerate(JOINTS_45[:24]) if name.startswith(("left", "right"))]
    versions = joints[:, ORDERS][:, :, limbs]
    own = np.array([0.0, SWAP_COST, SWAP_COST])
    cost, back = own, np.zeros((len(joints), len(ORDERS)), np.int64)
    for t in range(1, len(joints)):
        moved = versions[t][None] - versions[t - 1][:, None]
        path = cost[:, None] + np.linalg.norm(moved, axis=-1).mean(axis=-1)
        if seconds[t - 1] > FARTHEST:
            path = np.broadcast_to(cost[:, None], path.shape)
        back[t] = path.argmin(axis=0)
        cost = path.min(axis=0) + own
    state = np.zeros(len(joints), np.int64)
    state[-1] = cost.argmin()
    for t in range(len(joints) - 1, 0, -1):
        state[t - 1] = back[t, state[t]]
    return state
