"""The people and moments on which two sets of predictions differ, and what each is worth.

AP is a sum over true labels: each one that is found adds the precision (made non-increasing) at
the score with which it was found, over the number of labels of its class. So a difference of two
sets' mAP is exactly the sum of what each true label gained or lost.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.ava.csv_file import BOX
from analysis.ava.evaluator import Evaluation, envelope, precision_recall
from analysis.errors.comparison import comparable
from analysis.errors.verdicts import Verdicts

Floats = NDArray[np.float64]

LEAST = 1e-9
"""A smaller change of mAP is none."""


def worth(evaluation: Evaluation) -> Floats:
    """(ground-truth rows,) the share of mAP that each true label brings; they add up to mAP."""
    share = np.zeros(len(evaluation.ground_truth))
    for class_id in evaluation.scored:
        positives = evaluation.positives[class_id]
        index = evaluation.ranked(class_id)
        correct = evaluation.matching.correct[index]
        precision, _ = precision_recall(correct, positives)
        found = evaluation.matching.ground_truth[index[correct]]
        share[found] = envelope(precision)[correct] / (positives * len(evaluation.scored))
    return share


def changes(a: Verdicts, b: Verdicts) -> pd.DataFrame:
    """Ground-truth labels that are worth more or less in B than in A.

    Returns:
        One row a label, the largest change first: row (in the ground truth), video, timestamp, x1,
        y1, x2, y2, class_id, action, a and b (the score with which each found it, NaN if it did
        not), difference (mAP, B minus A; over all rows it adds up to the difference of mAP).

    Raises:
        LartError: They were judged against different ground truth or classes.
    """
    comparable(a, b)
    truth = a.evaluation.ground_truth
    difference = worth(b.evaluation) - worth(a.evaluation)
    table = pd.DataFrame(
        {
            "row": np.arange(len(truth)),
            "video": truth["video"].astype(str).to_numpy(),
            "timestamp": truth["timestamp"].to_numpy(),
            **{side: truth[side].to_numpy() for side in BOX},
            "class_id": truth["action_id"].to_numpy(),
            "action": [a.evaluation.label_map.name(i) for i in truth["action_id"].tolist()],
            "a": a.ground_truth["found_score"].to_numpy(),
            "b": b.ground_truth["found_score"].to_numpy(),
            "difference": difference,
        }
    )
    table = table[np.abs(difference) > LEAST]
    return table.sort_values(
        "difference", key=np.abs, ascending=False, kind="stable", ignore_index=True
    )
