"""Where two models say different things of the same people, when nobody knows the truth."""

import numpy as np
import pandas as pd

from lart_core.ava_labels import ava_actions
from lart_core.runs.actions import Actions

MEANS = ["mean_a", "mean_b", "difference"]


def disagreements(a: Actions, b: Actions) -> pd.DataFrame:
    """One row a person and action that both models know, the largest difference first.

    Frames of which a model says nothing (0 of every action: it sees too little) do not count.

    Returns:
        Columns ``person``, ``action``, ``mean_a`` and ``mean_b`` (probabilities over the person's
        frames), ``difference`` (mean absolute difference a frame), ``frames`` (of how many both say
        something), ``frame`` (where they differ most), ``at_a`` and ``at_b`` (probabilities there).
    """
    shared = [ava_id for ava_id in a.ava_ids if ava_id in b.ava_ids]
    columns_a = [a.ava_ids.index(ava_id) for ava_id in shared]
    columns_b = [b.ava_ids.index(ava_id) for ava_id in shared]
    rows = []
    for track_id in sorted(set(a.people) & set(b.people)):
        one, other = a.people[track_id], b.people[track_id]
        frames, rows_a, rows_b = np.intersect1d(one.frame, other.frame, return_indices=True)
        told = one.probability[rows_a].any(axis=1) & other.probability[rows_b].any(axis=1)
        frames, rows_a, rows_b = frames[told], rows_a[told], rows_b[told]
        if not len(frames):
            continue
        said_a = one.probability[rows_a][:, columns_a]
        said_b = other.probability[rows_b][:, columns_b]
        apart = np.abs(said_a - said_b)
        for column, ava_id in enumerate(shared):
            most = int(apart[:, column].argmax())
            rows.append(
                {
                    "person": track_id,
                    "action": ava_actions()[ava_id].name,
                    "mean_a": float(said_a[:, column].mean()),
                    "mean_b": float(said_b[:, column].mean()),
                    "difference": float(apart[:, column].mean()),
                    "frames": len(frames),
                    "frame": int(frames[most]),
                    "at_a": float(said_a[most, column]),
                    "at_b": float(said_b[most, column]),
                }
            )
    names = ["person", "action", *MEANS, "frames", "frame", "at_a", "at_b"]
    table = pd.DataFrame(rows, columns=names)
    return table.sort_values("difference", ascending=False, kind="stable", ignore_index=True)


def by_action(table: pd.DataFrame) -> pd.DataFrame:
    """The means of `disagreements` over all frames of everybody: ``mean_a``, ``mean_b`` and
    ``difference`` of each ``action`` (the index), the largest difference first."""
    frames = table["frames"]
    sums = table[MEANS].mul(frames, axis=0).groupby(table["action"]).sum()
    means = sums.div(frames.groupby(table["action"]).sum(), axis=0)
    return means.sort_values("difference", ascending=False)
