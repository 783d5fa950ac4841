"""A moment that several models tell of."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as some

from analysis.search.matches import COLUMNS, _Lane, _told_once


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


def by_the_definition(rows: list[tuple[str, float, float, list[int], float]]) -> dict[int, set]:
    """The numbers of the moments that stand, and who tells of each: every pair is looked at."""
    told: dict[int, set[str]] = {}
    for number, (model, first, last, people, _) in enumerate(rows):
        same = [
            one
            for one in told
            if first < rows[one][2] and rows[one][1] < last
            if model not in told[one] and {*people} & {*rows[one][3]}
        ]
        told.setdefault(same[0] if same else number, set()).add(model)
    return told


@given(
    some.lists(
        some.tuples(
            some.sampled_from("abc"),
            some.integers(0, 12),
            some.integers(1, 6),
            some.lists(some.integers(1, 3), min_size=1, unique=True),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_the_quick_way_finds_what_every_pair_would(drawn) -> None:
    rows = [
        (model, first, first + length, people, 1 - number / 20)
        for number, (model, first, length, people) in enumerate(drawn)
    ]
    found, told = _told_once(moments(*rows)), by_the_definition(rows)
    assert found["score"].tolist() == [rows[one][4] for one in told]
    assert found["models"].tolist() == [sorted(models) for models in told.values()]


def test_other_times_are_not_looked_at(monkeypatch) -> None:
    """Two models that tell of 500 moments each: every moment is compared with one other."""
    compared = []
    look = _Lane.at_a_time_of

    def counted(lane: _Lane, first: float, last: float) -> list[int]:
        compared.extend(found := list(look(lane, first, last)))
        return found

    monkeypatch.setattr(_Lane, "at_a_time_of", counted)
    order = np.random.default_rng(0).permutation(1000)
    rows = [("ab"[n % 2], n // 2 * 2.0, n // 2 * 2.0 + 0.5, [1], 0.5) for n in order.tolist()]
    assert len(_told_once(moments(*rows))) == 500
    assert len(compared) == 1000
