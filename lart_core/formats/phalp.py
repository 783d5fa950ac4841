"""PHALP's result pickle as its readers expect it: a dict of frames, each with lists over people.

Layout: PHALP `trackers/PHALP.py` (`track`) and `utils/utils_tracks.py` (`get_tracks`). What the
layout has no room for (frame rate, hash, provenance, appearance frames, joints in smplx's order)
travels in one more entry a frame, `lart_lens`, which other readers pass over.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lart_core import camera
from lart_core.errors import LartError
from lart_core.formats import entries
from lart_core.tracklet.data import Tracklet
from lart_core.tracklet.joint_orders import phalp_joints
from lart_core.tracklet.video_facts import VideoFacts

LISTS = (
    *("tid", "bbox", "tracked_time", "tracked_ids", "tracked_bbox", "center", "scale", "size"),
    *("img_path", "img_name", "class_name", "conf", "annotations", "smpl", "camera"),
    *("camera_bbox", "3d_joints", "2d_joints", "mask", "extra_data"),
)
GHOST = -1
"""`tracked_time` of a frame that was filled with a prediction."""


def to_phalp(tracklets: Sequence[Tracklet]) -> dict[str, dict[str, Any]]:
    """One video's tracklets as PHALP's dict; `joblib.dump` makes the file of it.

    Frames without a seen body carry the prediction with `tracked_time` -1, as after upstream's
    ghost filling. A person without a mask has an empty one.

    Raises:
        LartError: The tracklets are of several videos, or there are none.
    """
    video = entries.one_video(tracklets)
    last = max([video.frames - 1] + [t.last for t in tracklets])
    notes = {
        "video": video.record(),
        "provenance": {str(t.track_id): dict(t.provenance) for t in tracklets},
        "windows": {str(t.track_id): entries.window_notes(t) for t in tracklets},
    }
    header = json.dumps(notes, sort_keys=True)
    frames: dict[str, dict[str, Any]] = {}
    for number in range(last + 1):
        path = entries.frame_path(video, number)
        frame: dict[str, Any] = {"time": number, "shot": 0, "frame_path": path}
        frames[path] = frame | {name: [] for name in LISTS} | {"lart_lens": header}
        frames[path] |= {"lart_lens_joints": [], "lart_lens_appearance": []}
    rows = list(frames.values())
    for tracklet in tracklets:
        for i, number in enumerate(tracklet.frame.tolist()):
            _add(rows[number], tracklet, i)
    return frames


def from_phalp(content: Any, fps: float, name: str) -> list[Tracklet]:
    """Tracklets of a PHALP result; from each person's first sighting to the last.

    Args:
        content: The dict of `to_phalp`, PHALP or LART (`results`, `results_temporal`).
        fps: Frame rate, where the file does not say it.
        name: Name of the video, where the file does not say it.

    Raises:
        LartError: It is not such a dict, or its numbers cannot be tracklets.
    """
    frames = _frames(content)
    video, notes, windows = _facts(frames, fps, name)
    people: dict[int, dict[int, tuple[Mapping[str, Any], int]]] = {}
    for number, frame in frames.items():
        for row, track_id in enumerate(entries.listed(frame, "tid")):
            track_id = entries.whole(track_id, "tid")
            people.setdefault(track_id, {}).setdefault(number, (frame, row))
    out = []
    for track_id, sightings in sorted(people.items()):
        seen = [n for n, (frame, row) in sightings.items() if _tracked_time(frame, row) == 0]
        window = windows.get(str(track_id), {})
        if own := entries.span(window):
            seen = [n for n in sightings if own[0] <= n <= own[1]]
        if seen:
            provenance = notes.get(str(track_id), {"source": "PHALP result"})
            made = _tracklet(track_id, sightings, (min(seen), max(seen)), video, provenance, window)
            out.append(entries.with_window(made, window))
    return out


def _add(frame: dict[str, Any], t: Tracklet, i: int) -> None:
    x1, y1, x2, y2 = t.box[i].astype(np.float64)
    box = np.array([x1, y1, x2 - x1, y2 - y1])
    size = (t.video.width, t.video.height)
    centre, side = np.array([(x1 + x2) / 2, (y1 + y2) / 2]), max(box[2], box[3])
    square = camera.image_to_square(centre, size)
    joints = phalp_joints(t.joints[i : i + 1], t.regressed[i : i + 1])[0]
    flat = camera.project(joints, t.camera[i]) / camera.RESOLUTION
    head = camera.to_crop(t.camera[i], square, max(side, 1) * camera.RESOLUTION / max(size))
    entry = {
        "tid": t.track_id,
        "bbox": box,
        "tracked_time": 0 if t.detected[i] else GHOST,
        "center": centre,
        "scale": float(side / max(size)),
        "size": [t.video.height, t.video.width],
        "img_path": frame["frame_path"],
        "img_name": frame["frame_path"].split("/")[-1],
        "class_name": 0,
        "conf": float(t.score[i]),
        "annotations": [],
        "smpl": entries.smpl(t, i),
        "camera": t.camera[i],
        "camera_bbox": head.astype(np.float32),
        "3d_joints": joints,
        "2d_joints": flat.reshape(90).astype(np.float32),
        "mask": [entries.mask(t.mask[i] if t.mask else None, size)],
        "extra_data": len(frame["tid"]),
        "lart_lens_joints": t.joints[i],
        "lart_lens_appearance": t.appearance[t.appearance_frame == t.frame[i]],
    }
    if t.detected[i]:
        entry |= {"tracked_ids": t.track_id, "tracked_bbox": box}
    for key, value in entry.items():
        frame[key].append(value)


def _frames(content: Any) -> dict[int, Mapping[str, Any]]:
    if not isinstance(content, Mapping) or not content:
        raise LartError("Expected a PHALP result (a dict of frames), but the file holds another.")
    frames: dict[int, Mapping[str, Any]] = {}
    starts = set()
    for frame in content.values():
        if not isinstance(frame, Mapping) or not {"time", "tid", "tracked_time"} <= set(frame):
            raise LartError(
                "Expected frames with 'time', 'tid' and 'tracked_time', as PHALP results have, but "
                "the file holds something else."
            )
        number = entries.whole(frame["time"], "time")
        if not 0 <= number < entries.MAX_FRAMES or number in frames:
            raise LartError(f"Expected each frame once, numbered from 0, but got {number}.")
        frames[number] = frame
        starts.add(_picture(frame) - number)
    start = starts.pop() if len(starts) == 1 else 0
    return {number + max(start, 0): frame for number, frame in frames.items()}


def _picture(frame: Mapping[str, Any]) -> int:
    """A frame's number in the film as its picture's name says it; 0 where it does not.

    PHALP counts `time` from the frame at which it was told to start (`phalp.start_frame`), but
    names pictures by their place in the film, from 1.
    """
    path = str(frame.get("frame_path", ""))
    named = re.search(r"(?:^|[/\\])(\d{1,6})\.(?:jpe?g|png)$", path, re.I)
    return int(named[1]) - 1 if named else 0


def _facts(
    frames: Mapping[int, Mapping[str, Any]], fps: float, name: str
) -> tuple[VideoFacts, dict[str, dict[str, str]], dict[str, dict[str, Any]]]:
    first = next(iter(frames.values()))
    if "lart_lens" in first:
        notes = entries.notes(first["lart_lens"])
        return VideoFacts(**notes["video"]), notes["provenance"], notes.get("windows", {})
    sizes = [size for frame in frames.values() for size in entries.listed(frame, "size")]
    if not sizes:
        raise LartError("Expected at least one person in the PHALP result, but there is none.")
    height, width = entries.array(sizes[0], "size", (2,)).tolist()
    return VideoFacts(name, int(width), int(height), fps, max(frames) + 1), {}, {}


def _tracked_time(frame: Mapping[str, Any], row: int) -> int:
    return entries.whole(entries.nth(frame, "tracked_time", row), "tracked_time")


def _tracklet(
    track_id: int,
    sightings: Mapping[int, tuple[Mapping[str, Any], int]],
    span: tuple[int, int],
    video: VideoFacts,
    provenance: Mapping[str, str],
    window: Mapping[str, Any],
) -> Tracklet:
    arrays = entries.Arrays(range(span[0], span[1] + 1))
    for i, number in enumerate(arrays.frames):
        if number not in sightings:
            arrays.repeat(i)
            continue
        frame, row = sightings[number]

        def of(key: str, frame: Mapping[str, Any] = frame, row: int = row) -> Any:
            return entries.nth(frame, key, row)

        x, y, w, h = entries.array(of("bbox"), "bbox", (4,)).astype(np.float64).tolist()
        arrays.box[i] = x, y, x + w, y + h
        arrays.detected[i] = _tracked_time(frame, row) == 0
        # While a track waits PHALP repeats its last record, score and all.
        if arrays.detected[i] or "lart_lens_joints" in frame:
            arrays.score[i] = entries.number(of("conf"), "conf")
        arrays.set_smpl(i, of("smpl"))
        arrays.camera[i] = entries.array(of("camera"), "camera", (3,))
        if frame.get("mask"):
            arrays.mask[i] = entries.mask_bytes(of("mask"))
        if frame.get("3d_joints"):
            arrays.set_phalp_joints(i, of("3d_joints"))
        if "lart_lens_joints" in frame:
            arrays.set_joints(i, of("lart_lens_joints"))
            arrays.add_appearance(number, of("lart_lens_appearance"))
    return arrays.tracklet(track_id, video, provenance, bool(window.get("regressed")))
