"""Average precision: the official figures, a slow evaluator written here, and cases by hand."""

import heapq
import json
import math
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy._core._multiarray_umath import __cpu_features__

import analysis
from analysis.ava.evaluator import Evaluation, area_under
from analysis.ava.label_map import parse_label_map
from analysis.ava.matching import OUTCOMES
from benchmarks.evaluation_fuzz import has_boxes, random_case
from tests.analysis.tables import A, B, said, truth

SIXTY = analysis.ava_label_map(60)


SORTED_ALIKE = {"AVX512_SKX", "X86_V4"} & {name for name, has in __cpu_features__.items() if has}
"""Whether NumPy's unstable argsort takes the way here that it took for the official figures: their
file has many equal scores, whose order differs between processors, for both programmes alike."""


def bounds(evaluation: Evaluation) -> tuple[dict[int, float], dict[int, float]]:
    """Each class's least and greatest average precision over all orders of equal scores."""
    matching, ends = evaluation.matching, ({}, {})
    for class_id in evaluation.label_map.ids:
        rows = matching.class_id == class_id
        score, correct = matching.score[rows], matching.correct[rows]
        for end, first in zip(ends, (correct, ~correct), strict=True):
            order = np.lexsort((first, -score))
            end[class_id] = area_under(correct[order], evaluation.positives[class_id])
    return ends


def test_every_figure_of_the_official_evaluator(shared: Path) -> None:
    folder = shared / "data" / "ava"
    official = json.loads((folder / "predictions_boxgeom_val.official.json").read_text())["metrics"]
    label_map = analysis.read_label_map(folder / "ava_action_list_v2.2_for_activitynet_2019.pbtxt")
    evaluation = analysis.average_precision(
        analysis.read_ground_truth(folder / "ava_val_v2.1_pose14.csv"),
        analysis.read_predictions(folder / "predictions_boxgeom_val.csv.gz"),
        label_map,
    )
    found = evaluation.metrics()
    least, greatest = (replace(evaluation, ap=ap).metrics() for ap in bounds(evaluation))
    assert found.keys() == official.keys()
    for name, value in official.items():
        if value is None:
            assert math.isnan(found[name])
            continue
        assert least[name] - 1e-12 <= value <= greatest[name] + 1e-12
        assert least[name] - 1e-12 <= found[name] <= greatest[name] + 1e-12
        assert abs(found[name] - value) < (1e-12 if SORTED_ALIKE else 1e-4)


def plain_verdicts(
    ground_truth: pd.DataFrame, predictions: pd.DataFrame, classes: list[int], left_out: set
) -> dict[int, list[tuple[float, bool]]]:
    """The rules once more, box by box: class -> (score, right) in the order of collection."""

    def frames(table: pd.DataFrame, weight: str, most: int | None) -> dict:
        heaps: dict = defaultdict(list)
        for row in table.itertuples():
            key = (row.video, row.timestamp)
            if row.action_id not in classes or key in left_out:
                continue
            entry = (getattr(row, weight, 1.0), row.action_id, row.y1, row.x1, row.y2, row.x2)
            if most is None or len(heaps[key]) < most:
                heapq.heappush(heaps[key], entry)
            elif entry[0] > heaps[key][0][0]:
                heapq.heapreplace(heaps[key], entry)
        return {key: sorted(heap, key=lambda e: -e[0]) for key, heap in heaps.items()}

    def overlap(a: tuple, b: tuple) -> float:
        h = max(0.0, min(a[4], b[4]) - max(a[2], b[2]))
        w = max(0.0, min(a[5], b[5]) - max(a[3], b[3]))
        size = [(e[4] - e[2]) * (e[5] - e[3]) for e in (a, b)]
        return h * w / (size[0] + size[1] - h * w)

    known = set(zip(ground_truth["video"], ground_truth["timestamp"], strict=True))
    true = frames(ground_truth, "person_id", None)
    collected = defaultdict(list)
    for key, entries in frames(predictions, "score", 50).items():
        if key not in known:
            continue
        taken = set()
        for entry in entries:
            if entry[2] >= entry[4] or entry[3] >= entry[5]:
                continue
            rivals = [(i, t) for i, t in enumerate(true.get(key, [])) if t[1] == entry[1]]
            shares = [overlap(entry, t) for _, t in rivals]
            best = rivals[int(np.argmax(shares))][0] if shares else None
            right = bool(shares) and max(shares) >= 0.5 and best not in taken
            if right:
                taken.add(best)
            collected[entry[1]].append((entry[0], right))
    return collected


