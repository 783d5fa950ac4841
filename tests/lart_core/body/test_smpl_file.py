"""The user's own SMPL file: read as arrays whatever it holds, refused in one sentence otherwise."""

import os
import pickle
import struct
import sys
import types
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import scipy.sparse

from lart_core import body
from lart_core.body.smpl_file import read_smpl
from lart_core.errors import LartError
from lart_core.paths import asset


@pytest.fixture(scope="module")
def official() -> dict[str, np.ndarray]:
    """Arrays as official files have them: pose directions, more shapes, an unsigned root."""
    with np.load(asset("body/body.npz"), allow_pickle=False) as file:
        arrays = {key: file[key] for key in file}
    random = np.random.default_rng(0)
    arrays["posedirs"] = random.normal(0, 1e-3, arrays["posedirs"].shape)
    extra = random.normal(0, 1e-3, (6890, 3, 5))
    arrays["shapedirs"] = np.concatenate([arrays["shapedirs"].astype(float), extra], axis=2)
    arrays["kintree_table"] = arrays["kintree_table"].astype(np.int64).astype(np.uint32)
    return arrays


@pytest.fixture
def chumpy(monkeypatch: pytest.MonkeyPatch) -> types.SimpleNamespace:
    """Stand-ins for chumpy's classes, only to write what chumpy would have written."""
    modules = {
        name: types.ModuleType(name) for name in ("chumpy", "chumpy.ch", "chumpy.reordering")
    }
    made = {}
    for module, name in (("chumpy.ch", "Ch"), ("chumpy.reordering", "Select")):
        made[name] = type(name, (), {"__module__": module})
        setattr(modules[module], name, made[name])
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    return types.SimpleNamespace(**made)


def as_chumpy(kind: type, **state: object) -> object:
    thing = kind()
    thing.__dict__.update(state)
    return thing


class Python2Pickler(pickle._Pickler):
    """Writes text and bytes alike as Python 2's strings, and names modules as it did."""

    dispatch: ClassVar = dict(pickle._Pickler.dispatch)
    MODULES: ClassVar = {
        "numpy._core.multiarray": "numpy.core.multiarray",
        "scipy.sparse._csc": "scipy.sparse.csc",
        "builtins": "__builtin__",
        "copyreg": "copy_reg",
    }

    def save_string(self, thing: str | bytes) -> None:
        data = thing.encode() if isinstance(thing, str) else thing
        self.write(b"T" + struct.pack("<i", len(data)) + data)
        self.memoize(thing)

    def save_global(self, thing: Any, name: str | None = None) -> None:
        module = self.MODULES.get(thing.__module__, thing.__module__)
        self.write(f"c{module}\n{name or thing.__qualname__}\n".encode())
        self.memoize(thing)

    dispatch[str] = dispatch[bytes] = save_string
    dispatch[type] = dispatch[types.FunctionType] = save_global


def as_official(arrays: dict[str, np.ndarray], chumpy: Any) -> dict[str, object]:
    """The content of an official .pkl: chumpy objects, a sparse regressor, odd extras."""
    shapes = arrays["shapedirs"]
    inner = as_chumpy(chumpy.Ch, x=np.asfortranarray(shapes), _dirty_vars=[])
    return arrays | {
        "v_template": as_chumpy(chumpy.Ch, x=arrays["v_template"].astype(float)),
        "shapedirs": as_chumpy(
            chumpy.Select, a=inner, idxs=np.arange(shapes.size), preferred_shape=shapes.shape
        ),
        "J_regressor": scipy.sparse.csc_matrix(arrays["J_regressor"].astype(float)),
        "bs_style": "lbs",
        "bs_type": "lrotmin",
        "pose_training_info": {"some": ["text"]},
    }


@pytest.mark.parametrize("protocol", ["python 2", 2, 4, 5])
def test_an_official_pickle_gives_the_same_body_as_its_arrays(
    protocol: str | int, tmp_path: Path, official: dict, chumpy: Any
) -> None:
    content = as_official(official, chumpy)
    with (tmp_path / "SMPL.pkl").open("wb") as file:
        if protocol == "python 2":
            Python2Pickler(file, protocol=2).dump(content)
        else:
            pickle.dump(content, file, protocol=protocol)
    np.savez(tmp_path / "SMPL.npz", **official)
    from_npz, from_pkl = read_smpl(tmp_path / "SMPL.npz"), read_smpl(tmp_path / "SMPL.pkl")
    assert from_npz["shapedirs"].shape == (6890, 3, 10)
    for key, array in from_npz.items():
        np.testing.assert_array_equal(array, from_pkl[key], err_msg=key)


