"""Bodies for the browser: one surface with a skin a person, and the turns of its joints a frame.

Everything is little-endian binary that JavaScript reads without parsing (see `player/bodies.js`).
Positions are metres in the axes of the frame's camera, people as far apart as they plausibly are.
"""

import struct

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from app.storage import runs
from app.watch.scene import CHUNK, unseen_bits
from lart_core import body
from lart_core.rendering.pinhole import natural_depth
from lart_core.runs.run import Run

UNIT = 32767
"""What 1 is in the components of a quaternion."""

POSE = ("global_orient", "body_pose", "camera", "unseen", "detected")
"""Arrays of a tracklet that say where a body is and how it is posed."""

FEET = [10, 11]
PARTS, PART = 4, 256
"""Of longer tracks so many parts of so many frames tell where the ground is."""
GROUND = 0.9
"""The share of seen feet that stand on the ground or above it."""


def skin() -> bytes:
    """What all bodies share.

    Returns:
        int32 V, F, joints J; int32 (J,) parents; uint16 (F, 3) triangles, padded to 4 bytes;
        uint8 (V, 4) joint numbers; float32 (V, 4) shares.
    """
    joints, shares = body.skin()
    triangles = body.faces().astype("<u2").tobytes()
    head = struct.pack("<3i", len(joints), len(body.faces()), len(body.PARENTS))
    parents = np.asarray(body.PARENTS, "<i4").tobytes()
    return head + parents + _padded(triangles) + joints.tobytes() + shares.astype("<f4").tobytes()


def rest(run: Run, track_id: int) -> bytes:
    """A person's body at rest, in the mean shape of the track.

    Returns:
        float32 (V, 3) surface, then float32 (24, 3) joints.

    Raises:
        LartError: The run has no such person.
    """
    shape = _shape(run, track_id)
    still = np.eye(3)[None]
    surface = body.vertices(still, np.tile(still, (1, 23, 1, 1)), shape[None])[0]
    return surface.astype("<f4").tobytes() + body.rest_joints(shape).astype("<f4").tobytes()


def poses(run: Run, chunk: int) -> bytes:
    """How everyone is posed in the frames of one chunk.

    Returns:
        int32 count of people; then of each int32 track id, first frame, frames T; float32 (T, 3)
        place of the pelvis; int16 (T, 24, 4) quaternions x y z w times 32767; int32 (T,) which
        parts of the body were not seen, a bit a joint; uint8 (T,) whether the body was seen, padded
        to 4 bytes.
    """
    first, last = chunk * CHUNK, (chunk + 1) * CHUNK - 1
    tracklets = run.people()
    parts: list[bytes] = []
    for track_id, (start, end) in zip(tracklets.track_ids, tracklets.spans.tolist(), strict=True):
        if start > last or end < first:
            continue
        kept = tracklets.stretch(track_id, first, last, *POSE)
        turns = np.concatenate([kept["global_orient"][:, None], kept["body_pose"]], axis=1)
        quaternions = Rotation.from_matrix(turns.reshape(-1, 3, 3)).as_quat()
        pelvis = body.rest_joints(_shape(run, track_id))[0] + natural_depth(kept["camera"])
        frames = len(turns)
        parts += [
            struct.pack("<3i", track_id, max(first, start), frames),
            pelvis.astype("<f4").tobytes(),
            np.rint(quaternions * UNIT).astype("<i2").tobytes(),
            unseen_bits(kept["unseen"], frames).astype("<i4").tobytes(),
            _padded(kept["detected"].astype("u1").tobytes()),
        ]
    return struct.pack("<i", len(parts) // 5) + b"".join(parts)


@runs.per_run(maxsize=64)
def ground(run: Run) -> float | None:
    """How far below the camera the ground is taken to be, in metres; None where no foot was seen.

    The ground is taken as level. Each frame's lower foot stands for where a person stands; the
    lowest of them are the ground, the others walls, steps and jumps.
    """
    tracklets = run.people()
    lower = [np.zeros(0)]
    for track_id, (first, last) in zip(tracklets.track_ids, tracklets.spans.tolist(), strict=True):
        for begin in _parts(first, last):
            kept = tracklets.stretch(
                track_id, begin, begin + PART - 1, "joints", "camera", "detected"
            )
            feet = kept["joints"][:, FEET, 1] + kept["camera"][:, None, 1]
            lower.append(feet.max(axis=1)[kept["detected"]])
    heights = np.concatenate(lower)
    return round(float(np.quantile(heights, GROUND)), 3) if len(heights) else None


def _parts(first: int, last: int) -> list[int]:
    """Where the parts of frames first..last begin that are looked at: all of them, or a few."""
    if last - first < PARTS * PART:
        return list(range(first, last + 1, PART))
    return np.linspace(first, last + 1 - PART, PARTS).astype(int).tolist()


@runs.per_run(maxsize=256)
def _shape(run: Run, track_id: int) -> NDArray[np.float32]:
    """The mean shape of a track."""
    return run.people().columns(track_id, "betas")["betas"].mean(axis=0)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)
