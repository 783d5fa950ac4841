"""A moment that several models tell of."""

import pandas as pd

from analysis.search.matches import COLUMNS, _told_once


def moments(*rows: tuple[str, float, float, list[int], float]) -> pd.DataFrame:
    """Of (model, first, last, people, score), the surest first."""
    return pd.DataFrame(
        [
            ("run", model, [model], first, last, first, people[0], people, "walk", score, False)
            for model, first, last, people, score in rows
        ],
        columns=COLUMNS,
    )


def test_the_surest_stands_and_names_who_tells_of_it_too() -> None:
    found = _told_once(moments(("a", 0, 2, [1], 0.9), ("b", 1, 4, [1], 0.7)))
    (row,) = found.itertuples()
    assert (row.model, row.models, row.first, row.last) == ("a", ["a", "b"], 0, 2)


def test_a_long_moment_of_one_model_swallows_none_of_another() -> None:
    sure = [("a", 0, 2, [1], 0.9), ("a", 10, 12, [1], 0.8), ("b", 0, 60, [1], 0.3)]
    found = _told_once(moments(*sure))
    assert found[["first", "last"]].to_numpy().tolist() == [[0, 2], [10, 12]]
    assert found["models"].tolist() == [["a", "b"], ["a"]]


def test_what_others_do_or_is_at_another_time_is_another_moment() -> None:
    apart = [("a", 0, 2, [1], 0.9), ("b", 0, 2, [2], 0.8), ("b", 2, 4, [1], 0.7)]
    assert len(_told_once(moments(*apart))) == 3
