"""Entries of PHALP's and LART's pickles: written as upstream writes them, read with suspicion."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco

from lart_core.errors import LartError
from lart_core.formats.ava_table import video_id
from lart_core.tracklet import part_bits
from lart_core.tracklet.data import REGRESSED_JOINTS, Tracklet
from lart_core.tracklet.joint_orders import OPENPOSE, phalp_joints
from lart_core.tracklet.video_facts import VideoFacts

REGRESSED = slice(len(OPENPOSE), len(OPENPOSE) + REGRESSED_JOINTS)
"""Of PHALP's 45 joints those that its regressor takes from the mesh."""
MAX_FRAMES = 1_000_000
"""Nine hours of video."""


def one_video(tracklets: Sequence[Tracklet]) -> VideoFacts:
    """The video of all `tracklets`; a `LartError` where there is not exactly one."""
    videos = {t.video for t in tracklets}
    if len(videos) != 1:
        raise LartError(
            f"Expected the people of one video to write, but got {len(tracklets)} people of "
            f"{len(videos)} videos."
        )
    return videos.pop()


def frame_path(video: VideoFacts, number: int) -> str:
    """Name of a frame as PHALP's extractor names it: a folder a video, counted from 1."""
    return f"{video_id(video.name)}/img/{number + 1:06d}.jpg"


def smpl(t: Tracklet, i: int) -> dict[str, NDArray[np.float32]]:
    """The SMPL entry of one frame."""
    return {
        "global_orient": t.global_orient[i][None],
        "body_pose": t.body_pose[i],
        "betas": t.betas[i],
    }


def mask(runs: bytes | None, size: tuple[int, int]) -> dict[str, Any]:
    """COCO's run-length record; an empty mask where there is none."""
    width, height = size
    counts = _empty(width, height) if runs is None else runs.decode("ascii")
    return {"size": [height, width], "counts": counts}


def mask_bytes(value: Any) -> bytes | None:
    """The runs of a mask entry, or None where the mask is empty or missing."""
    if not isinstance(value, Sequence) or not value:
        return None
    record = value[0]
    counts = record.get("counts") if isinstance(record, Mapping) else None
    if not isinstance(counts, str | bytes):
        raise LartError("Expected 'mask' as a COCO run-length record, but got something else.")
    height, width = array(record.get("size"), "mask size", (2,)).astype(int).tolist()
    try:
        text = counts if isinstance(counts, str) else counts.decode("ascii")
        runs = text.encode("ascii")
    except UnicodeError:
        raise LartError("Expected 'mask' as COCO run-length text, but got other text.") from None
    small = 0 < height < 1 << 14 and 0 < width < 1 << 14
    return None if small and text == _empty(width, height) else runs


@lru_cache(maxsize=64)
def _empty(width: int, height: int) -> str:
    return coco.encode(np.zeros((height, width), np.uint8, order="F"))["counts"].decode("ascii")


def notes(text: Any) -> dict[str, Any]:
    """What our own writers left beside the layout."""
    try:
        found = json.loads(text)
        VideoFacts(**found["video"])
        return found
    except (TypeError, ValueError, KeyError):
        raise LartError("Expected the notes that LART Lens leaves, but they are damaged.") from None


def window_notes(t: Tracklet) -> dict[str, Any]:
    """What a tracklet knows of its window, its given boxes and unseen parts, for our notes."""
    notes = {"keyframe": t.keyframe, "person": t.person, "given": t.given.tolist()}
    notes |= {"unseen": part_bits.to_bits(t.unseen).tolist()}
    return notes | {"span": [t.first, t.last], "regressed": len(t.regressed) > 0}


def span(notes: Mapping[str, Any]) -> list[int]:
    """First and last frame, where `window_notes` left them."""
    return array(notes["span"], "span", (2,)).astype(int).tolist() if "span" in notes else []


def with_window(t: Tracklet, found: Mapping[str, Any]) -> Tracklet:
    """The tracklet with what `window_notes` left; older notes have nothing of it."""
    if not {"keyframe", "person", "given"} <= set(found):
        return t
    given = array(found["given"], "given", (-1,)).astype(np.int64)
    whole_or_none = [
        None if found[key] is None else whole(found[key], key) for key in ("keyframe", "person")
    ]
    bits = array(found.get("unseen", []), "unseen", (-1,)).astype(np.int64)
    return replace(
        t,
        given=given,
        unseen=part_bits.from_bits(bits),
        keyframe=whole_or_none[0],
        person=whole_or_none[1],
    )


def listed(frame: Mapping[str, Any], key: str) -> Sequence[Any]:
    """A frame's list over people."""
    value = frame.get(key)
    if not isinstance(value, list | tuple | np.ndarray):
        raise LartError(f"Expected '{key}' as a list over people, but got {_kind(value)}.")
    return value  # type: ignore[return-value]


def nth(frame: Mapping[str, Any], key: str, row: int) -> Any:
    """One person's entry of such a list."""
    values = listed(frame, key)
    if row >= len(values):
        raise LartError(f"Expected '{key}' of {row + 1} people, but the list has {len(values)}.")
    return values[row]


def whole(value: Any, name: str) -> int:
    """A whole number."""
    found = number(value, name)
    if found != int(found):
        raise LartError(f"Expected '{name}' as a whole number, but got {found}.")
    return int(found)


def number(value: Any, name: str) -> float:
    """A finite number."""
    return float(array(value, name, (), finite=True))