def test_the_setting_drops_the_file_in_and_nothing_is_written(
    tmp_path: Path, official: dict, chumpy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "SMPL.pkl").write_bytes(pickle.dumps(as_official(official, chumpy), protocol=2))
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("LART_HOME", str(home))
    monkeypatch.setenv("LART_SMPL", str(tmp_path / "SMPL.pkl"))
    assert body.chosen() == tmp_path / "SMPL.pkl"
    layer = body.load()
    assert layer is body.load() and layer.posedirs.abs().max() > 0
    random = np.random.default_rng(1)
    pose = np.linalg.qr(random.normal(size=(2, 24, 3, 3)))[0]
    pose *= np.sign(np.linalg.det(pose))[..., None, None]
    betas = random.normal(size=(2, 10))
    joints = body.joints(pose[:, 0], pose[:, 1:], betas)
    vertices = body.vertices(pose[:, 0], pose[:, 1:], betas)
    marks = layer.vertex_joint_selector.extra_joints_idxs.numpy()
    np.testing.assert_allclose(joints[:, 24:], vertices[:, marks], atol=1e-5)
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["SMPL.pkl", "home"]


class Runs:
    """Unpickled by the usual means, this calls something."""

    def __init__(self, call: object, *args: object) -> None:
        self.call, self.args = call, args

    def __reduce__(self) -> tuple:
        return self.call, self.args


CANARY = "canary"
HOSTILE = {
    "calls os.system": Runs(os.system, f"touch {CANARY}"),
    "calls eval": Runs(eval, f"open('{CANARY}', 'w')"),
    "calls open": Runs(open, CANARY, "w"),
    "nested in an array entry": {"v_template": Runs(os.mkdir, CANARY)},
    "nested in an object array": {"f": np.array([Runs(os.mkdir, CANARY)], dtype=object)},
    "imports a module": Runs(__import__, "os"),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("protocol", [0, 2, 5])
def test_a_pickle_that_would_run_code_is_refused(
    name: str, protocol: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("SMPL.pkl").write_bytes(pickle.dumps(HOSTILE[name], protocol=protocol))
    with pytest.raises(LartError, match=r"SMPL\.pkl"):
        read_smpl(Path("SMPL.pkl"))
    assert not Path(CANARY).exists()


RAW = {
    "an attribute of an allowed module": b"\x80\x04\x8c\x09chumpy.ch\x8c\x09os.system\x93.",
    "a hidden call by INST": b"(S'true'\nios\nsystem\n.",
    "a memo of two billion entries": b"\x80\x02]r\xff\xff\xff\x7f.",
    "a string longer than the file": b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7f",
    "an unknown extension": b"\x80\x02\x82\x01.",
    "a persistent id": b"P1\n.",
    "state forced upon a stand-in": b"cchumpy.ch\nCh\n}S'__setstate__'\nI1\nsb.",
    "no pickle at all": b"v 0 0 0\n",
    "nothing": b"",
    "a list": pickle.dumps([1, 2]),
    "a dictionary without arrays": pickle.dumps({"f": "text"}),
}


@pytest.mark.parametrize("name", RAW)
def test_malformed_pickles_are_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "SMPL.pkl").write_bytes(RAW[name])
    with pytest.raises(LartError, match=r"SMPL\.pkl"):
        read_smpl(tmp_path / "SMPL.pkl")


@pytest.mark.parametrize("cut", [0.2, 0.6, 0.99])
def test_truncated_files_are_refused(cut: float, tmp_path: Path, official: dict) -> None:
    whole = pickle.dumps(official, protocol=2)
    (tmp_path / "SMPL.pkl").write_bytes(whole[: int(len(whole) * cut)])
    np.savez(tmp_path / "whole.npz", **official)
    (tmp_path / "SMPL.npz").write_bytes(
        (data := (tmp_path / "whole.npz").read_bytes())[: int(len(data) * cut)]
    )
    for name in ("SMPL.pkl", "SMPL.npz"):
        with pytest.raises(LartError, match="SMPL"):
            read_smpl(tmp_path / name)


def with_nan(array: np.ndarray) -> np.ndarray:
    array = array.astype(float)
    array.flat[0] = np.nan
    return array


WRONG = {
    "lacks a key": ("weights", None, "lacks weights"),
    "has other vertices": ("v_template", lambda a: a[:100], "v_template"),
    "has text": ("v_template", lambda a: a.astype(str), "v_template"),
    "has too few shapes": ("shapedirs", lambda a: a[..., :4], "shape directions"),
    "is not finite": ("v_template", with_nan, "not finite"),
    "names missing vertices": ("f", lambda a: a + 10, "faces"),
    "has another tree": ("kintree_table", lambda a: a[:, ::-1], "tree"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_smpl_body_is_refused_with_the_reason(
    name: str, tmp_path: Path, official: dict
) -> None:
    key, change, words = WRONG[name]
    arrays = dict(official)
    if change is None:
        del arrays[key]
    else:
        arrays[key] = change(arrays[key])
    np.savez(tmp_path / "SMPL.npz", **arrays)
    with pytest.raises(LartError, match=words):
        read_smpl(tmp_path / "SMPL.npz")


def test_an_npz_with_objects_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "SMPL.npz", v_template=np.array([Runs(print, "x")], dtype=object))
    with pytest.raises(LartError, match="plain arrays"):
        read_smpl(tmp_path / "SMPL.npz")


def test_a_missing_or_foreign_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LartError, match="There is no SMPL body file"):
        body.load(tmp_path / "none.npz")
    (tmp_path / "body.obj").write_text("v 0 0 0")
    with pytest.raises(LartError, match=r"\.npz or \.pkl"):
        body.load(tmp_path / "body.obj")
