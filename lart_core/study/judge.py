"""How good a model is on held-out people: top-1 of clips, average precision, calibration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from lart_core.inference import over_windows
from lart_core.model import Checkpoint
from lart_core.study.corpus import Corpus
from lart_core.study.labels import POSITIVE, UNSURE, meaning
from lart_core.study.samples import inputs
from lart_core.study.view import Poses

CROSS_SUBJECT = ("nw_ucla", "utd_mhad", "utkinect")
"""Sources of the cross-subject protocol: one main label a clip, 17 of them."""

BINS = 15


@dataclass(frozen=True)
class Judged:
    """What a model says of M tracklets, beside what is true.

    Attributes:
        ava_ids: The model's C actions.
        rows: (M,) tracklets of the corpus.
        probability: M arrays (T, C), a row for each frame.
        target: M arrays (T, C) int8: 1 does, 0 does not, -1 not known.
    """

    ava_ids: tuple[int, ...]
    rows: NDArray[np.int64]
    probability: list[NDArray[np.float32]]
    target: list[NDArray[np.int8]]


def judge(checkpoint: Checkpoint, corpus: Corpus, rows: Sequence[int]) -> Judged:
    """Show tracklets to a model, as `lart_core.inference` does."""
    model = checkpoint.model.eval()
    mean, std = torch.from_numpy(checkpoint.mean), torch.from_numpy(checkpoint.std)
    columns = torch.tensor(checkpoint.ava_ids) - 1
    tracks, targets = [], []
    for row in rows:
        span = slice(corpus.start[row], corpus.start[row] + corpus.length[row])
        poses = Poses(*(getattr(corpus.poses, n)[:, span] for n in Poses.__dataclass_fields__))
        batch = inputs(poses, model.config, mean, std)
        tracks.append({name: value[0, :, 0].numpy() for name, value in batch.items()})
        targets.append(corpus.target[span][:, columns].numpy())
    said = over_windows(
        lambda batch: model.action_head(model.encode(batch)[:, :, 0]).sigmoid(),
        tracks,
        model.config.frames,
    )
    return Judged(checkpoint.ava_ids, np.asarray(rows), said, targets)


def top1(judged: Judged, corpus: Corpus) -> Mapping[str, tuple[int, int]]:
    """Source -> how many clips are named right, of how many.

    A clip counts if its label has a main action; the answer is the main action of the protocol
    with the highest mean probability over the clip's frames.
    """
    main = [meaning(corpus.source[r], corpus.label[r]).main for r in judged.rows]
    candidates = sorted({m for m in main if m in judged.ava_ids})
    columns = [judged.ava_ids.index(m) for m in candidates]
    counts: dict[str, tuple[int, int]] = {}
    for row, truth, said in zip(judged.rows, main, judged.probability, strict=True):
        if truth is not None:
            answer = candidates[int(said[:, columns].mean(axis=0).argmax())]
            right, total = counts.get(corpus.source[row], (0, 0))
            counts[corpus.source[row]] = (right + (answer == truth), total + 1)
    return counts


def average_precisions(judged: Judged) -> dict[int, tuple[float, int]]:
    """AVA id -> average precision over all frames that are labelled, and the positive frames.

    Actions without a positive frame are left out.
    """
    probability, target = np.concatenate(judged.probability), np.concatenate(judged.target)
    found = {}
    for column, ava_id in enumerate(judged.ava_ids):
        known = target[:, column] != UNSURE
        truth = target[known, column] == POSITIVE
        if truth.any():
            order = np.argsort(-probability[known, column], kind="stable")
            hits = truth[order]
            precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
            found[ava_id] = (float(precision[hits].mean()), int(hits.sum()))
    return found


def expected_calibration_error(judged: Judged) -> float:
    """Mean gap between probability and frequency, in 15 bins over all frames and actions."""
    probability, target = np.concatenate(judged.probability), np.concatenate(judged.target)
    known = target != UNSURE
    said, truth = probability[known], target[known] == POSITIVE
    bins = np.minimum((said * BINS).astype(int), BINS - 1)
    count = np.bincount(bins, minlength=BINS)
    gap = np.bincount(bins, said, BINS) - np.bincount(bins, truth, BINS)
    return float(np.abs(gap).sum() / max(count.sum(), 1))
