"""Bodies as animated glTF: what Blender, game engines and browsers open."""

import json
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from lart_core import atomic_files, body
from lart_core.errors import LartError
from lart_core.rendering import colors
from lart_core.rendering.figures import paler
from lart_core.rendering.pinhole import natural_depth
from lart_core.rendering.shading import Shading
from lart_core.tracklet import Tracklet
from lart_core.tracklet.data import PARTS
from lart_core.tracklet.sight import with_body

FLOAT, UINT8, UINT32 = 5126, 5121, 5125
"""glTF's codes of component types."""
_CODES = {"<f4": FLOAT, "|u1": UINT8, "<u4": UINT32}
_TYPES = {1: "SCALAR", 3: "VEC3", 4: "VEC4", 16: "MAT4"}
_VERTEX_DATA, _INDEX_DATA = 34962, 34963

HALF_TURN = (1.0, 0.0, 0.0, 0.0)
"""Quaternion x y z w from our axes (y down, z away) to glTF's (y up, z towards us)."""


def write_glb(path: Path, tracklets: Sequence[Tracklet], first: int, last: int) -> None:
    """Write the people of a span of frames as one binary glTF file with animation.

    Each person is a skinned mesh on SMPL's 24 joints with the mean shape of the span; the animation
    turns the joints and moves the pelvis, one key a frame at the video's rate. Parts of the body
    that were not seen in most frames have a paler material, ``person_1_unseen``. People have no
    size while no body is shown of them. The file's camera sees them as the video does. With the
    user's official SMPL file the pose-dependent corrections of its surface are left out: a skin has
    no place for them.

    Args:
        path: Ends in ``.glb``.
        tracklets: The people of one video.
        first: First frame.
        last: Last frame, included.

    Raises:
        LartError: Nobody is there in that span.
    """
    present = []
    for person in tracklets:
        shown = _shown(person, first, last)
        if shown.any():
            present.append((person.between(first, last), shown))
    if not present:
        raise LartError(f"Expected bodies in frames {first} to {last}, but there are none there.")
    scene = _Scene()
    scene.add_camera(present[0][0].video.width, present[0][0].video.height)
    for person, shown in present:
        scene.add_person(person, first, shown)
    atomic_files.write_bytes(path, scene.glb())


