"""Files as LART's release has them, by its DATASET.md: written by joblib, with nothing of ours."""

from pathlib import Path

import joblib
import numpy as np
from scipy.spatial.transform import Rotation

FRAMES, AROUND = 128, 60
"""Length of a track, and the row of its keyframe."""
WIDTH, HEIGHT = 640, 360
EVERY = 6
"""Frames that share a vector of appearance and a pseudo-label."""


def write_track(
    folder: Path,
    film: str,
    keyframe: int,
    track_id: int,
    *,
    box: tuple[float, float, float, float] = (100, 50, 80, 200),
    action: int = 12,
    appearance: int = 2048,
    score: float = 0.95,
    release: str = "ava-val",
) -> Path:
    """One track in the window of a keyframe.

    Args:
        keyframe: Its number in the film, 30 a second from second 900 on.
        box: Corner, width and height in pixels.
        action: AVA id of what people said of the keyframe; a model said half of everything else.
        appearance: Length of a vector.
    """
    rng = np.random.default_rng([keyframe, track_id, *map(ord, film)])
    turn = Rotation.random(FRAMES * 24, rng=rng).as_matrix().reshape(FRAMES, 216)
    betas, camera = rng.normal(size=(FRAMES, 10)), np.tile([0.1, 0.2, 0.3], (FRAMES, 1))
    index = np.arange(FRAMES) // EVERY
    truth = np.zeros((FRAMES, 1, 80), int)
    truth[AROUND, 0, action - 1] = 1
    kind = np.ones((FRAMES, 1, 1))
    kind[AROUND] = 2
    numbers = range(keyframe - AROUND, keyframe - AROUND + FRAMES)
    track = {
        "fid": np.arange(FRAMES).reshape(FRAMES, 1, 1).astype(float),
        "pose_shape": np.concatenate([turn, betas, camera], axis=1)[:, None],
        "3d_joints": rng.normal(size=(FRAMES, 1, 45, 3)) / 3,
        "camera": camera[:, None],
        "camera_bbox": np.tile([0.9, 0.0, 0.1], (FRAMES, 1, 1)),
        "action_label_gt": truth,
        "action_label_psudo": {i: np.full((1, 80), 0.5) for i in set(index.tolist())},
        "has_gt": kind,
        "has_detection": np.ones((FRAMES, 1, 1)),
        "apperance_index": index.reshape(FRAMES, 1, 1),
        "apperance_dict": {i: rng.normal(size=(1, appearance)) for i in set(index.tolist())},
        "frame_name": [f"{film}/{film}_{number:06d}.jpg" for number in numbers],
        "frame_size": [np.array([HEIGHT, WIDTH])] * FRAMES,
        "frame_bbox": [np.array(box, float)] * FRAMES,
        "frame_conf": [score] * FRAMES,
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{release}_{film}_{keyframe:06d}_{track_id}_{FRAMES}.pkl"
    joblib.dump(track, path)
    return path


def corners(box: tuple[float, float, float, float]) -> list[float]:
    """x1 y1 x2 y2 in fractions of the picture, as AVA has them."""
    x, y, w, h = box
    return [x / WIDTH, y / HEIGHT, (x + w) / WIDTH, (y + h) / HEIGHT]