def array(
    value: Any, name: str, shape: tuple[int, ...], *, finite: bool = False
) -> NDArray[np.floating]:
    """`value` as numbers of `shape`, where -1 is any length; leading ones do not matter."""
    try:
        found = np.asarray(value)
        if found.dtype.kind not in "biuf":
            raise ValueError
        found = found.reshape(shape)
    except (ValueError, TypeError):
        raise LartError(
            f"Expected '{name}' as numbers of shape {shape}, but got {_kind(value)}."
        ) from None
    if finite and not np.isfinite(found).all():
        raise LartError(f"Expected finite numbers in '{name}'.")
    return found


def _kind(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype} of shape {value.shape}"
    return f"a {type(value).__name__}"


class Arrays:
    """A tracklet's arrays while they are read."""

    def __init__(self, frames: range) -> None:
        t = len(frames)
        self.frames = frames
        self.box = np.zeros((t, 4), np.float32)
        self.score = np.zeros(t, np.float32)
        self.detected = np.zeros(t, bool)
        self.pose = np.zeros((t, 24, 3, 3), np.float32)
        self.betas = np.zeros((t, 10), np.float32)
        self.camera = np.zeros((t, 3), np.float32)
        self.joints: NDArray[np.float32] | None = None
        self.mask: list[bytes | None] = [None] * t
        self.phalp_joints: NDArray[np.float32] | None = None
        self._appearance: list[NDArray[np.float32]] = []
        self._appearance_frame: list[int] = []

    def set_smpl(self, i: int, value: Any) -> None:
        """Take pose and shape from an SMPL entry."""
        if not isinstance(value, Mapping):
            raise LartError(f"Expected 'smpl' as a dict, but got {_kind(value)}.")
        self.pose[i, :1] = array(value.get("global_orient"), "global_orient", (1, 3, 3))
        self.pose[i, 1:] = array(value.get("body_pose"), "body_pose", (23, 3, 3))
        self.betas[i] = array(value.get("betas"), "betas", (10,))

    def set_joints(self, i: int, value: Any) -> None:
        """Take joints in smplx's order."""
        if self.joints is None:
            self.joints = np.zeros((len(self.frames), 45, 3), np.float32)
        self.joints[i] = array(value, "joints", (45, 3))

    def add_appearance(self, frame: int, value: Any) -> None:
        """Take the appearance vectors of one frame, if there are any."""
        rows = np.asarray(value, np.float32)
        if rows.size:
            self._appearance += list(rows.reshape(len(rows), -1))
            self._appearance_frame += [frame] * len(rows)

    def set_phalp_joints(self, i: int | slice, value: Any) -> None:
        """Take joints in PHALP's order."""
        if self.phalp_joints is None:
            self.phalp_joints = np.zeros((len(self.frames), 45, 3), np.float32)
        self.phalp_joints[i] = array(value, "3d_joints", self.phalp_joints[i].shape)

    def repeat(self, i: int) -> None:
        """Nothing is said of this frame: what was before it stays."""
        for name in ("box", "pose", "betas", "camera"):
            getattr(self, name)[i] = getattr(self, name)[i - 1]
        if self.joints is not None:
            self.joints[i] = self.joints[i - 1]

    def fill_unseen(self) -> None:
        """Upstream leaves zeros where nobody was seen: carry on what was seen before, and at the
        beginning what comes first."""
        if self.detected.any():
            first = int(np.flatnonzero(self.detected)[0])
            for name in ("pose", "betas", "camera", "box"):
                getattr(self, name)[:first] = getattr(self, name)[first]
        for i in np.flatnonzero(~self.detected).tolist():
            unset = not self.pose[i].any()
            if i and unset:
                for name in ("pose", "betas", "camera"):
                    getattr(self, name)[i] = getattr(self, name)[i - 1]
            if i and not self.box[i].any():
                self.box[i] = self.box[i - 1]

    def tracklet(
        self,
        track_id: int,
        video: VideoFacts,
        provenance: Mapping[str, str],
        regressed: bool = False,
    ) -> Tracklet:
        """The tracklet. Joints that the file has not in smplx's order come from the body.

        Args:
            regressed: Of files of ours, whether PHALP's joints in them are of its own regressor.
        """
        out = Tracklet(
            track_id=track_id,
            video=video,
            frame=np.array(self.frames),
            box=self.box,
            score=self.score,
            detected=self.detected,
            global_orient=self.pose[:, 0],
            body_pose=self.pose[:, 1:],
            betas=self.betas,
            camera=self.camera,
            joints=np.zeros((len(self.frames), 45, 3), np.float32)
            if self.joints is None
            else self.joints,
            appearance=np.stack(self._appearance)
            if self._appearance
            else np.zeros((0, 0), np.float32),
            appearance_frame=np.array(self._appearance_frame, np.int64),
            mask=tuple(self.mask) if any(m is not None for m in self.mask) else None,
            provenance=provenance,
        )
        if self.joints is not None:
            if not regressed or self.phalp_joints is None:
                return out
            return replace(out, regressed=self.phalp_joints[:, REGRESSED])
        from lart_core import body

        joints = body.joints(out.global_orient, out.body_pose, out.betas)
        if self.phalp_joints is None:
            return replace(out, joints=joints)
        seen = self.detected
        mesh = phalp_joints(joints)[:, REGRESSED]
        joints[np.ix_(seen, OPENPOSE)] = self.phalp_joints[seen, : len(OPENPOSE)]
        mesh[seen] = self.phalp_joints[seen][:, REGRESSED]
        return replace(out, joints=joints, regressed=mesh)