@pytest.mark.parametrize("seed", range(60))
def test_against_a_slow_evaluator(seed: int) -> None:
    case = random_case(seed)
    if not has_boxes(case):
        pytest.skip("this case has no boxes")
    ground_truth = analysis.read_ground_truth(case["ground_truth"].encode())
    predictions = analysis.read_predictions(case["predictions"].encode())
    excluded = analysis.read_exclusions(case["exclusions"].encode())
    labels = parse_label_map(case["labels"])
    found = analysis.average_precision(ground_truth, predictions, labels, excluded)
    left_out = set(zip(excluded["video"], excluded["timestamp"], strict=True))
    expected = plain_verdicts(ground_truth, predictions, labels.ids, left_out)
    matching = found.matching
    for class_id in labels.ids:
        part = found.members(class_id)
        pairs = zip(matching.score[part].tolist(), matching.correct[part].tolist(), strict=True)
        assert list(pairs) == expected[class_id]


def test_by_hand() -> None:
    found = analysis.average_precision(
        truth(("v", 1, A, 12), ("v", 1, B, 12), ("v", 2, A, 11)),
        said(("v", 1, A, 12, 0.9), ("v", 1, A, 12, 0.8), ("v", 1, B, 12, 0.7), ("v", 2, A, 11, 1)),
        SIXTY,
    )
    assert found.ap[12] == pytest.approx(0.5 + 0.5 * 2 / 3)
    assert found.ap[11] == 1.0
    assert math.isnan(found.ap[80])
    assert found.mean_ap == pytest.approx((1 + 0.5 + 1 / 3) / 2)
    assert found.by_group() == {"person movement": found.mean_ap}


def outcomes(found: Evaluation) -> list[str]:
    return [OUTCOMES[i] for i in found.matching.outcome]


def test_what_does_not_count_and_why() -> None:
    crowd = [("v", 1, A, 12, 0.5 + i / 1000) for i in range(50)]
    found = analysis.average_precision(
        truth(("v", 1, A, 12), ("v", 2, A, 12), ("v", 3, A, 12)),
        said(
            ("v", 1, A, 12, 0.1),
            *crowd,
            ("v", 2, A, 2, 0.9),
            ("v", 2, (0.5, 0.1, 0.5, 0.9), 12, 0.9),
            ("w", 1, A, 12, 0.9),
            ("v", 3, A, 12, 0.9),
        ),
        SIXTY,
        pd.DataFrame({"video": ["v"], "timestamp": [3.0]}),
    )
    assert outcomes(found) == [
        "beyond the 50 best",
        *["counted"] * 50,
        "class not scored",
        "inside-out box",
        "keyframe without ground truth",
        "excluded keyframe",
    ]
    assert found.positives[12] == 2


def test_without_predictions_ap_is_zero_and_without_ground_truth_nothing() -> None:
    nobody = said(("v", 1, A, 2, 0.5))
    assert analysis.average_precision(truth(("v", 1, A, 12)), nobody, SIXTY).mean_ap == 0.0
    assert math.isnan(analysis.average_precision(truth(("v", 1, A, 2)), nobody, SIXTY).mean_ap)


def test_curve_is_what_the_area_is_taken_of() -> None:
    rng = np.random.default_rng(0)
    correct = rng.random(200) < 0.3
    positives = int(correct.sum()) + 7
    precision, recall = np.cumsum(correct) / np.arange(1, 201), np.cumsum(correct) / positives
    by_hand = sum(precision[recall >= recall[i]].max() for i in np.flatnonzero(correct))
    assert area_under(correct, positives) == pytest.approx(by_hand / positives)
