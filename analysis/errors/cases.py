"""Failures one by one: ranked by what they cost, and each with all that was said and true."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.ava.boxes import boxes_of
from analysis.ava.label_map import LabelMap
from analysis.errors import events
from analysis.errors.costs import single_costs
from analysis.errors.keyframes import (
    SAME_PERSON,
    Box,
    Keyframe,
    Keyframes,
    box_of,
    follow,
    nearest,
    overlap,
)
from analysis.errors.verdicts import ERRORS, ON, Verdicts
from lart_core.errors import LartError

REACH = 10
"""Keyframes before and after a case that its chart shows."""


@dataclass(frozen=True)
class Case:
    """One failure.

    Attributes:
        id: ``p<row>`` for a prediction, ``g<row>`` for a ground-truth box.
        type: Of `ERRORS`.
        class_id, score, cost: As in the list; score is NaN for misses.
        box: Where it is.
        keyframe: Everything else at that moment.
        sentence: What happened, in words.
        around: One row a keyframe around it to which the person can be followed: timestamp, true
            (bool), score (the best said of a box on the person, NaN for none).
    """

    id: str
    type: str
    class_id: int
    score: float
    cost: float
    box: Box
    keyframe: Keyframe
    sentence: str
    around: pd.DataFrame


class Casebook:
    """Every failure of a judged set.

    Attributes:
        verdicts: What became of every box.
        keyframes: Look-up by video and time.
    """

    def __init__(self, verdicts: Verdicts) -> None:
        self.verdicts = verdicts
        self.keyframes = Keyframes(verdicts)

    @property
    def label_map(self) -> LabelMap:
        """The classes that count."""
        return self.verdicts.evaluation.label_map

    @cached_property
    def failures(self) -> pd.DataFrame:
        """One row a failure, costliest first: id, type (category), class_id, action (category),
        video (category), timestamp, score (NaN for misses), cost (mAP), row."""
        verdicts = self.verdicts
        evaluation = verdicts.evaluation
        of_prediction, of_truth = single_costs(verdicts)
        wrong = np.flatnonzero((verdicts.counted >= 0) & verdicts.of_scored)
        missed = np.flatnonzero(verdicts.truth >= 0)
        said = evaluation.matching.prediction[wrong]
        predictions = evaluation.predictions
        names = {i: self.label_map.name(i) for i in self.label_map.ids}
        parts = []
        for table, rows, code, cost, score in (
            (predictions, said, verdicts.counted[wrong], of_prediction[wrong], True),
            (evaluation.ground_truth, missed, verdicts.truth[missed], of_truth[missed], False),
        ):
            class_id = table["action_id"].to_numpy()[rows]
            parts.append(
                pd.DataFrame(
                    {
                        "type": code,
                        "class_id": class_id,
                        "video": table["video"].astype(str).to_numpy()[rows],
                        "timestamp": table["timestamp"].to_numpy()[rows],
                        "score": table["score"].to_numpy()[rows] if score else np.nan,
                        "cost": cost,
                        "row": rows,
                        "of_truth": not score,
                    }
                )
            )
        both = pd.concat(parts, ignore_index=True)
        order = np.lexsort((-both["score"].fillna(2.0), -both["cost"].to_numpy()))
        both = both.iloc[order].reset_index(drop=True)
        both["type"] = pd.Categorical.from_codes(both["type"], categories=list(ERRORS))
        both["video"] = both["video"].astype("category")
        both.insert(2, "action", both["class_id"].map(names).astype("category"))
        return both

    @cached_property
    def events(self) -> NDArray[np.int64]:
        """(N,) which event each of the `failures` belongs to (`analysis.errors.events`)."""
        return events.numbered(self.failures, self.boxes)

    @cached_property
    def boxes(self) -> NDArray[np.float64]:
        """(N, 4) the box of each of the `failures`."""
        evaluation = self.verdicts.evaluation
        rows, of_truth = self.failures["row"].to_numpy(), self.failures["of_truth"].to_numpy(bool)
        found = np.empty((len(rows), 4))
        found[of_truth] = boxes_of(evaluation.ground_truth, rows[of_truth])
        found[~of_truth] = boxes_of(evaluation.predictions, rows[~of_truth])
        return found

    def case(self, case_id: str) -> Case:
        """One failure by its id.

        Raises:
            LartError: There is no such failure.
        """
        evaluation = self.verdicts.evaluation
        found = self.failures[is_case(self.failures, case_id)]
        if found.empty:
            raise LartError(f"There is no failure {case_id[:20]!r} in this result set.")
        line = found.iloc[0]
        table = evaluation.ground_truth if line["of_truth"] else evaluation.predictions
        kind_of_error, class_id = str(line["type"]), int(line["class_id"])
        keyframe = self.keyframes.at(str(line["video"]), float(line["timestamp"]))
        box = box_of(boxes_of(table, np.array([line["row"]]))[0])
        return Case(
            case_id,
            kind_of_error,
            class_id,
            float(line["score"]),
            float(line["cost"]),
            box,
            keyframe,
            self._sentence(kind_of_error, class_id, float(line["score"]), box, keyframe),
            self._around(keyframe, box, class_id),
        )

    def neighbours(self, case: Case, reach: int) -> tuple[list[Keyframe], list[Box | None]]:
        """Up to `reach` keyframes before and after a case, in order, with the box in each that
        its person is followed to (None where the person is lost)."""
        moments = self.keyframes.moments(case.keyframe.video)
        here = int(np.searchsorted(moments, case.keyframe.timestamp))
        found: list[tuple[Keyframe, Box | None]] = [(case.keyframe, case.box)]
        for step in (-1, 1):
            followed: Box | None = case.box
            for at in range(here + step, here + step * (reach + 1), step):
                if 0 <= at < moments.size:
                    there = self.keyframes.at(case.keyframe.video, float(moments[at]))
                    followed = follow(there, followed)
                    found.append((there, followed))
        found.sort(key=lambda pair: pair[0].timestamp)
        return [moment for moment, _ in found], [box for _, box in found]

    def _sentence(
        self, kind: str, class_id: int, score: float, box: Box, keyframe: Keyframe
    ) -> str:
        name = self.label_map.name(class_id)
        best = nearest(keyframe.true, box)
        does = ", ".join(label.name for label in best.labels) if best else ""
        share = overlap(best.box, box) if best else 0.0
        if kind == "missed label":
            return f"This person does “{name}”, and no prediction that counts says so."
        if kind == "missed person":
            return f"This person does “{name}”, and no counted prediction is on this person."
        said = f"“{name}” was predicted with score {score:.4g}"
        return {
            "duplicate": f"{said} for a person who does it, but a better-scored prediction had "
            "already found that.",
            "poor localisation": f"{said}, and a person here does it, but the box is too far off: "
            "IoU is below 0.5.",
            "label and place wrong": f"{said}. The nearest person (IoU {share:.2f}, not on the "
            f"person) does: {does}.",
            "background": f"{said} where nobody is (best IoU with a person {share:.2f}).",
        }.get(kind, f"{said} for a person who does: {does} (IoU {share:.2f}).")

    def _around(self, keyframe: Keyframe, box: Box, class_id: int) -> pd.DataFrame:
        moments = self.keyframes.moments(keyframe.video)
        here = int(np.searchsorted(moments, keyframe.timestamp))
        rows = [self._moment(keyframe, box, class_id)]
        for step in (-1, 1):
            followed: Box | None = box
            for at in range(here + step, here + step * (REACH + 1), step):
                if not 0 <= at < moments.size or followed is None:
                    break
                if abs(moments[at] - keyframe.timestamp) > REACH:
                    break
                there = self.keyframes.at(keyframe.video, float(moments[at]))
                followed = follow(there, followed)
                if followed:
                    rows.append(self._moment(there, followed, class_id))
        return pd.DataFrame(rows).sort_values("timestamp", ignore_index=True)

    @staticmethod
    def _moment(keyframe: Keyframe, box: Box, class_id: int) -> dict[str, object]:
        true = nearest(keyframe.true, box)
        on = [p for p in keyframe.said if overlap(p.box, box) >= ON]
        scores = [x.score for p in on for x in p.labels if x.class_id == class_id]
        does = true.labels if true and overlap(true.box, box) >= SAME_PERSON else []
        return {
            "timestamp": keyframe.timestamp,
            "true": any(x.class_id == class_id for x in does),
            "score": max(scores, default=np.nan),
        }


def case_id(of_truth: bool, row: int) -> str:
    """The id under which a line of `Casebook.failures` is found."""
    return f"{'g' if of_truth else 'p'}{row}"


def is_case(failures: pd.DataFrame, id_: str) -> NDArray[np.bool_]:
    """(N,) which of some lines of `Casebook.failures` an id stands for; none where it is no id."""
    kind, digits = id_[:1], id_[1:]
    if kind not in ("p", "g") or not (digits.isascii() and digits.isdigit()):
        return np.zeros(len(failures), bool)
    same = (failures["row"] == int(digits)) & (failures["of_truth"] == (kind == "g"))
    return same.to_numpy()
