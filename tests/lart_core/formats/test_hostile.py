"""Files that mean harm or are broken: refused with a sentence, none runs, nothing stays."""

import gzip
import io
import json
import lzma
import os
import pickle
import struct
import zlib
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path

import joblib
import numpy as np
import pytest
import torch
from joblib.numpy_pickle import NumpyArrayWrapper
from joblib.numpy_pickle_compat import NDArrayWrapper

from lart_core.allowance import READ
from lart_core.errors import LartError
from lart_core.formats import reader, reader_process
from lart_core.formats.lart import to_lart
from lart_core.formats.phalp import to_phalp


class Evil:
    """Runs `function(*arguments)` when it is loaded."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


class Stated:
    """Becomes `make()` with `state` set on it when it is loaded."""

    def __init__(self, make, state, *arguments):
        self.parts = make, arguments, state

    def __reduce__(self):
        return self.parts


class Storage:
    """A torch tensor whose numbers are the pickle of something else."""

    def __init__(self, data, offset=0, size=(1,), stride=(1,)):
        self.parts = data, offset, size, stride

    def __reduce__(self):
        data, *rest = self.parts
        return torch._utils._rebuild_tensor_v2, (Loaded(data), *rest, False, OrderedDict())


class Loaded:
    def __init__(self, data):
        self.data = data

    def __reduce__(self):
        return torch.storage._load_from_bytes, (self.data,)


def header(shape, dtype="f8", **more):
    """The pickled header that joblib puts before an array, without the array."""
    made = NumpyArrayWrapper(np.ndarray, shape, "C", np.dtype(dtype))
    vars(made).update(more)
    return pickle.dumps(made)


def numbers(count):
    buffer = io.BytesIO()
    torch.save(torch.zeros(count).storage(), buffer, _use_new_zipfile_serialization=False)
    return buffer.getvalue()


HOSTILE = {}


def hostile(words):
    """Register a maker of a bad file; `words` must be in the refusal."""

    def register(make):
        HOSTILE[make.__name__] = make, words
        return make

    return register


def phalp(make):
    return to_phalp([make(1, frames=8)])


def first_seen(frames):
    return next(frame for frame in frames.values() if frame["tracked_ids"])


def dump(value, file, **options):
    joblib.dump(value, file, **options)


@hostile("system")
def shell_command(file, canary, make):
    dump(Evil(os.system, f"touch {canary}"), file)


@hostile("builtins.eval")
def eval_deep_inside_a_frame(file, canary, make):
    frames = phalp(make)
    first_seen(frames)["extra_data"][0] = Evil(eval, f"open({str(canary)!r}, 'w')")
    dump(frames, file, compress=3)


@hostile("getattr")
def attribute_walk(file, canary, make):
    dump(Evil(getattr, Evil(__import__, "os"), "system"), file)


@hostile("numbers or text")
def object_array(file, canary, make):
    frames = phalp(make)
    bad = np.array([Evil(os.system, f"touch {canary}"), None], object)
    first_seen(frames)["bbox"][0] = bad
    dump(frames, file)


@hostile("numbers or text")
def nested_pickle_after_a_crafted_header(file, canary, make):
    payload = pickle.dumps(Evil(os.system, f"touch {canary}"))
    file.write_bytes(header((1,), object)[:-1] + payload + b".")


@hostile("joblib.numpy_pickle.load")
def joblib_inside_joblib(file, canary, make):
    inner = file.with_name("inner.bin")
    dump(Evil(os.system, f"touch {canary}"), inner)
    dump(Evil(joblib.load, str(inner)), file)


@hostile("NDArrayWrapper")
def companion_file_of_old_joblib(file, canary, make):
    file.write_bytes(pickle.dumps(NDArrayWrapper("/etc/hostname", np.ndarray)))


@hostile("crafted one")
def header_with_its_own_reader(file, canary, make):
    file.write_bytes(header((1,), read_array=np.dtype("f8")))


@hostile("larger than")
def huge_shape(file, canary, make):
    file.write_bytes(header((1 << 40,)))


@hostile("larger than")
def overflowing_shape(file, canary, make):
    file.write_bytes(header((1 << 33, 1 << 33)))


@hostile("shape")
def negative_shape(file, canary, make):
    file.write_bytes(header((-4,)))


@hostile("numbers or text")
def record_dtype(file, canary, make):
    dump({"a": np.zeros(3, [("x", "f8"), ("y", "i4")])}, file)


@hostile("numbers or text")
def complex_numbers(file, canary, make):
    dump({"a": np.zeros(3, complex)}, file)


@hostile("inner state")
def state_on_a_plain_object(file, canary, make):
    file.write_bytes(pickle.dumps(Stated(OrderedDict, {"x": 1})))


@hostile("read safely")
def tensor_that_is_a_pickle(file, canary, make):
    data = pickle.dumps(Evil(os.system, f"touch {canary}"))
    dump({"ava_action": Storage(data)}, file)


@hostile("beyond its numbers")
def tensor_that_reads_beyond(file, canary, make):
    dump({"ava_action": Storage(numbers(4), 0, (1, 60), (60, 1))}, file)


@hostile("beyond its numbers")
def tensor_that_repeats_itself_forever(file, canary, make):
    dump({"ava_action": Storage(numbers(4), 0, (1 << 40,), (0,))}, file)


@hostile("200 times")
def zlib_bomb(file, canary, make):
    file.write_bytes(zlib.compress(pickle.dumps(bytes(100 << 20))))


@hostile("200 times")
def gzip_bomb(file, canary, make):
    file.write_bytes(gzip.compress(pickle.dumps(bytes(100 << 20))))


@hostile("200 times")
def xz_bomb(file, canary, make):
    file.write_bytes(lzma.compress(pickle.dumps(bytes(100 << 20)), preset=0))


@hostile("damaged")
def text_longer_than_the_file(file, canary, make):
    file.write_bytes(b"\x80\x04\x8d" + struct.pack("<Q", 1 << 45) + b"abc.")


@hostile("dict of frames")
def list_that_holds_itself(file, canary, make):
    loop = []
    loop.append(loop)
    file.write_bytes(pickle.dumps(loop))


@hostile("damaged")
def a_hundred_thousand_levels(file, canary, make):
    file.write_bytes(b"\x80\x04" + b"(" * 100_000 + b"t" * 100_000 + b".")


@hostile("frames with")
def frames_inside_themselves(file, canary, make):
    frames = {}
    frames["a"] = frames
    file.write_bytes(pickle.dumps(frames))


@hostile("damaged")
def truncated(file, canary, make):
    dump(phalp(make), file, compress=3)
    file.write_bytes(file.read_bytes()[:-200])


@hostile("damaged")
def truncated_in_an_array(file, canary, make):
    dump(to_lart(make(1)), file)
    file.write_bytes(file.read_bytes()[:3000])


@hostile("a picture (PNG)")
def another_kind_of_file(file, canary, make):
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))


@hostile("empty")
def empty_file(file, canary, make):
    file.write_bytes(b"")


@hostile("rotation")
def nan_rotations(file, canary, make):
    frames = phalp(make)
    smpl = first_seen(frames)["smpl"][0]
    smpl["body_pose"] = np.full_like(smpl["body_pose"], np.nan)
    dump(frames, file)


@hostile("x1 <= x2")
def negative_boxes(file, canary, make):
    frames = phalp(make)
    first_seen(frames)["bbox"][0] = np.array([50.0, 50.0, -20.0, 10.0])
    dump(frames, file)


@hostile("finite")
def infinite_cameras(file, canary, make):
    frames = phalp(make)
    first_seen(frames)["camera"][0] = np.array([0, 0, np.inf], "f4")
    dump(frames, file)


@hostile("'bbox' as numbers")
def text_for_boxes(file, canary, make):
    frames = phalp(make)
    first_seen(frames)["bbox"][0] = np.array(["a", "b", "c", "d"])
    dump(frames, file)


@hostile("list has")
def lists_that_disagree(file, canary, make):
    frames = phalp(make)
    first_seen(frames)["smpl"].clear()
    dump(frames, file)


@hostile("numbered from 0")
def frame_numbers_beyond_any_video(file, canary, make):
    frames = phalp(make)
    next(reversed(frames.values()))["time"] = 10**15
    dump(frames, file)


@hostile("consecutive")
def a_tracklet_that_jumps(file, canary, make):
    data = to_lart(make(1))
    data["fid"][5:] += 100
    dump(data, file)


@hostile("notes")
def damaged_notes(file, canary, make):
    data = to_lart(make(1))
    data["lart_lens"] = '{"video": {"name": 1}}'
    dump(data, file)


@hostile("nobody")
def nobody_at_all(file, canary, make):
    frames = phalp(make)
    for frame in frames.values():
        frame["tracked_time"] = [7 for _ in frame["tid"]]
        del frame["lart_lens"]
    dump(frames, file)


APART = ("shell_command", "object_array", "zlib_bomb", "truncated", "nan_rotations")
"""Those that also go through the process with limits; the others stop at the same reader."""


@pytest.fixture
def bad(tmp_path, make):
    """`bad(name)` writes a hostile file and gives it with what must be in its refusal."""

    def write(name):
        maker, words = HOSTILE[name]
        file = tmp_path / "in" / "bad_1_20.pkl"
        file.parent.mkdir()
        maker(file, tmp_path / "canary", make)
        return file, words

    return write


def assert_refused(sentence, words, tmp_path):
    assert words in sentence and sentence.strip().endswith(".") and "Traceback" not in sentence
    assert not (tmp_path / "canary").exists()
    assert not (tmp_path / "out").exists() or list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("name", HOSTILE)
def test_refused_and_nothing_remains(name, bad, tmp_path, capsys):
    file, words = bad(name)
    out = str(tmp_path / "out" / "tracklets")
    job = {"task": "tracklets", "files": [str(file)], "fps": 30.0, "name": "bad", "out": out}
    assert reader_process.main(json.dumps(job)) == 2
    assert_refused(capsys.readouterr().err, words, tmp_path)


@pytest.mark.parametrize("name", APART)
def test_refused_in_a_process_of_its_own(name, bad, tmp_path):
    file, words = bad(name)
    with pytest.raises(LartError) as refusal:
        reader.import_tracklets(file, tmp_path / "out" / "tracklets")
    assert_refused(str(refusal.value), words, tmp_path)


def test_too_much_memory_ends_the_reading_process(tmp_path, make, monkeypatch):
    monkeypatch.setattr(reader, "READ", replace(READ, memory=100 << 20))
    joblib.dump(phalp(make), tmp_path / "a.pkl")
    with pytest.raises(LartError, match=r"memory"):
        reader.import_tracklets(tmp_path / "a.pkl", tmp_path / "out" / "t")
    assert not (tmp_path / "out" / "t").exists()


def test_no_file_is_a_sentence(tmp_path):
    with pytest.raises(LartError, match=r"\.pkl file"):
        reader.import_tracklets(Path(tmp_path / "none.pkl"), tmp_path / "out")
