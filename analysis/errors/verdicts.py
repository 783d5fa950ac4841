"""A verdict on every prediction and on every ground-truth box, with a type for every error.

As mAP does, the verdicts judge every prediction that counts, whatever its score. A ground-truth
person is a box of a keyframe with all its labels, also those that are not scored. With IoU at
least `ON` a prediction is *on* a person, with IoU at least `NEAR` it is *near*. The definitions,
with a drawn example, are in docs/ava_evaluation.md; the idea of types whose removal is measured
is TIDE's (Bolya et al., ECCV 2020), the types are made for people with several labels each.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.ava.boxes import boxes_of, greatest_overlap
from analysis.ava.csv_file import BOX, NO_ACTION
from analysis.ava.evaluator import Evaluation
from analysis.ava.label_map import GROUPS, OTHER_GROUP
from analysis.ava.matching import IOU_THRESHOLD, OUTCOMES

ON = IOU_THRESHOLD
NEAR = 0.1

FALSE_ALARMS = (
    "pose confusion",
    "confusion within a group",
    "confusion across groups",
    "duplicate",
    "poor localisation",
    "label and place wrong",
    "background",
)
MISSES = ("missed label", "missed person")
ERRORS = FALSE_ALARMS + MISSES
(POSE, WITHIN, ACROSS, DUPLICATE, LOCALISATION, BOTH, BACKGROUND, MISSED_LABEL, MISSED_PERSON) = (
    range(len(ERRORS))
)
CORRECT, NOT_COUNTED = -1, -2
"""Codes of what is no error: a right prediction or found ground truth, and what mAP ignores."""

Ints = NDArray[np.int64]
Codes = NDArray[np.int8]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Verdicts:
    """What became of every box.

    Attributes:
        evaluation: What was judged.
        counted: (N,) code of each prediction in `evaluation.matching`: `CORRECT` or an index into
            `ERRORS`.
        truth: (ground-truth rows,) code of each ground-truth box: `CORRECT` (found), an index
            into `ERRORS`, or `NOT_COUNTED`.
        finder: (ground-truth rows,) row of the prediction that found it, -1 for none.
        person: (ground-truth rows,) number of the person, -1 in rows without a box.
        on_person: (N,) the person that each prediction overlaps most, -1 for none.
        person_iou: (N,) IoU with that person, 0 for none.
    """

    evaluation: Evaluation
    counted: Codes
    truth: Codes
    finder: Ints
    person: Ints
    on_person: Ints
    person_iou: Floats

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """The table of predictions with columns verdict (category), ground_truth (row of the
        same-class box it overlaps most, -1 for none), iou, person, person_iou."""
        matching = self.evaluation.matching
        names = ("correct", *ERRORS, *(o for o in OUTCOMES[1:]))
        code = matching.outcome.astype(np.int8) + len(ERRORS)
        code[matching.prediction] = self.counted + 1
        table = self.evaluation.predictions.assign(
            verdict=pd.Categorical.from_codes(code, categories=list(names))
        )
        for name, values, empty in (
            ("ground_truth", matching.ground_truth, -1),
            ("iou", matching.iou, 0.0),
            ("person", self.on_person, -1),
            ("person_iou", self.person_iou, 0.0),
        ):
            column = np.full(len(table), empty, values.dtype)
            column[matching.prediction] = values
            table[name] = column
        return table

    @cached_property
    def ground_truth(self) -> pd.DataFrame:
        """The table of ground truth with columns verdict (category), person, found_by (row of the
        prediction, -1 for none) and found_score (NaN for none)."""
        names = ("not counted", "found", *ERRORS)
        score = self.evaluation.predictions["score"].to_numpy()
        found = self.finder >= 0
        found_score = np.full(self.finder.size, np.nan)
        found_score[found] = score[self.finder[found]]
        return self.evaluation.ground_truth.assign(
            verdict=pd.Categorical.from_codes(self.truth + 2, categories=list(names)),
            person=self.person,
            found_by=self.finder,
            found_score=found_score,
        )

    @cached_property
    def of_scored(self) -> NDArray[np.bool_]:
        """(N,) whether each prediction in `evaluation.matching` is of a class that has ground
        truth: those of others spoil nothing that is measured."""
        return np.isin(self.evaluation.matching.class_id, self.evaluation.scored)

    def counts(self) -> dict[str, int]:
        """How many errors of each type; they sum to all false alarms and all misses of the classes
        that have ground truth."""
        both = np.concatenate([self.counted[self.of_scored], self.truth])
        return {name: int((both == code).sum()) for code, name in enumerate(ERRORS)}


def judge(evaluation: Evaluation) -> Verdicts:
    """Give every counted prediction and every scored ground-truth box its verdict."""
    matching, label_map = evaluation.matching, evaluation.label_map
    person = people(evaluation.ground_truth, matching.ground_truth_keyframe)
    first = first_rows(person)
    key = matching.ground_truth_keyframe[first]
    order = np.argsort(key, kind="stable")
    box = boxes_of(evaluation.predictions, matching.prediction)
    nearest, person_iou, _ = greatest_overlap(
        box,
        matching.prediction_keyframe[matching.prediction],
        boxes_of(evaluation.ground_truth, first[order]),
        key[order],
    )
    on_person = np.where(nearest >= 0, order[nearest] if order.size else -1, -1)

    groups = (*GROUPS, OTHER_GROUP)
    actions = evaluation.ground_truth["action_id"].to_numpy()
    largest = max(int(actions.max(initial=0)), label_map.ids[-1])
    group_of = np.array([groups.index(label_map.group(i)) for i in range(largest + 1)], np.int64)
    does = np.zeros((first.size + 1, len(groups)), bool)
    has_box = person >= 0
    does[person[has_box], group_of[actions[has_box]]] = True

    group = group_of[matching.class_id]
    same_group = does[on_person, group]
    on = person_iou >= ON
    counted = np.select(
        [
            matching.correct,
            matching.iou >= ON,
            on & same_group & (group == 0),
            on & same_group,
            on,
            matching.iou >= NEAR,
            person_iou >= NEAR,
        ],
        [CORRECT, DUPLICATE, POSE, WITHIN, ACROSS, LOCALISATION, BOTH],
        BACKGROUND,
    ).astype(np.int8)

    finder = np.full(actions.size, -1, np.int64)
    finder[matching.ground_truth[matching.correct]] = matching.prediction[matching.correct]
    found_person = _found_people(evaluation, first, box, key)
    truth = np.where(found_person[person], MISSED_LABEL, MISSED_PERSON)
    truth = np.where(finder >= 0, CORRECT, truth)
    truth = np.where(matching.scored, truth, NOT_COUNTED).astype(np.int8)
    return Verdicts(evaluation, counted, truth, finder, person, on_person, person_iou)


def people(ground_truth: pd.DataFrame, keyframe: Ints) -> Ints:
    """Number of the person of each row: equal boxes of a keyframe are one person.

    Args:
        ground_truth: n rows.
        keyframe: (n,) keyframe numbers.

    Returns:
        (n,) numbers from 0 in order of first appearance, -1 in rows without a box.
    """
    columns = pd.DataFrame({c: ground_truth[c].to_numpy() for c in BOX}).assign(keyframe=keyframe)
    has_box = ground_truth["action_id"].to_numpy() != NO_ACTION
    number = columns[has_box].groupby([*BOX, "keyframe"], sort=False).ngroup().to_numpy()
    person = np.full(len(ground_truth), -1, np.int64)
    person[has_box] = number
    return person


def first_rows(person: Ints) -> Ints:
    """Row in which each person appears first."""
    numbers, rows = np.unique(person, return_index=True)
    return rows[numbers >= 0]


def _found_people(evaluation: Evaluation, first: Ints, box: Floats, key: Ints) -> NDArray[np.bool_]:
    """(people + 1,) whether any counted prediction, of whatever label, is on the person; the last
    entry stands for no person."""
    frames = evaluation.matching.prediction_keyframe[evaluation.matching.prediction]
    order = np.argsort(frames, kind="stable")
    _, overlap, _ = greatest_overlap(
        boxes_of(evaluation.ground_truth, first), key, box[order], frames[order]
    )
    return np.r_[overlap >= ON, False]
