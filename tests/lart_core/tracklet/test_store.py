"""Our own tracklet format: exact, lazy, deterministic, whole or not at all."""

import hashlib
import json
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest
from safetensors.numpy import load_file, save_file

from lart_core.errors import LartError
from lart_core.tracklet import open_tracklets, save_tracklets, stitch, store


def digest(folder):
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


def test_round_trip_is_exact(tmp_path, make, same):
    people = [make(1), replace(make(2), mask=None), make(7, frames=1)]
    save_tracklets(tmp_path / "t", people)
    found = open_tracklets(tmp_path / "t")
    assert found.track_ids == [1, 2, 7]
    assert found.spans.tolist() == [[3, 22], [3, 22], [3, 3]]
    for got, want in zip(found, people, strict=True):
        same(got, want)
    same(found.by_id(7), people[2])
    same(found[-1], people[2])
    assert [t.track_id for t in found[:2]] == [1, 2]
    with pytest.raises(IndexError):
        found[3]


def test_an_empty_set_is_a_set(tmp_path):
    save_tracklets(tmp_path / "t", [])
    assert len(open_tracklets(tmp_path / "t")) == 0


def test_same_tracklets_same_bytes(tmp_path, make):
    for name in ("a", "b"):
        save_tracklets(tmp_path / name, (make(i) for i in range(1, 6)))
    assert digest(tmp_path / "a") == digest(tmp_path / "b")


def test_one_tracklet_is_read_without_the_other_shards(tmp_path, make, same, monkeypatch):
    monkeypatch.setattr(store, "SHARD_BYTES", 1)
    save_tracklets(tmp_path / "t", [make(i) for i in range(1, 5)])
    for shard in sorted((tmp_path / "t").glob("*.safetensors")):
        if shard.name != "000002.safetensors":
            shard.unlink()
    same(open_tracklets(tmp_path / "t")[2], make(3))


def test_a_failed_save_leaves_the_old_set(tmp_path, make, same):
    save_tracklets(tmp_path / "t", [make(1)])

    def fails():
        yield make(2)
        raise RuntimeError("lost power")

    with pytest.raises(RuntimeError):
        save_tracklets(tmp_path / "t", fails())
    same(open_tracklets(tmp_path / "t")[0], make(1))
    assert [p.name for p in tmp_path.iterdir()] == ["t"]


@pytest.mark.parametrize("damage", ["missing", "text", "cut shard", "no shard", "swapped shard"])
def test_damage_is_a_sentence(tmp_path, make, damage):
    folder = tmp_path / "t"
    save_tracklets(folder, [make(1)])
    shard = folder / "000000.safetensors"
    match damage:
        case "missing":
            (folder / "index.parquet").unlink()
        case "text":
            (folder / "index.parquet").write_text("hello")
        case "cut shard":
            shard.write_bytes(shard.read_bytes()[:-10])
        case "no shard":
            shard.unlink()
        case "swapped shard":
            save_tracklets(tmp_path / "u", [])
            save_file({"x": np.zeros(1)}, shard)
    with pytest.raises(LartError, match=r"t\b.*\."):
        list(open_tracklets(folder))


def test_sets_of_the_first_format_are_read(tmp_path, make, same):
    """As they were written until the keyframe had a field of its own."""
    now = [replace(make(1), given=np.zeros(0, int), person=None), replace(make(2), keyframe=None)]
    now[1] = replace(now[1], given=np.zeros(0, int), person=None)
    save_tracklets(tmp_path / "t", now)
    shard = tmp_path / "t" / "000000.safetensors"
    arrays = {key: value for key, value in load_file(shard).items() if not key.endswith("/given")}
    save_file(arrays, shard, {"format": "lart-lens tracklets 1"})
    index = pq.read_table(tmp_path / "t" / "index.parquet")
    notes = [json.loads(text) for text in index["provenance"].to_pylist()]
    notes[0]["keyframe"] = str(now[0].keyframe)
    older = index.drop_columns(["keyframe", "person", "provenance"])
    older = older.append_column("provenance", [[json.dumps(note) for note in notes]])
    older = older.replace_schema_metadata({"format": "lart-lens tracklets 1"})
    pq.write_table(older, tmp_path / "t" / "index.parquet")
    found = open_tracklets(tmp_path / "t")
    assert found.keyframes == [now[0].keyframe, None] and found.persons == [1, 2]
    for got, want in zip(found, now, strict=True):
        same(got, want)


def test_what_windows_saw_becomes_whole_people(tmp_path, make):
    """Each frame comes from the window whose keyframe is nearest."""
    windows = [
        replace(make(1, frames=20, first=0), keyframe=10, given=np.array([10])),
        replace(make(2, frames=20, first=10), keyframe=20, given=np.array([20])),
        replace(make(3, frames=5, first=2), keyframe=4, person=3, given=np.zeros(0, int)),
    ]
    save_tracklets(tmp_path / "t", windows)
    first, other = stitch.stitched(open_tracklets(tmp_path / "t"))
    assert (first.track_id, first.first, first.last, first.keyframe) == (1, 0, 29, None)
    assert first.given.tolist() == [10, 20]
    np.testing.assert_array_equal(first.box[:16], windows[0].box[:16])
    np.testing.assert_array_equal(first.box[16:], windows[1].box[6:])
    assert first.mask[16] == windows[1].mask[6]
    assert (other.track_id, other.first, other.last) == (3, 2, 6)
