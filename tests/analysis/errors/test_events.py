"""Failures as events."""

import numpy as np
import pandas as pd

from analysis.errors import events

LEFT, RIGHT = (0.1, 0.1, 0.3, 0.9), (0.6, 0.1, 0.8, 0.9)


def failures(*rows: tuple[str, int, str, float, tuple[float, ...], float]):
    """type, class, video, second, box, cost -> table and boxes, the costliest first."""
    rows = tuple(sorted(rows, key=lambda row: -row[5]))
    table = pd.DataFrame(
        [(t, c, str(c), v, s, cost, 0.5) for t, c, v, s, _, cost in rows],
        columns=["type", "class_id", "action", "video", "timestamp", "cost", "score"],
    )
    return table, np.array([row[4] for row in rows])


def test_errors_about_one_person_in_a_row_are_one_event() -> None:
    table, boxes = failures(
        *[("missed", 1, "a", 900.0 + i, LEFT, 0.1 + i / 100) for i in range(4)],
        *[("missed", 1, "a", 900.0 + i, RIGHT, 0.05) for i in range(2)],
        ("missed", 1, "a", 910.0, LEFT, 0.2),
        ("missed", 2, "a", 901.0, LEFT, 0.3),
        ("missed", 1, "b", 901.0, LEFT, 0.01),
        ("other", 1, "a", 901.0, LEFT, 0.02),
    )
    found = events.table(table, events.numbered(table, boxes))
    assert found["errors"].tolist() == [4, 1, 1, 2, 1, 1]
    swimmer = found.iloc[0]
    assert (swimmer["first"], swimmer["last"]) == (900.0, 903.0)
    assert np.isclose(swimmer["cost"], 0.1 + 0.11 + 0.12 + 0.13)
    assert table["timestamp"].iloc[swimmer["lead"]] == 903.0
    assert np.isclose(found["cost"].sum(), table["cost"].sum())


def test_a_person_who_moves_is_followed_and_two_at_one_moment_are_two() -> None:
    boxes = [(0.1 + 0.05 * i, 0.1, 0.3 + 0.05 * i, 0.9) for i in range(5)]
    table, array = failures(*[("m", 1, "a", float(i), box, 0.1) for i, box in enumerate(boxes)])
    assert len(set(events.numbered(table, array))) == 1
    table, array = failures(("m", 1, "a", 1.0, LEFT, 0.1), ("m", 1, "a", 1.0, LEFT, 0.1))
    assert len(set(events.numbered(table, array))) == 2


def test_nothing_is_no_event() -> None:
    table, _ = failures()
    assert len(events.table(table, events.numbered(table, np.zeros((0, 4))))) == 0
