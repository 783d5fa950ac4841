"""Exports: other programs' readers find the bodies where we draw them."""

import io
import json
import struct
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh
from scipy.spatial.transform import Rotation

from lart_core import body, camera
from lart_core.errors import LartError
from lart_core.rendering import colors, figures
from lart_core.rendering.gltf import write_glb
from lart_core.rendering.obj import write_obj_sequence
from lart_core.tracklet import Tracklet, VideoFacts

VIDEO = VideoFacts(name="made up", width=1280, height=720, fps=25.0, frames=100)
OURS_TO_GLTF = np.array([1, -1, -1])


def dancer(track_id: int, first: int, count: int) -> Tracklet:
    """Someone who moves wildly, in one shape."""
    random = np.random.default_rng(track_id)
    turns = Rotation.from_rotvec(random.normal(0, 0.5, (count * 24, 3)))
    pose = turns.as_matrix().reshape(count, 24, 3, 3)
    whole = Rotation.from_euler("x", 180, degrees=True) * Rotation.from_rotvec(
        np.linspace([0, 0, 0], [0, 8, 0], count)
    )
    return Tracklet(
        track_id=track_id,
        video=VIDEO,
        frame=np.arange(first, first + count),
        box=np.tile(np.array([10, 10, 60, 120], np.float32), (count, 1)),
        score=np.ones(count, np.float32),
        detected=np.ones(count, bool),
        global_orient=whole.as_matrix(),
        body_pose=pose[:, 1:],
        betas=np.tile(random.normal(size=10), (count, 1)),
        camera=random.normal([track_id, 0, 90], 0.3, (count, 3)),
        joints=np.zeros((count, 45, 3), np.float32),
    )


class Reader:
    """A small reader of what the glTF standard says, for skins and animations."""

    def __init__(self, data: bytes) -> None:
        magic, version, length, text = struct.unpack_from("<4sIII", data)
        assert (magic, version, length) == (b"glTF", 2, len(data))
        self.json = json.loads(data[20 : 20 + text])
        self.binary = data[20 + text + 8 :]

    def array(self, number: int) -> np.ndarray:
        accessor = self.json["accessors"][number]
        view = self.json["bufferViews"][accessor["bufferView"]]
        kind = {5126: "<f4", 5121: "u1", 5125: "<u4"}[accessor["componentType"]]
        width = {"SCALAR": 1, "VEC3": 3, "VEC4": 4, "MAT4": 16}[accessor["type"]]
        count = accessor["count"] * width
        assert view["byteLength"] == count * np.dtype(kind).itemsize
        flat = np.frombuffer(self.binary, kind, count, view["byteOffset"])
        return flat.reshape(accessor["count"], width)

    def pose(self, time: float) -> list[dict]:
        """Nodes with the animation's values at a time that is one of its keys."""
        nodes = [dict(node) for node in self.json["nodes"]]
        (motion,) = self.json["animations"]
        for channel in motion["channels"]:
            sampler = motion["samplers"][channel["sampler"]]
            times = self.array(sampler["input"])[:, 0]
            at = max(int(np.searchsorted(times, time + 1e-4)) - 1, 0)
            target = channel["target"]
            nodes[target["node"]][target["path"]] = self.array(sampler["output"])[at]
        return nodes

    def skinned(self, name: str, time: float) -> np.ndarray:
        """World positions of a skinned mesh's vertices."""
        nodes = self.pose(time)
        parents = {child: n for n, node in enumerate(nodes) for child in node.get("children", ())}

        def world(number: int) -> np.ndarray:
            node, matrix = nodes[number], np.eye(4)
            turn = Rotation.from_quat(node.get("rotation", (0, 0, 0, 1))).as_matrix()
            matrix[:3, :3] = turn * np.asarray(node.get("scale", (1, 1, 1)))
            matrix[:3, 3] = node.get("translation", (0, 0, 0))
            return world(parents[number]) @ matrix if number in parents else matrix

        (node,) = (n for n in nodes if n["name"] == name)
        skin = self.json["skins"][node["skin"]]
        inverse = self.array(skin["inverseBindMatrices"]).reshape(-1, 4, 4).transpose(0, 2, 1)
        bones = np.stack([world(n) for n in skin["joints"]]) @ inverse
        (part,) = self.json["meshes"][node["mesh"]]["primitives"]
        points, joints, weights = (
            self.array(part["attributes"][key]) for key in ("POSITION", "JOINTS_0", "WEIGHTS_0")
        )
        blend = np.einsum("vk,vkab->vab", weights, bones[joints])
        return np.einsum("vab,vb->va", blend, np.c_[points, np.ones(len(points))])[:, :3]


