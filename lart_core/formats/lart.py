"""LART's tracklet pickle, one person a file: what its data set reads for training and evaluation.

Layout: PHALP `create_fast_tracklets` and `post_process`, LART `phalp_action_datatset.py`. Files
are named ``<video>_<track id>_<frames>.pkl``. Depth is divided by 200 in `camera` and in the last
number of `pose_shape`, as upstream leaves it. What the layout has no room for travels in
`lart_lens`.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from lart_core import camera
from lart_core.errors import LartError
from lart_core.formats import entries
from lart_core.tracklet.data import Tracklet
from lart_core.tracklet.joint_orders import phalp_joints
from lart_core.tracklet.person_vector import (
    CAMERA,
    CAMERA_SCALE,
    PERSON_VECTOR,
    POSE,
    SHAPE,
    person_vector,
)
from lart_core.tracklet.video_facts import VideoFacts

APPEARANCE = 1152
"""Length of an appearance vector where a person has none."""
ACTIONS = 80


def file_name(t: Tracklet) -> str:
    """Name under which LART looks for the file; video, track id and length are read from it."""
    video = re.sub(r"[^\w.-]", "_", t.video.name.rsplit(".", 1)[0])
    return f"{video}_{t.track_id}_{len(t)}.pkl"


def to_lart(t: Tracklet) -> dict[str, Any]:
    """One tracklet as LART's dict; `joblib.dump` makes the file of it.

    Frames without a seen body have `has_detection` 0 and hold the prediction. There are no labels:
    `has_gt` is 0. Appearance is repeated up to the next vector, keyed by its frame.
    """
    count = len(t)
    scaled = t.camera / CAMERA_SCALE
    vector = person_vector(t.global_orient, t.body_pose, t.betas, t.camera.astype(np.float64))
    keys, vectors = t.appearance_frame.tolist(), t.appearance
    which = np.searchsorted(t.appearance_frame, t.frame, side="right") - 1
    index = np.array([keys[max(k, 0)] for k in which] if keys else [-1] * count)
    wide = vectors.shape[1] if keys else APPEARANCE
    x1, y1, x2, y2 = t.box.astype(np.float64).T
    corners = np.stack([x1, y1, x2 - x1, y2 - y1], axis=1)
    size = (t.video.width, t.video.height)
    centre = camera.image_to_square(np.stack([(x1 + x2) / 2, (y1 + y2) / 2], axis=1), size)
    side = np.maximum(corners[:, 2:].max(axis=1), 1) * camera.RESOLUTION / max(size)
    notes = {
        "video": t.video.record(),
        "track_id": t.track_id,
        "provenance": dict(t.provenance),
        "appearance_frame": keys,
        "window": entries.window_notes(t),
    }
    return {
        "fid": t.frame.astype(np.float64).reshape(count, 1, 1),
        "pose_shape": vector.reshape(count, 1, PERSON_VECTOR),
        "3d_joints": phalp_joints(t.joints).astype(np.float64)[:, None],
        "camera": scaled[:, None],
        "camera_bbox": camera.to_crop(t.camera.astype(np.float64), centre, side)[:, None],
        "cam_smoothed": scaled.astype(np.float32)[:, None],
        "has_detection": t.detected.astype(np.float64).reshape(count, 1, 1),
        "has_gt": np.zeros((count, 1, 1)),
        "frame_name": [entries.frame_path(t.video, n) for n in t.frame.tolist()],
        "frame_size": [np.array([t.video.height, t.video.width]) for _ in range(count)],
        "frame_bbox": list(corners),
        "frame_conf": [float(score) for score in t.score],
        "smpl": [entries.smpl(t, i) if t.detected[i] else -1 for i in range(count)],
        "apperance_index": index.reshape(count, 1, 1),
        "apperance_emb": np.stack(
            [vectors[max(k, 0)] if keys else np.zeros(wide, np.float32) for k in which]
        )[:, None],
        "apperance_dict": {key: vector[None] for key, vector in zip(keys, vectors, strict=True)},
        "action_emb": np.zeros((count, 1, ACTIONS)),
        "action_label_gt": np.zeros((count, 1, ACTIONS), int),
        "action_label_psudo": {key: np.zeros((1, ACTIONS)) for key in keys},
        "lart_lens": json.dumps(notes, sort_keys=True),
        "lart_lens_joints": t.joints,
    }


def from_lart(content: Any, fps: float, name: str) -> Tracklet:
    """The tracklet of a LART file.

    Args:
        content: The dict of `to_lart`, PHALP (`results_temporal_fast`) or LART's release.
        fps: Frame rate, where the file does not say it.
        name: Name of the file, which tells video and track id where the file does not.

    Raises:
        LartError: It is not such a dict, or its numbers cannot be a tracklet.
    """
    if not isinstance(content, Mapping) or "pose_shape" not in content:
        raise LartError("Expected a LART tracklet (a dict with 'pose_shape'), but got another.")
    count = len(entries.listed(content, "frame_name"))
    if not 0 < count < entries.MAX_FRAMES:
        raise LartError(f"Expected a tracklet of at least one frame, but got {count}.")

    def of(key: str, *shape: int) -> np.ndarray:
        return entries.array(content.get(key), key, (count, *shape))

    frame = of("fid")
    first = entries.whole(frame[0], "fid")
    if first < 0 or not np.array_equal(frame, np.arange(first, first + count)):
        raise LartError("Expected consecutive frame numbers in 'fid'.")
    vector = of("pose_shape", PERSON_VECTOR)
    arrays = entries.Arrays(range(first, first + count))
    arrays.detected[:] = of("has_detection") == 1
    arrays.pose[:] = vector[:, POSE].reshape(count, 24, 3, 3)
    arrays.betas[:] = vector[:, SHAPE]
    arrays.camera[:] = vector[:, CAMERA] * CAMERA_SCALE
    boxes, scores = entries.listed(content, "frame_bbox"), entries.listed(content, "frame_conf")
    for i in range(count):
        x, y, w, h = entries.array(boxes[i], "frame_bbox", (4,)).astype(np.float64).tolist()
        arrays.box[i] = x, y, x + w, y + h
        arrays.score[i] = entries.number(scores[i], "frame_conf")
    ours = "lart_lens" in content
    if ours:
        notes = entries.notes(content["lart_lens"])
        arrays.joints = of("lart_lens_joints", 45, 3).astype(np.float32)
        video, track_id = VideoFacts(**notes["video"]), entries.whole(notes["track_id"], "track_id")
        provenance = notes["provenance"]
    else:
        arrays.fill_unseen()
        video, track_id = _facts(content, count, first, fps, name)
        provenance = {"source": "LART tracklet"}
    vectors = content.get("apperance_dict")
    if not isinstance(vectors, Mapping):
        vectors = {}
    for key in sorted(entries.whole(key, "apperance_dict") for key in vectors):
        where = np.flatnonzero(of("apperance_index") == key)
        at = key if ours else first + int(where[len(where) // 2]) if len(where) else None
        if at is not None:
            arrays.add_appearance(at, entries.array(vectors[key], "apperance_dict", (1, -1)))
    made = arrays.tracklet(track_id, video, provenance)
    return entries.with_window(made, notes.get("window", {})) if ours else made


def _facts(
    content: Mapping[str, Any], count: int, first: int, fps: float, name: str
) -> tuple[VideoFacts, int]:
    named = re.fullmatch(r"(.+)_(\d+)_\d+(\.pkl)?", name)
    if named is None:
        raise LartError(
            f"Expected a file named <video>_<track id>_<frames>.pkl, but got {name!r}; LART keeps "
            f"the track id there only."
        )
    sizes = [entries.array(s, "frame_size", (2,)) for s in entries.listed(content, "frame_size")]
    known = [size for size in sizes if size.min() > 0]
    if not known:
        raise LartError("Expected the picture's height and width in 'frame_size', but all are 0.")
    height, width = known[0].astype(int).tolist()
    return VideoFacts(named[1], width, height, fps, first + count), int(named[2])
