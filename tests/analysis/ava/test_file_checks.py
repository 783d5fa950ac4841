"""Mistakes that files of results often hold are each recognised and said."""

import numpy as np
import pandas as pd
import pytest

from analysis import ava_label_map
from analysis.ava import example, meeting_checks
from analysis.ava.csv_file import BOX
from analysis.ava.file_checks import recognise

SIXTY = ava_label_map(60)
TRUTH = example.made_up_truth()
SAID = example.made_up_predictions(TRUTH, example.MODELS[0])


def kinds(truth: pd.DataFrame, said: pd.DataFrame) -> list[tuple[str, bool]]:
    return [(finding.kind, finding.fatal) for finding in recognise(truth, said, SIXTY)]


def test_nothing_is_said_of_good_files() -> None:
    assert kinds(TRUTH, SAID) == []


def test_swapped() -> None:
    swapped = TRUTH.drop(columns="person_id").assign(score=TRUTH["person_id"].astype(float))
    assert ("whole scores", True) in kinds(SAID.drop(columns="score"), swapped)
    bare = TRUTH.drop(columns="person_id").assign(score=1.0)
    assert ("no scores", False) in kinds(SAID.drop(columns="score"), bare)


@pytest.mark.parametrize(("part", "fatal"), [(1.0, True), (0.3, False)])
def test_unknown_videos(part: float, fatal: bool) -> None:
    names = SAID["video"].astype(str)
    odd = np.arange(len(SAID)) < part * len(SAID)
    assert ("unknown videos", fatal) in kinds(TRUTH, SAID.assign(video=names.mask(odd, "film")))


def test_boxes_in_pixels() -> None:
    pixels = SAID.copy()
    pixels[BOX] *= 640
    assert kinds(TRUTH, pixels) == [("boxes in pixels", True)]
    both = TRUTH.copy()
    both[BOX] *= 640
    assert kinds(both, pixels) == [("boxes in pixels", False)]


def test_scores_outside() -> None:
    logits = SAID.assign(score=np.log(SAID["score"] / (1.0001 - SAID["score"])))
    assert kinds(TRUTH, logits) == [("scores outside 0..1", False)]


def test_wrong_label_maps() -> None:
    assert ("wrong label map", True) in kinds(TRUTH, SAID.assign(action_id=np.int32(400)))
    assert ("classes from 0", False) in kinds(TRUTH, SAID.assign(action_id=SAID["action_id"] % 12))
    shifted = SAID[SAID["score"] > 0.5]
    shifted = shifted.assign(action_id=shifted["action_id"] + 1)
    assert ("shifted classes", False) in kinds(TRUTH, shifted)


def test_frame_numbers_for_seconds() -> None:
    frames = SAID.assign(timestamp=30.0 * SAID["timestamp"])
    assert kinds(TRUTH, frames) == [("other keyframes", False)]
    (finding,) = recognise(TRUTH, frames, SIXTY)
    assert "None of the predictions'" in finding.text and "frame numbers" in finding.text
    assert f"against {TRUTH['timestamp'].min():g}.." in finding.text


def test_few_keyframes_in_common() -> None:
    late = SAID["timestamp"] > SAID["timestamp"].quantile(0.2)
    moved = SAID.assign(timestamp=SAID["timestamp"] + 0.5 * late)
    (finding,) = recognise(TRUTH, moved, SIXTY)
    assert finding.kind == "other keyframes" and finding.text.startswith("Only ")


def test_keyframes_that_a_moment_parts() -> None:
    seconds = np.sort(SAID["timestamp"].unique())
    few = SAID["timestamp"].isin(seconds[[0, 4, len(seconds) - 1]])
    moved = SAID.assign(timestamp=SAID["timestamp"] - 0.015 * few)
    assert kinds(TRUTH, moved) == [("keyframes beside each other", False)]
    (finding,) = recognise(TRUTH, moved, SIXTY)
    keys = SAID.loc[few, ["video", "timestamp"]].drop_duplicates()
    assert finding.text.startswith(f"{len(keys):,} of the ground truth's")
    assert kinds(TRUTH, SAID[~few]) == [], "nobody was found there"


@pytest.mark.parametrize("order", meeting_checks.ORDERS)
def test_boxes_in_another_order(order: str) -> None:
    back = {
        "x y w h": lambda b: np.c_[b[:, :2], b[:, 2:] - b[:, :2]],
        "y1 x1 y2 x2": lambda b: b[:, [1, 0, 3, 2]],
        "x1 x2 y1 y2": lambda b: b[:, [0, 2, 1, 3]],
        "centre x, centre y, w, h": lambda b: np.c_[(b[:, :2] + b[:, 2:]) / 2, b[:, 2:] - b[:, :2]],
    }[order]
    wrong = SAID.copy()
    wrong[BOX] = back(SAID[BOX].to_numpy())
    found = [finding.text for finding in recognise(TRUTH, wrong, SIXTY)]
    assert any(f"as {order}: is one file in another order?" in text for text in found), found


def test_boxes_inside_out() -> None:
    turned = SAID.copy()
    rows = np.arange(len(SAID)) % 4 == 0
    turned.loc[rows, ["x1", "x2"]] = SAID.loc[rows, ["x2", "x1"]].to_numpy()
    assert kinds(TRUTH, turned) == [("boxes inside out", False)]


def test_its_own_truth() -> None:
    own = TRUTH.drop(columns="person_id")
    own = own.assign(score=np.linspace(0.1, 0.9, len(own))).sample(frac=1, random_state=0)
    assert kinds(TRUTH, own) == [("its own truth", False)]