@pytest.fixture
def people() -> list[Tracklet]:
    return [dancer(1, 0, 30), dancer(2, 10, 8)]


def test_skins_move_as_the_bodies_do(people: list[Tracklet], tmp_path: Path) -> None:
    write_glb(tmp_path / "span.glb", people, 5, 24)
    reader = Reader((tmp_path / "span.glb").read_bytes())
    for frame in (5, 10, 17, 24):
        (moment,) = figures(people, [frame])
        for track_id, expected in zip(moment.ids, moment.placed(), strict=True):
            found = reader.skinned(f"person_{track_id}_body", (frame - 5) / VIDEO.fps)
            np.testing.assert_allclose(found, expected * OURS_TO_GLTF, atol=2e-4)


def test_people_have_no_size_while_they_are_away(people: list[Tracklet], tmp_path: Path) -> None:
    write_glb(tmp_path / "span.glb", people, 5, 24)
    reader = Reader((tmp_path / "span.glb").read_bytes())
    sizes = [
        np.ptp(reader.skinned("person_2_body", (frame - 5) / VIDEO.fps), axis=0).max()
        for frame in (5, 9, 10, 17, 18, 24)
    ]
    assert [size > 0.5 for size in sizes] == [False, False, True, True, False, False]


def test_who_is_not_seen_for_a_while_has_no_size_then(tmp_path: Path) -> None:
    person = dancer(1, 0, 90)
    away = (person.frame >= 30) & (person.frame < 60)
    detected, score = person.detected & ~away, np.where(away, 0, person.score).astype(np.float32)
    person = replace(person, detected=detected, score=score)
    write_glb(tmp_path / "span.glb", [person, dancer(2, 0, 90)], 0, 89)
    reader = Reader((tmp_path / "span.glb").read_bytes())
    for frame in (0, 29, 31, 45, 58, 61, 89):
        size = np.ptp(reader.skinned("person_1_body", frame / VIDEO.fps), axis=0).max()
        (moment,) = figures([person], [frame])
        assert (size > 0.5) == (1 in moment.ids), frame
    with pytest.raises(LartError, match="bodies"):
        write_glb(tmp_path / "gap.glb", [person], 40, 50)


def test_the_camera_sees_what_the_video_saw(people: list[Tracklet], tmp_path: Path) -> None:
    write_glb(tmp_path / "span.glb", people, 5, 24)
    reader = Reader((tmp_path / "span.glb").read_bytes())
    lens = reader.json["cameras"][0]["perspective"]
    points = reader.skinned("person_1_body", 0.0)
    focal = 0.5 / np.tan(lens["yfov"] / 2) * VIDEO.height
    assert lens["aspectRatio"] == pytest.approx(1280 / 720)
    pixels = points[:, :2] * [1, -1] / -points[:, 2:] * focal + [640, 360]
    (moment,) = figures(people[:1], [5])
    expected = camera.square_to_image(
        camera.project(moment.vertices[0], moment.cameras[0]), (1280, 720)
    )
    # The nearer, natural camera sees slightly more perspective within one body.
    assert np.abs(pixels - expected).mean() < 0.06 * np.ptp(expected, axis=0).max()


def test_trimesh_reads_the_meshes_and_their_colours(people: list[Tracklet], tmp_path: Path) -> None:
    write_glb(tmp_path / "span.glb", people, 0, 29)
    scene = trimesh.load(tmp_path / "span.glb", process=False)
    assert set(scene.geometry) == {"person_1", "person_2"}
    for track_id in (1, 2):
        mesh = scene.geometry[f"person_{track_id}"]
        assert mesh.vertices.shape == (6890, 3)
        np.testing.assert_array_equal(mesh.faces, body.faces())
        assert mesh.volume > 0.03
        paint = mesh.visual.material.baseColorFactor[:3] / 255
        np.testing.assert_allclose(paint ** (1 / 2.2) * 255, colors.rgb(track_id), atol=8)