class _Scene:
    """A glTF file in the making."""

    def __init__(self) -> None:
        self._binary = bytearray()
        self._json: dict[str, Any] = {
            "asset": {"version": "2.0", "generator": "LART Lens"},
            "scene": 0,
            "scenes": [{"nodes": []}],
            "nodes": [],
            "meshes": [],
            "skins": [],
            "materials": [],
            "cameras": [],
            "animations": [{"name": "motion", "samplers": [], "channels": []}],
            "accessors": [],
            "bufferViews": [],
        }
        self._faces = body.faces()
        self._shading = Shading(self._faces)
        self._indices = self._store(self._faces.astype("<u4").reshape(-1), _INDEX_DATA)
        joints, shares = body.skin()
        self._weights = self._store(shares.astype("<f4"), _VERTEX_DATA)
        self._joints = self._store(joints, _VERTEX_DATA)

    def add_camera(self, width: int, height: int) -> None:
        """The camera that goes with `natural_depth`: its focal length is the longer side."""
        lens = {
            "aspectRatio": width / height,
            "yfov": 2 * float(np.arctan(height / 2 / max(width, height))),
            "znear": 0.1,
        }
        self._json["cameras"].append({"type": "perspective", "perspective": lens})
        self._top({"name": "camera", "camera": 0})

    def add_person(self, person: Tracklet, first: int, shown: NDArray[np.bool_]) -> None:
        """A skinned mesh, its skeleton and its motion; (N,) in which frames from `first` on."""
        name = f"person_{person.track_id}"
        shape = person.betas.mean(axis=0)
        rest = body.rest_joints(shape)
        holder = self._top({"name": name, "rotation": HALF_TURN})
        bones = self._add_skeleton(holder, rest)
        self._top(
            {
                "name": f"{name}_body",
                "mesh": self._add_mesh(name, person.track_id, shape, _guessed_faces(person)),
                "skin": self._add_skin(bones, rest),
            }
        )
        since = person.times - person.video.second_of(first)
        moments = self._store(since.astype("<f4"), bounds=True)
        turns = np.concatenate([person.global_orient[:, None], person.body_pose], axis=1)
        for joint, bone in enumerate(bones):
            key = self._store(_quaternions(turns[:, joint]))
            self._animate(bone, "rotation", moments, key, "LINEAR")
        pelvis = rest[0] + natural_depth(person.camera)
        self._animate(bones[0], "translation", moments, self._store(pelvis), "LINEAR")
        self._hide(holder, person, first, shown)

    def glb(self) -> bytes:
        """The file's bytes."""
        self._json["buffers"] = [{"byteLength": len(self._binary)}]
        text = json.dumps(self._json, allow_nan=False, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 4)
        chunks = struct.pack("<I4s", len(text), b"JSON") + text
        chunks += struct.pack("<I4s", len(self._binary), b"BIN\0") + bytes(self._binary)
        return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks

    def _add_skeleton(self, holder: int, rest: NDArray[np.float32]) -> list[int]:
        bones: list[int] = []
        for joint, parent in enumerate(body.PARENTS):
            start = rest[joint] - (rest[parent] if parent >= 0 else 0)
            bone = self._add("nodes", {"name": body.JOINTS[joint], "translation": start.tolist()})
            owner = self._json["nodes"][bones[parent] if parent >= 0 else holder]
            owner.setdefault("children", []).append(bone)
            bones.append(bone)
        return bones

    def _add_skin(self, bones: list[int], rest: NDArray[np.float32]) -> int:
        inverse = np.tile(np.eye(4, dtype="<f4"), (len(bones), 1, 1))
        inverse[:, 3, :3] = -rest  # columns first, as glTF has it
        return self._add(
            "skins",
            {
                "joints": bones,
                "skeleton": bones[0],
                "inverseBindMatrices": self._store(inverse.reshape(-1, 16)),
            },
        )

    def _add_mesh(
        self, name: str, track_id: int, shape: NDArray[np.float32], guessed: NDArray[np.bool_]
    ) -> int:
        still = np.eye(3)[None]
        surface = body.vertices(still, np.tile(still, (1, 23, 1, 1)), shape[None])
        attributes = {
            "POSITION": self._store(surface[0], _VERTEX_DATA, bounds=True),
            "NORMAL": self._store(self._shading.normals(surface)[0], _VERTEX_DATA),
            "JOINTS_0": self._joints,
            "WEIGHTS_0": self._weights,
        }
        color = np.array(colors.rgb(track_id))
        parts = []
        if not guessed.all():
            indices = self._triangles(~guessed) if guessed.any() else self._indices
            parts.append({"indices": indices, "material": self._add_material(name, color)})
        if guessed.any():
            pale = self._add_material(f"{name}_unseen", paler(color))
            parts.append({"indices": self._triangles(guessed), "material": pale})
        primitives = [{"attributes": attributes} | part for part in parts]
        return self._add("meshes", {"name": name, "primitives": primitives})

    def _add_material(self, name: str, color: NDArray) -> int:
        red, green, blue = (color / 255) ** 2.2  # linear, as glTF has it
        paint = {
            "baseColorFactor": [float(red), float(green), float(blue), 1.0],
            "metallicFactor": 0.0,
            "roughnessFactor": 0.7,
        }
        return self._add("materials", {"name": name, "pbrMetallicRoughness": paint})

    def _triangles(self, which: NDArray[np.bool_]) -> int:
        return self._store(self._faces[which].astype("<u4").reshape(-1), _INDEX_DATA)

    def _hide(self, holder: int, person: Tracklet, first: int, shown: NDArray[np.bool_]) -> None:
        """Shrink a person to nothing where no body is shown."""
        if shown.all():
            return
        keys = np.flatnonzero(np.diff(shown, prepend=~shown[:1]))
        times = person.video.second_of(first + keys) - person.video.second_of(first)
        sizes = np.repeat(shown[keys, None].astype("<f4"), 3, axis=1)
        moments = self._store(times.astype("<f4"), bounds=True)
        self._animate(holder, "scale", moments, self._store(sizes), "STEP")

    def _animate(self, node: int, what: str, moments: int, values: int, between: str) -> None:
        motion = self._json["animations"][0]
        motion["samplers"].append({"input": moments, "output": values, "interpolation": between})
        target = {"node": node, "path": what}
        motion["channels"].append({"sampler": len(motion["samplers"]) - 1, "target": target})

    def _store(self, array: NDArray, target: int | None = None, *, bounds: bool = False) -> int:
        """Append an array to the binary part; gives the number of its accessor."""
        array = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        self._binary += b"\0" * (-len(self._binary) % 4)
        view = {"buffer": 0, "byteOffset": len(self._binary), "byteLength": array.nbytes}
        if target:
            view["target"] = target
        self._binary += array.tobytes()
        columns = array.reshape(len(array), -1)
        accessor = {
            "bufferView": self._add("bufferViews", view),
            "componentType": _CODES[array.dtype.str],
            "count": len(array),
            "type": _TYPES[columns.shape[1]],
        }
        if bounds:
            accessor["min"] = columns.min(axis=0).tolist()
            accessor["max"] = columns.max(axis=0).tolist()
        return self._add("accessors", accessor)

    def _top(self, node: dict[str, Any]) -> int:
        number = self._add("nodes", node)
        self._json["scenes"][0]["nodes"].append(number)
        return number

    def _add(self, kind: str, thing: dict[str, Any]) -> int:
        self._json[kind].append(thing)
        return len(self._json[kind]) - 1


def _shown(person: Tracklet, first: int, last: int) -> NDArray[np.bool_]:
    """(N,) in which frames of a span somebody's body is shown."""
    shown = np.zeros(last - first + 1, bool)
    inside = (person.frame >= first) & (person.frame <= last)
    shown[person.frame[inside] - first] = with_body(person)[inside]
    return shown


def _guessed_faces(person: Tracklet) -> NDArray[np.bool_]:
    """(F,) which triangles belong to parts that were not seen in most frames with a body."""
    parts = np.zeros(PARTS, bool)
    if len(person.unseen) and person.detected.any():
        parts = person.unseen[person.detected].mean(axis=0) > 0.5
    return body.share_of_parts(parts[None])[0][body.faces()].mean(axis=1) > 0.5


def _quaternions(turns: NDArray[np.float32]) -> NDArray[np.float32]:
    """(T, 4) x y z w of (T, 3, 3) rotations, each on the side of the one before."""
    quaternions = Rotation.from_matrix(turns).as_quat()
    flips = np.sign(np.einsum("tq,tq->t", quaternions[1:], quaternions[:-1]))
    flips[flips == 0] = 1
    quaternions[1:] *= np.cumprod(flips)[:, None]
    return quaternions.astype("<f4")
