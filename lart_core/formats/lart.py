"""LART's tracklet pickle, one person a file: what its data set reads for training and evaluation.

Layout: PHALP `create_fast_tracklets` and `post_process`, LART `phalp_action_datatset.py`. Files
are named ``<video>_<track id>_<frames>.pkl``. Depth is divided by 200 in `camera` and in the last
number of `pose_shape`, as upstream leaves it. What the layout has no room for travels in
`lart_lens`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lart_core import camera
from lart_core.errors import LartError
from lart_core.formats import entries
from lart_core.formats.lart_names import (
    RATE,
    LartName,
    first_number,
    frame_names,
    keyframe_row,
    read_name,
)
from lart_core.series import nearest
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
PSEUDO, TRUTH = 1, 2
"""Values of `has_gt`: a model's label, and people's."""


@dataclass(frozen=True, eq=False)
class LartLabels:
    """A tracklet's labels as LART keeps them.

    Attributes:
        kind: (T,) 2 where people made the label, 1 where a model did, 0 for none (`has_gt`).
        target: (T, 80) 0..1, in the order of AVA's ids; what it is where `kind` is 0 says nothing.
    """

    kind: NDArray[np.int64]
    target: NDArray[np.float32]


def to_lart(
    t: Tracklet, labels: LartLabels | None = None, film: Mapping[str, float] | None = None
) -> dict[str, Any]:
    """One tracklet as LART's dict; `joblib.dump` makes the file of it.

    Args:
        film: What the run knows of its film (`film_notes`).

    Frames without a seen body have `has_detection` 0 and hold the prediction. Without labels
    `has_gt` is 0. Every frame has the nearest appearance, keyed by its frame, and under the same
    key a model's labels, for which there is no room without appearance; people's are kept for each
    frame.
    """
    count = len(t)
    scaled = t.camera / CAMERA_SCALE
    vector = person_vector(t.global_orient, t.body_pose, t.betas, t.camera.astype(np.float64))
    keys, vectors = t.appearance_frame.tolist(), t.appearance
    which = nearest(t.appearance_frame, t.frame) if keys else np.zeros(count, np.int64)
    index = np.array([keys[k] for k in which] if keys else [-1] * count)
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
    } | ({} if film is None else {"film": dict(film)})
    kind = np.zeros(count, np.int64) if labels is None else labels.kind
    target = np.zeros((count, ACTIONS), np.float32) if labels is None else labels.target
    if not keys:
        kind = np.where(kind == PSEUDO, 0, kind)
    pseudo = [np.flatnonzero((which == k) & (kind == PSEUDO))[:1] for k in range(len(keys))]
    return {
        "fid": t.frame.astype(np.float64).reshape(count, 1, 1),
        "pose_shape": vector.reshape(count, 1, PERSON_VECTOR),
        "3d_joints": phalp_joints(t.joints, t.regressed).astype(np.float64)[:, None],
        "camera": scaled[:, None],
        "camera_bbox": camera.to_crop(t.camera.astype(np.float64), centre, side)[:, None],
        "cam_smoothed": scaled.astype(np.float32)[:, None],
        "has_detection": t.detected.astype(np.float64).reshape(count, 1, 1),
        "has_gt": kind.astype(np.float64).reshape(count, 1, 1),
        "frame_name": frame_names(t)
        if t.keyframe is not None
        else [entries.frame_path(t.video, n) for n in t.frame.tolist()],
        "frame_size": [np.array([t.video.height, t.video.width]) for _ in range(count)],
        "frame_bbox": list(corners),
        "frame_conf": [float(score) for score in t.score],
        "smpl": [entries.smpl(t, i) if t.detected[i] else -1 for i in range(count)],
        "apperance_index": index.reshape(count, 1, 1),
        "apperance_emb": np.stack(
            [vectors[k] if keys else np.zeros(wide, np.float32) for k in which]
        )[:, None],
        "apperance_dict": {key: vector[None] for key, vector in zip(keys, vectors, strict=True)},
        "action_emb": np.zeros((count, 1, ACTIONS)),
        "action_label_gt": np.where(kind[:, None] == TRUTH, target, 0).astype(int)[:, None],
        "action_label_psudo": {
            key: target[row].astype(np.float64) if len(row) else np.zeros((1, ACTIONS))
            for key, row in zip(keys, pseudo, strict=True)
        },
        "lart_lens": json.dumps(notes, sort_keys=True),
        "lart_lens_joints": t.joints,
    }


def from_lart(content: Any, fps: float, name: str) -> Tracklet:
    """The tracklet of a LART file.

    Args:
        content: The dict of `to_lart`, PHALP (`results_temporal_fast`) or LART's release.
        fps: Frame rate, where neither the file nor LART's release says it.
        name: Name of the file, which tells video, keyframe and track id where the file does not.
            Of the release, frames are counted from second 900 of the film, 30 a second.

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
    ours = "lart_lens" in content
    named = LartName("", 0) if ours else read_name(name)
    names = list(map(str, entries.listed(content, "frame_name")))
    if named.keyframe:
        shift = first_number(named.keyframe, names) - first
        first, frame, fps = first + shift, frame + shift, float(RATE)
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
    if "3d_joints" in content:
        arrays.set_phalp_joints(slice(None), of("3d_joints", 45, 3))
    notes: dict[str, Any] = {}
    if ours:
        notes = entries.notes(content["lart_lens"])
        arrays.joints = of("lart_lens_joints", 45, 3).astype(np.float32)
        video, track_id = VideoFacts(**notes["video"]), entries.whole(notes["track_id"], "track_id")
        provenance = notes["provenance"]
    else:
        arrays.fill_unseen()
        track_id = named.track_id
        video = _facts(content, count, first, fps, named.video)
        provenance = {"source": "LART tracklet"}
    vectors = content.get("apperance_dict")
    if not isinstance(vectors, Mapping):
        vectors = {}
    for key in sorted(entries.whole(key, "apperance_dict") for key in vectors):
        where = np.flatnonzero(of("apperance_index") == key)
        at = key if ours else first + int(where[len(where) // 2]) if len(where) else None
        if at is not None:
            arrays.add_appearance(at, entries.array(vectors[key], "apperance_dict", (1, -1)))
    row = keyframe_row(named.keyframe, names)
    if not ours:  # Predicted frames keep a score; whoever is given at the keyframe was seen there.
        arrays.score[~arrays.detected & (np.arange(count) != (-1 if row is None else row))] = 0
    window = notes.get("window", {})
    made = arrays.tracklet(track_id, video, provenance, bool(window.get("regressed")))
    if ours:
        return entries.with_window(made, window)
    if row is None:
        return made
    keyframe = int(named.keyframe)
    return replace(made, keyframe=keyframe, given=np.array([keyframe]))


def film_notes(content: Mapping[str, Any]) -> Mapping[str, float] | None:
    """What a file of ours says of the run that it is from: the second of the film at which that
    begins, and the score from which its given boxes are judged. None for a file of others, or an
    older one.

    Raises:
        LartError: It is damaged.
    """
    if "lart_lens" not in content:
        return None
    film = entries.notes(content["lart_lens"]).get("film")
    if film is None:
        return None
    return {name: entries.number(film.get(name), name) for name in ("begins_at", "least_score")}


def lart_labels(content: Mapping[str, Any]) -> LartLabels:
    """The labels of a LART file, as the published data set reads them.

    Raises:
        LartError: They are not as its DATASET.md says.
    """
    count = len(entries.listed(content, "frame_name"))
    index = entries.array(content.get("apperance_index"), "apperance_index", (count,)).astype(int)
    kind = entries.array(content.get("has_gt"), "has_gt", (count,)).astype(np.int64)
    pseudo = content.get("action_label_psudo")
    target = np.zeros((count, ACTIONS), np.float32)
    for key, values in pseudo.items() if isinstance(pseudo, Mapping) else ():
        rows = index == entries.whole(key, "action_label_psudo")
        target[rows] = entries.array(values, "action_label_psudo", (ACTIONS,))
    truth = entries.array(content.get("action_label_gt"), "action_label_gt", (count, ACTIONS))
    target[kind == TRUTH] = truth[kind == TRUTH]
    return LartLabels(kind, np.clip(target, 0, 1))


def _facts(
    content: Mapping[str, Any], count: int, first: int, fps: float, video: str
) -> VideoFacts:
    sizes = [entries.array(s, "frame_size", (2,)) for s in entries.listed(content, "frame_size")]
    known = [size for size in sizes if size.min() > 0]
    if not known:
        raise LartError("Expected the picture's height and width in 'frame_size', but all are 0.")
    height, width = known[0].astype(int).tolist()
    return VideoFacts(video, width, height, fps, first + count)