def test_neighbouring_keys_turn_the_short_way(tmp_path: Path) -> None:
    """Programs that blend key by key would else spin the joint the long way round."""
    write_glb(tmp_path / "span.glb", [dancer(1, 0, 60)], 0, 59)
    reader = Reader((tmp_path / "span.glb").read_bytes())
    (motion,) = reader.json["animations"]
    turning = [c["sampler"] for c in motion["channels"] if c["target"]["path"] == "rotation"]
    assert len(turning) == 24
    for sampler in turning:
        keys = reader.array(motion["samplers"][sampler]["output"])
        np.testing.assert_allclose(np.linalg.norm(keys, axis=1), 1, atol=1e-5)
        assert (np.einsum("tq,tq->t", keys[1:], keys[:-1]) >= 0).all()


def test_obj_sequences_hold_everyone_in_each_frame(people: list[Tracklet], tmp_path: Path) -> None:
    write_obj_sequence(tmp_path / "span.zip", people, 16, 19)
    with zipfile.ZipFile(tmp_path / "span.zip") as archive:
        names = archive.namelist()
        texts = {name: archive.read(name).decode() for name in names}
    assert names[0] == "people.mtl"
    assert names[1:] == [f"frame_{frame:06d}.obj" for frame in (16, 17, 18, 19)]
    assert texts["people.mtl"].count("newmtl") == 4
    for frame, who in ((16, (1, 2)), (18, (1,))):
        text = texts[f"frame_{frame:06d}.obj"]
        assert [f"o person_{n}\n" in text for n in (1, 2)] == [n in who for n in (1, 2)]
        mesh = trimesh.load(io.StringIO(text), file_type="obj", process=False, force="mesh")
        (moment,) = figures(people, [frame])
        expected = (moment.placed() * OURS_TO_GLTF).reshape(-1, 3)
        found = [line.split()[1:] for line in text.splitlines() if line.startswith("v ")]
        np.testing.assert_allclose(np.array(found, float), expected, atol=1e-5)
        assert len(mesh.faces) == len(who) * len(body.faces())
        assert mesh.volume > 0.03 * len(who)


def test_what_was_not_seen_has_a_material_of_its_own(
    people: list[Tracklet], tmp_path: Path
) -> None:
    legs = np.zeros((30, 24), bool)
    legs[:, [1, 2, 4, 5, 7, 8, 10, 11]] = True
    seated = replace(people[0], unseen=legs)
    write_glb(tmp_path / "span.glb", [seated], 0, 29)
    parts = trimesh.load(tmp_path / "span.glb", process=False).geometry.values()
    faces = {part.visual.material.name: len(part.faces) for part in parts}
    assert set(faces) == {"person_1", "person_1_unseen"}
    assert sum(faces.values()) == len(body.faces()) and min(faces.values()) > 2000
    write_obj_sequence(tmp_path / "span.zip", [seated], 3, 3)
    with zipfile.ZipFile(tmp_path / "span.zip") as archive:
        text = archive.read("frame_000003.obj").decode()
    after = text.partition("usemtl person_1_unseen\n")[2]
    assert after.count("f ") == faces["person_1_unseen"]


@pytest.mark.parametrize("write", [write_glb, write_obj_sequence])
def test_a_span_without_people_is_refused(write, people: list[Tracklet], tmp_path: Path) -> None:
    with pytest.raises(LartError, match="frames 40 to 50"):
        write(tmp_path / "none", people, 40, 50)
    assert not list(tmp_path.iterdir())


def test_endless_obj_sequences_are_refused(people: list[Tracklet], tmp_path: Path) -> None:
    with pytest.raises(LartError, match="at most 1000 frames"):
        write_obj_sequence(tmp_path / "span.zip", people, 0, 5000)
