"""Two sets of predictions on the same ground truth: which differences are significant.

Paired bootstrap: the videos are drawn with replacement, the same draw for both sets, and every AP
is computed anew. Keyframes of one video resemble each other; videos are what is independent.
Intervals are percentiles; a class differs *really* if its difference stays significant at 5 %
after Benjamini and Hochberg's correction for looking at many classes.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import false_discovery_control

from analysis.ava.evaluator import Evaluation, envelope
from analysis.errors.verdicts import Verdicts
from lart_core.errors import LartError

Floats = NDArray[np.float64]

DRAWS = 1000
LEVEL = 0.05
FEWEST_VIDEOS = 5
"""What is found in fewer videos than this cannot be told apart by drawing videos."""


@dataclass(frozen=True)
class Comparison:
    """Differences B minus A.

    Attributes:
        overall: One row for mAP and one a group: name, videos, a, b, difference, low, high (95 %
            interval), p, significant (False where it is found in fewer than `FEWEST_VIDEOS`).
        classes: One row a class with ground truth: class_id, group, positives, and the columns of
            `overall`.
    """

    overall: pd.DataFrame
    classes: pd.DataFrame


def comparable(a: Verdicts, b: Verdicts) -> None:
    """Check that two judged sets can be compared.

    Raises:
        LartError: They were judged against different ground truth or classes.
    """
    if (
        not a.evaluation.ground_truth.equals(b.evaluation.ground_truth)
        or a.evaluation.positives != b.evaluation.positives
    ):
        raise LartError(
            "Expected two sets of predictions for the same ground truth and classes; these were "
            "judged against different ones."
        )


def compare(a: Verdicts, b: Verdicts, draws: int = DRAWS, seed: int = 0) -> Comparison:
    """Compare two judged sets.

    Raises:
        LartError: They were judged against different ground truth or classes.
    """
    comparable(a, b)
    drawn = draw_videos(a.evaluation, draws, seed)
    ap_a, ap_b = resampled_ap(a.evaluation, drawn), resampled_ap(b.evaluation, drawn)
    classes = _class_table(a.evaluation, b.evaluation, ap_a, ap_b)
    return Comparison(_overall(a.evaluation, b.evaluation, ap_a, ap_b), classes)


def draw_videos(evaluation: Evaluation, draws: int, seed: int) -> NDArray[np.float32]:
    """(videos, draws) how often each video is in each draw."""
    n = len(evaluation.ground_truth["video"].unique())
    chance = np.full(n, 1 / n)
    return np.random.default_rng(seed).multinomial(n, chance, draws).T.astype(np.float32)


def resampled_ap(evaluation: Evaluation, drawn: NDArray[np.float32]) -> Floats:
    """(scored classes, draws) AP; NaN where a draw holds no ground truth of the class.

    Only the ranks of true positives matter. How many predictions of each video stand above each
    is a matrix; times the draws it gives all ranks of all draws at once.
    """
    matching = evaluation.matching
    code, _ = pd.factorize(evaluation.ground_truth["video"])
    video_of_frame = np.zeros(int(matching.ground_truth_keyframe.max()) + 1, np.int64)
    video_of_frame[matching.ground_truth_keyframe] = code
    n_videos = drawn.shape[0]
    actions = evaluation.ground_truth["action_id"].to_numpy()
    result = []
    for class_id in evaluation.scored:
        index = evaluation.ranked(class_id)
        video = video_of_frame[matching.prediction_keyframe[matching.prediction[index]]]
        correct = matching.correct[index]
        truth = matching.scored & (actions == class_id)
        positives = np.bincount(code[truth], minlength=n_videos).astype(np.float32) @ drawn
        found = np.zeros(drawn.shape[1])
        hits = np.flatnonzero(correct)
        block = max(1, 20_000_000 // drawn.shape[1])
        above = np.zeros(n_videos, np.float32)
        envelope_parts = []
        right = np.zeros(n_videos, np.float32)
        begin = 0
        for part in np.split(hits, range(block, hits.size, block)):
            if not part.size:
                continue
            step = np.zeros((part.size, n_videos), np.float32)
            stretch = np.arange(begin, part[-1] + 1)
            np.add.at(step, (np.searchsorted(part, stretch), video[stretch]), 1)
            step[0] += above
            ranks = np.cumsum(step, axis=0)
            above, begin = ranks[-1].copy(), int(part[-1]) + 1
            step[:] = 0
            step[np.arange(part.size), video[part]] = 1
            step[0] += right
            counts = np.cumsum(step, axis=0)
            right = counts[-1].copy()
            rank, count = ranks @ drawn, counts @ drawn
            precision = np.divide(count, rank, out=np.zeros_like(rank), where=rank > 0)
            envelope_parts.append((part, precision))
        ceiling = np.zeros(drawn.shape[1], np.float32)
        for part, precision in reversed(envelope_parts):
            precision[-1] = np.maximum(precision[-1], ceiling)
            best = envelope(precision)
            ceiling = best[0].copy()
            found += np.einsum("ij,ij->j", best, drawn[video[part]], dtype=np.float64)
        with np.errstate(invalid="ignore", divide="ignore"):
            result.append(np.where(positives > 0, found / positives, np.nan))
    return np.array(result)


def _interval(difference: Floats) -> dict[str, float]:
    """Percentile interval and two-sided p of bootstrap differences."""
    known = difference[~np.isnan(difference)]
    if not known.size:
        return {"low": np.nan, "high": np.nan, "p": 1.0}
    low, high = np.quantile(known, [LEVEL / 2, 1 - LEVEL / 2])
    tail = min((known <= 0).sum(), (known >= 0).sum())
    return {"low": low, "high": high, "p": min(1.0, 2 * (tail + 1) / (known.size + 1))}


def _class_table(a: Evaluation, b: Evaluation, ap_a: Floats, ap_b: Floats) -> pd.DataFrame:
    scored = a.scored
    table = a.ground_truth.loc[a.matching.scored, ["video", "action_id"]]
    videos = table.groupby("action_id")["video"].nunique()
    rows = [
        {
            "class_id": i,
            "name": a.label_map.names[i],
            "group": a.label_map.group(i),
            "positives": a.positives[i],
            "videos": int(videos[i]),
            "a": a.ap[i],
            "b": b.ap[i],
            "difference": b.ap[i] - a.ap[i],
            **_interval(ap_b[k] - ap_a[k]),
        }
        for k, i in enumerate(scored)
    ]
    found = pd.DataFrame(rows)
    found["significant"] = false_discovery_control(found["p"]) < LEVEL
    found["significant"] &= enough(found["videos"])
    return found.sort_values("difference", ignore_index=True)


def _overall(a: Evaluation, b: Evaluation, ap_a: Floats, ap_b: Floats) -> pd.DataFrame:
    scored = np.array(a.scored)
    groups = np.array([a.label_map.group(i) for i in scored])
    table = a.ground_truth.loc[a.matching.scored, ["video", "action_id"]]
    first, second = a.by_group(), b.by_group()
    parts = [("mAP@0.5", np.ones(scored.size, bool), a.mean_ap, b.mean_ap)]
    parts += [(g, groups == g, first[g], second[g]) for g in first]
    rows = []
    for name, members, value_a, value_b in parts:
        means = [mean_known(ap[members]) for ap in (ap_a, ap_b)]
        own = table["action_id"].isin(scored[members])
        row = {"name": name, "videos": table.loc[own, "video"].nunique(), "a": value_a}
        row |= {"b": value_b, "difference": value_b - value_a}
        rows.append(row | _interval(means[1] - means[0]))
    found = pd.DataFrame(rows)
    found["significant"] = (found["p"] < LEVEL) & enough(found["videos"])
    return found


def enough(videos: "pd.Series[int]") -> "pd.Series[bool]":
    """Whether so many videos are enough to tell a difference by drawing them."""
    return videos >= FEWEST_VIDEOS


def mean_known(ap: Floats) -> Floats:
    """Mean over the classes that a draw has ground truth of."""
    known = ~np.isnan(ap)
    return np.where(known, ap, 0.0).sum(0) / np.maximum(known.sum(0), 1)
