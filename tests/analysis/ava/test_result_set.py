"""Result sets: kept as Parquet, found by id, refused when they cannot be right."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import ava_label_map
from analysis.ava import example, result_set
from analysis.ava.csv_file import BOX
from lart_core.errors import LartError

TRUTH = example.made_up_truth()
SAID = example.made_up_predictions(TRUTH, example.MODELS[0])
SIXTY = ava_label_map(60)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LART_HOME", str(tmp_path))
    return tmp_path


def test_round_trip() -> None:
    excluded = pd.DataFrame({"video": ["example-1"], "timestamp": [901.0]})
    set_id = result_set.add("My réseau / 1", SAID, TRUTH, SIXTY, excluded)
    found = result_set.open_set(set_id)
    assert (found.name, found.label_map, found.made_up) == ("My réseau / 1", SIXTY, False)
    for ours, theirs in ((found.predictions, SAID), (found.ground_truth, TRUTH)):
        pd.testing.assert_frame_equal(ours, theirs, check_categorical=False)
    assert found.excluded is not None
    assert found.excluded["timestamp"].tolist() == [901.0]


def test_the_same_files_are_one_set_and_others_are_not() -> None:
    first = result_set.add("a", SAID, TRUTH, SIXTY)
    assert result_set.add("a", SAID, TRUTH, SIXTY) == first
    other = result_set.add("a", SAID.assign(score=SAID["score"] / 2), TRUTH, SIXTY)
    assert other != first
    assert {s.id for s in result_set.sets()} == {first, other}
    assert len({s.truth for s in result_set.sets()}) == 1
    result_set.remove(first)
    assert [s.id for s in result_set.sets()] == [other]


def test_what_cannot_be_right_is_refused_and_what_is_odd_is_noted() -> None:
    pixels = SAID.copy()
    pixels[BOX] *= 640
    with pytest.raises(LartError, match="pixels"):
        result_set.add("a", pixels, TRUTH, SIXTY)
    assert result_set.sets() == []
    set_id = result_set.add("a", SAID.assign(score=SAID["score"] * 100), TRUTH, SIXTY)
    (note,) = result_set.open_set(set_id).notes
    assert "between 0 and 1" in note


@pytest.mark.parametrize("set_id", ["nothing", "../../etc", "", "A" * 200])
def test_ids_of_nothing(set_id: str) -> None:
    with pytest.raises(LartError, match="no result set"):
        result_set.open_set(set_id)


def test_damaged_sets_are_said_and_left_out(home: Path) -> None:
    set_id = result_set.add("a", SAID, TRUTH, SIXTY)
    (home / "results" / set_id / "predictions.parquet").write_bytes(b"nothing")
    with pytest.raises(LartError, match="damaged"):
        result_set.open_set(set_id)
    (home / "results" / set_id / "set.json").write_text("{")
    assert result_set.sets() == []


def test_the_example_says_that_it_is_made_up() -> None:
    first, second = example.add_example()
    found = result_set.open_set(first)
    assert found.made_up
    assert "Made-up" in found.name
    assert result_set.open_set(second).ground_truth.equals(found.ground_truth)
    assert np.isfinite(found.predictions["score"]).all()


def test_videos_are_found_in_their_folder_and_nowhere_else(tmp_path: Path) -> None:
    outside = tmp_path / "secret.mp4"
    outside.write_bytes(b"")
    videos = tmp_path / "videos"
    (videos / "walk").mkdir(parents=True)
    for name in ("example-1.mkv", "walk/example-2.mp4", "unnamed.mp4"):
        (videos / name).write_bytes(b"")
    (videos / "example-4.mp4").symlink_to(outside)
    names = {
        "example-2": "walk/example-2.mp4", "example-3": "../secret", "example-5": "a\0b",
        "example-6": str(outside),
    }  # fmt: skip
    truth, said = (t.assign(video=t["video"].astype(str).replace(names)) for t in (TRUTH, SAID))
    set_id = result_set.add("a", said, truth, SIXTY, videos=videos)
    asked = (*names.values(), "example-4", "unnamed.mp4")
    there = [name for name in asked if result_set.video_file(set_id, name)]
    assert there == ["walk/example-2.mp4"]
    assert result_set.video_file(set_id, "example-1") == videos.resolve() / "example-1.mkv"
    assert result_set.moments(set_id, "example-1")[:2].tolist() == [903.0, 904.0]
    result_set.add("a", said, truth, SIXTY, begins_at=900.0)
    assert result_set.add("a", said, truth, SIXTY) == set_id, "once more, and nothing told"
    assert result_set.video_file(set_id, "example-1") is not None
    assert result_set.begins_at(set_id) == 900.0
    bare = result_set.add("b", said, truth, SIXTY)
    assert result_set.video_file(bare, "example-1") is None
    for nothing in ("../a", "none"):
        assert result_set.video_file(nothing, "example-1") is None


def test_a_folder_without_the_videos_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LartError, match="is none"):
        result_set.add("a", SAID, TRUTH, SIXTY, videos=tmp_path / "nowhere")
    (tmp_path / "videos").mkdir()
    with pytest.raises(LartError, match=r"'example-1'.*none of the 8 is"):
        result_set.add("a", SAID, TRUTH, SIXTY, videos=tmp_path / "videos")
    assert result_set.sets() == []
