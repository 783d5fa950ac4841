"""What errors cost: the mAP that would be won without them.

*Without* means: a false alarm was not raised; a poorly placed box sits on its person (and counts
if no other prediction finds that label there); a miss was found with the best score of its class.
So every price is the most that could be won, and without all errors mAP is 1.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.ava.evaluator import Evaluation, area_under, envelope
from analysis.errors.verdicts import CORRECT, ERRORS, LOCALISATION, MISSES, Verdicts

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


def type_costs(verdicts: Verdicts) -> pd.DataFrame:
    """Price of each error type in each class.

    Returns:
        One row a type and class with ground truth: type, class_id, count, delta_ap (AP won in
        that class if that type of error vanished).
    """
    evaluation = verdicts.evaluation
    rows = []
    actions = evaluation.ground_truth["action_id"].to_numpy()
    for class_id, index, correct in _classes(evaluation):
        kinds = verdicts.counted[index]
        missed = verdicts.truth[actions == class_id]
        positives = evaluation.positives[class_id]
        movable = kinds == LOCALISATION
        movable[movable] = _first_on_free(verdicts, index[movable])
        for code, name in enumerate(ERRORS):
            if name in MISSES:
                count = int((missed == code).sum())
                repaired = np.r_[np.ones(count, bool), correct]
            else:
                wrong = kinds == code
                count = int(wrong.sum())
                fixed = movable if code == LOCALISATION else np.zeros_like(wrong)
                repaired = (correct | fixed)[~wrong | fixed]
            won = area_under(repaired, positives) - evaluation.ap[class_id] if count else 0.0
            rows.append((name, class_id, count, won))
    return pd.DataFrame(rows, columns=["type", "class_id", "count", "delta_ap"])


def summary(verdicts: Verdicts, costs: pd.DataFrame) -> pd.DataFrame:
    """One row a type: type, count (of all scored classes), delta_map, worst_class (class id that
    would win most, 0 for none)."""
    classes = max(costs["class_id"].nunique(), 1)
    grouped = costs.groupby("type", sort=False)["delta_ap"]
    counts = verdicts.counts()
    table = pd.DataFrame({"type": ERRORS, "count": [counts[e] for e in ERRORS]})
    table["delta_map"] = table["type"].map(grouped.sum() / classes).fillna(0.0)
    worst = costs.loc[grouped.idxmax()].set_index("type") if len(costs) else costs
    table["worst_class"] = [
        int(worst["class_id"].get(e, 0)) if worst["delta_ap"].get(e, 0) > 0 else 0 for e in ERRORS
    ]
    return table


def single_costs(verdicts: Verdicts) -> tuple[Floats, Floats]:
    """Exact price of every single error.

    Returns:
        (N,) mAP won if only this prediction were repaired, 0 where it is no error; (ground-truth
        rows,) mAP won if only this box were found, 0 where it was.
    """
    evaluation = verdicts.evaluation
    of_prediction = np.zeros(verdicts.counted.size)
    of_truth = np.zeros(verdicts.truth.size)
    actions = evaluation.ground_truth["action_id"].to_numpy()
    for class_id, index, correct in _classes(evaluation):
        unit = evaluation.positives[class_id] * len(evaluation.scored)
        removed, moved, added = _gains(correct)
        kinds = verdicts.counted[index]
        free = np.zeros(index.size, bool)
        local = kinds == LOCALISATION
        free[local] = verdicts.finder[evaluation.matching.ground_truth[index[local]]] < 0
        gain = np.where(free, moved, removed)
        of_prediction[index] = np.where(kinds == CORRECT, 0.0, gain / unit)
        of_truth[(actions == class_id) & (verdicts.truth >= 0)] = added / unit
    return of_prediction, of_truth


def _classes(evaluation: Evaluation) -> list[tuple[int, Ints, Bools]]:
    """(class id, positions in the matching best first, correct) of classes with ground truth."""
    ranked = [(i, evaluation.ranked(i)) for i in evaluation.scored]
    return [(i, index, evaluation.matching.correct[index]) for i, index in ranked]


def _first_on_free(verdicts: Verdicts, index: Ints) -> Bools:
    """Of poorly placed boxes, best first: which would find a label that nobody else finds."""
    truth = verdicts.evaluation.matching.ground_truth[index]
    first = np.zeros(index.size, bool)
    first[np.unique(truth, return_index=True)[1]] = True
    return first & (verdicts.finder[truth] < 0)


def _gains(correct: Bools) -> tuple[Floats, Floats, float]:
    """AP times the number of positives that one repair would win.

    With t_i the i-th true positive at rank r_i (from 1), AP times positives is the sum over i of
    the envelope e_i = max over j >= i of j / r_j. One repair at rank k shifts the ranks or counts
    of all later true positives alike, so the later part of the new envelope is the same for every
    k and is computed once; of the earlier part only the stretch below its first value changes.

    Args:
        correct: (n,) whether each prediction is right, best first.

    Returns:
        (n,) gain if the prediction were not there; (n,) gain if it were right; gain if one more
        right prediction stood before all others. The first two mean nothing for right ones.
    """
    rank = np.flatnonzero(correct) + 1.0
    count = np.arange(1, rank.size + 1.0)
    before = envelope(count / rank)
    added = 1.0 + float(np.sum(envelope((count + 1) / (rank + 1)) - before))
    later = np.cumsum(correct, dtype=np.int64)
    without = envelope(count / np.maximum(rank - 1, 1))
    removed = _change(before, without, later, np.r_[without, 0.0][later])
    more = envelope((count + 1) / rank)
    own = np.maximum((later + 1) / np.arange(1, correct.size + 1), np.r_[more, 0.0][later])
    moved = _change(before, more, later, own) + own
    return removed, moved, added


def _change(envelope: Floats, after: Floats, later: Ints, floor: Floats) -> Floats:
    """Sum of new minus old envelope if true positives from `later` on take `after` and earlier
    ones rise to `floor` where they are below it."""
    tail = np.r_[np.cumsum((after - envelope)[::-1])[::-1], 0.0][later]
    total = np.r_[0.0, np.cumsum(envelope)]
    begin = np.minimum(np.searchsorted(-envelope, -floor, side="right"), later)
    return tail + floor * (later - begin) - (total[later] - total[begin])
