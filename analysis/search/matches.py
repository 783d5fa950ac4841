"""What a search finds: moments of runs, the surest first."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import pandas as pd

from analysis.search.content import STEPS, THOUSAND
from analysis.search.grammar import ALL, Doing, Query, folded
from analysis.search.index import Index
from lart_core.errors import LartError

GAP = 1.0
"""Seconds: moments that are no further apart are one."""
COLUMNS = [
    "run", "model", "models", "first", "last", "at", "person", "people", "action", "score",
    "corrected",
]  # fmt: skip


@dataclass(frozen=True)
class Mark:
    """What somebody tagged or noted of a run, of a person in it, or of a stretch of time.

    Attributes:
        run: Id. person: Track id, or None for the whole video.
        first, last: Seconds, or None for all of the time.
        tags, note: What was said.
    """

    run: str
    person: int | None = None
    first: float | None = None
    last: float | None = None
    tags: tuple[str, ...] = ()
    note: str = ""


def find(
    index: Index,
    query: Query,
    marks: Sequence[Mark] = (),
    names: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Look for moments.

    Args:
        index: Fresh (`Index.refresh`).
        marks: What people tagged and noted.
        names: Run -> what it is called, beside its file's name.

    Returns:
        One row a moment, the surest first: ``run`` (id), ``model`` (the surest; "" where neither
        an action nor a model is asked for), ``models`` (all that tell of it), ``first`` and
        ``last`` and the surest point ``at`` in seconds, ``person`` (track id of whom it is about
        there: the one who is asked for; 0 where ``people`` is empty), ``people`` (of everyone),
        ``action`` (in words), ``score`` (the highest probability of that person for what is asked
        for first, NaN where no action is), ``corrected`` (whether somebody said so, in place of
        the model).

    Raises:
        LartError: No video is called so, or none has such a model or person.
    """
    wanted = _runs(index, query, names or {})
    _check(index, query, wanted)
    marked = _marked(query, marks)
    if marked is not None:
        marked = [mark for mark in marked if mark.run in wanted]
        wanted = {run: key for run, key in wanted.items() if run in {m.run for m in marked}}
        if not query.about_time:
            return _as_moments(index, query, marked, wanted)
    return _narrowed(_moments_of(index, query, list(wanted.values())), marked)


def _moments_of(index: Index, query: Query, wanted: list[int]) -> pd.DataFrame:
    """The moments of the runs of these keys."""
    asked = [doing for doing in query.doing if doing.count != 0]
    said = [_said(index, doing, query, wanted) for doing in asked]
    crowd = _crowd(index, wanted)
    if said:
        found = _all_at_once(said, asked, crowd, query.person)
    else:
        found = _in_sight(crowd, index, query)
    if query.people is not None:
        count = crowd.drop_duplicates(["run", "step"]).set_index(["run", "step"])["count"]
        here = count.reindex(pd.MultiIndex.from_frame(found[["run", "step"]])).to_numpy()
        enough = here == query.people if query.exactly else here >= query.people
        found = found[enough]
    for doing in query.doing:
        if doing.count == 0:
            found = _without(found, _said(index, doing, query, wanted))
    return _moments(found, index, query)


def _runs(index: Index, query: Query, names: Mapping[str, str]) -> dict[str, int]:
    """The runs to look in, and their keys."""
    table = index.table("SELECT key, id, name FROM run")
    return {
        str(row.id): int(row.key)
        for row in table.itertuples()
        if any(query.video in folded(name) for name in (row.name, names.get(row.id, "")))
    }


def _check(index: Index, query: Query, wanted: Mapping[str, int]) -> None:
    """Refuse a search for what no video has: it would find nothing, whatever happens in them."""
    if query.video and not wanted:
        raise LartError(f"Expected a part of a video's name after video:, got {query.video[:60]}.")
    if not query.of_models and query.person is None:
        return
    here = [row for row in index.rows() if row.id in wanted]
    models = sorted({model for row in here for model in row.models})
    if query.of_models and not any(map(query.heeds, models)):
        raise LartError(
            f"Expected a model of these videos after model: ({', '.join(models) or 'none'}), got "
            f"{(query.only_model or query.model)[:60]}."
        )
    people = {person for row in here for person in row.people}
    if query.person is not None and query.person not in people:
        known = f"are numbered {min(people)} to {max(people)}" if people else "are none"
        raise LartError(f"Nobody has the number {query.person} here: people {known}.")


def _marked(query: Query, marks: Sequence[Mark]) -> list[Mark] | None:
    """The marks that a search asks for; None where it asks for none."""
    if not query.tag and not query.note:
        return None
    return [
        mark
        for mark in marks
        if (not query.tag or query.tag in map(folded, mark.tags))
        and query.note in folded(mark.note)
        and (query.person is None or mark.person in (None, query.person))
    ]


def _as_moments(
    index: Index, query: Query, marked: list[Mark], runs: Mapping[str, int]
) -> pd.DataFrame:
    """Marks as moments, of runs of which a model that is asked for says something."""
    crowd = _crowd(index, list(runs.values()))
    seconds = {row.id: row.seconds for row in index.rows()}
    speaking: dict[int, list[str]] = {key: [] for key in runs.values()}
    if query.of_models:
        speaking = _speaking(index, query).groupby("run")["model"].agg(list).to_dict()
    rows: list[tuple[object, ...]] = []
    for mark in marked:
        key = runs[mark.run]
        stretch = _stretch(mark, crowd[crowd["run"] == key], seconds[mark.run])
        if key not in speaking or stretch is None or stretch[1] - stretch[0] < query.longer:
            continue
        model = "".join(speaking[key][:1])
        who = (0, []) if mark.person is None else (mark.person, [mark.person])
        when = (*stretch, stretch[0])
        rows.append((mark.run, model, speaking[key], *when, *who, "", np.nan, False))
    return pd.DataFrame(rows, columns=COLUMNS)


def _stretch(mark: Mark, crowd: pd.DataFrame, seconds: float) -> tuple[float, float] | None:
    """The stretch of a mark, else the whole time of its person or video; None without the person.

    Args:
        crowd: Of its run. seconds: How long its video is.
    """
    first, last = 0.0, seconds
    if mark.person is not None:
        own = crowd.loc[crowd["person"] == mark.person, "step"]
        if own.empty:
            return None
        first, last = float(own.min()) / STEPS, min(float(own.max() + 1) / STEPS, seconds)
    first = first if mark.first is None else mark.first
    return first, last if mark.last is None else mark.last


def _narrowed(moments: pd.DataFrame, marked: list[Mark] | None) -> pd.DataFrame:
    """The moments that some mark is about."""
    if marked is None:
        return moments
    keep = [
        any(
            mark.run == row.run
            and (mark.person is None or mark.person in row.people)
            and (mark.first is None or mark.first < row.last)
            and (mark.last is None or mark.last > row.first)
            for mark in marked
        )
        for row in moments.itertuples()
    ]
    return moments[np.array(keep, bool)].reset_index(drop=True)


def _said(index: Index, doing: Doing, query: Query, runs: list[int]) -> pd.DataFrame:
    """Steps in which people do something: run, model, person, step, thousandths.

    Where someone is to do it, and a person is asked for, that is the one.
    """
    where = [f"action IN ({_marks(doing.actions)})", "thousandths >= ?"]
    values: list[object] = [*doing.actions, round(doing.least * THOUSAND)]
    if query.person is not None and doing.count == 1:
        where.append("person = ?")
        values.append(query.person)
    table = index.table(
        "SELECT run, model, person, step, action, thousandths, corrected FROM said "
        f"WHERE {' AND '.join(where)}",
        values,
    )
    heeded = [model for model in table["model"].unique() if query.heeds(model)]
    return table[table["run"].isin(runs) & table["model"].isin(heeded)]


def _speaking(index: Index, query: Query) -> pd.DataFrame:
    """The models that count and say something of a run: run, model."""
    table = index.table("SELECT DISTINCT run, model FROM said ORDER BY model")
    return table.loc[[query.heeds(model) for model in table["model"]]]


def _crowd(index: Index, runs: list[int]) -> pd.DataFrame:
    """Everyone in every step: run, person, step, and how many are in sight."""
    table = index.table("SELECT run, person, first, last FROM presence")
    table = table[table["run"].isin(runs)]
    lengths = (table["last"] - table["first"] + 1).to_numpy(int)
    rows = np.repeat(np.arange(len(table)), lengths)
    offset = np.arange(len(rows)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    crowd = pd.DataFrame(
        {
            "run": table["run"].to_numpy(int)[rows],
            "person": table["person"].to_numpy(int)[rows],
            "step": table["first"].to_numpy(int)[rows] + offset,
        }
    )
    crowd["count"] = crowd.groupby(["run", "step"])["person"].transform("size")
    return crowd


def _all_at_once(
    said: list[pd.DataFrame], asked: list[Doing], crowd: pd.DataFrame, person: int | None
) -> pd.DataFrame:
    """The rows of what is asked for first, where enough people do each thing in the same step.

    Where a person is asked for, that is one of those who do it.
    """
    keys = ["run", "model", "step"]
    found = said[0]
    there = crowd.drop_duplicates(["run", "step"])[["run", "step", "count"]]
    for doing, rows in zip(asked, said, strict=True):
        doers = rows.groupby(keys)["person"].nunique().rename("doers").reset_index()
        doers = doers.merge(there, on=["run", "step"])
        needed = doers["count"] if doing.count == ALL else doing.count
        enough = doers.loc[doers["doers"] >= needed, keys]
        if person is not None:
            own = rows.loc[rows["person"] == person, keys].drop_duplicates()
            enough = enough.merge(own, on=keys)
        found = found.merge(enough, on=keys)
    return found


def _in_sight(crowd: pd.DataFrame, index: Index, query: Query) -> pd.DataFrame:
    """Everyone in sight, where no action is asked for.

    Under each model that counts where some are asked for, or where nobody may do something.
    """
    rows = crowd if query.person is None else crowd[crowd["person"] == query.person]
    rows = rows.assign(action=0, thousandths=-1, corrected=False)
    if not query.doing and not query.of_models:
        return rows.assign(model="")
    return rows.merge(_speaking(index, query), on="run")


def _without(found: pd.DataFrame, said: pd.DataFrame) -> pd.DataFrame:
    keys = ["run", "model", "step"]
    marked = found.merge(said[keys].drop_duplicates(), on=keys, how="left", indicator=True)
    return marked[marked["_merge"] == "left_only"].drop(columns="_merge")


def _moments(found: pd.DataFrame, index: Index, query: Query) -> pd.DataFrame:
    """Rows of steps -> moments."""
    from lart_core.ava_labels import ava_actions

    if found.empty:
        return pd.DataFrame(columns=COLUMNS)
    found = found.sort_values(["run", "model", "step"], kind="stable", ignore_index=True)
    new = (found[["run", "model"]] != found[["run", "model"]].shift()).any(axis=1)
    new |= found["step"].diff() > GAP * STEPS
    group = new.cumsum()
    about = found if query.person is None else found[found["person"] == query.person]
    surest = found.loc[about.groupby(group)["thousandths"].idxmax()].set_index(
        group.unique(), drop=True
    )
    spans = found.groupby(group)["step"].agg(["min", "max"])
    ids = index.table("SELECT key, id FROM run").set_index("key")["id"]
    scores = surest["thousandths"].to_numpy(float) / THOUSAND
    names = {i: ava_actions()[i].name for i in surest["action"].unique() if i}
    runs = ids[surest["run"]].to_numpy()
    lengths = {row.id: row.seconds for row in index.rows()}
    moments = pd.DataFrame(
        {
            "run": runs,
            "model": surest["model"].to_numpy(),
            "models": [[model] * bool(model) for model in surest["model"]],
            "first": spans["min"].to_numpy() / STEPS,
            "last": np.minimum(
                (spans["max"].to_numpy() + 1) / STEPS, [lengths[run] for run in runs]
            ),
            "at": (surest["step"].to_numpy() + 0.5) / STEPS,
            "person": surest["person"].to_numpy(int),
            "people": [
                sorted(int(person) for person in set(people))
                for _, people in found.groupby(group)["person"]
            ],
            "action": surest["action"].map(lambda i: names.get(i, "")).to_numpy(),
            "score": np.where(scores < 0, np.nan, scores),
            "corrected": surest["corrected"].to_numpy(bool),
        }
    )
    moments = moments[moments["last"] - moments["first"] >= query.longer]
    moments = moments.sort_values("score", ascending=False, kind="stable", ignore_index=True)
    return moments if moments["model"].nunique() < 2 else _told_once(moments)


def _told_once(moments: pd.DataFrame) -> pd.DataFrame:
    """The moments, the surest first, each once, however many models tell of it.

    The surest stands as it is; a less sure one of another model, in which the same is done by
    somebody of it at a time of it, adds the name of its model.
    """
    lanes = _lanes(moments)
    models, people = moments["model"].tolist(), [set(each) for each in moments["people"]]
    places = zip(moments["run"], moments["action"], moments["first"], moments["last"], strict=True)
    told: dict[int, set[str]] = {}  # who tells of each moment that stands
    for row, (run, action, first, last) in enumerate(places):
        model = models[row]
        others = (lane for other, lane in lanes[run, action].items() if other != model)
        same = (
            one
            for lane in others
            for one in lane.at_a_time_of(first, last)
            if one in told and model not in told[one] and people[row] & people[one]
        )
        told.setdefault(min(same, default=row), set()).add(model)
    stand = sorted(told)
    once = moments.iloc[stand].copy()
    once["models"] = [sorted(told[one] - {""}) for one in stand]
    return once.reset_index(drop=True)


class _Lane:
    """Moments of one model in the order of time, to look up by time.

    Args:
        rows: (first, last, number) of each.
    """

    def __init__(self, rows: list[tuple[float, float, int]]) -> None:
        self.rows = sorted(rows)
        self.starts = [first for first, _, _ in self.rows]
        self.ends = list(accumulate((last for _, last, _ in self.rows), max))

    def at_a_time_of(self, first: float, last: float) -> Iterator[int]:
        """The numbers of those that share some time with a stretch."""
        begin, end = bisect_right(self.ends, first), bisect_left(self.starts, last)
        return (number for _, over, number in self.rows[begin:end] if over > first)


def _lanes(moments: pd.DataFrame) -> dict[tuple[str, str], dict[str, _Lane]]:
    """(run, action) -> model -> its moments, numbered by row."""
    rows: dict[tuple[str, str], dict[str, list[tuple[float, float, int]]]] = {}
    columns = (moments[name] for name in ("run", "action", "model", "first", "last"))
    for number, (run, action, model, first, last) in enumerate(zip(*columns, strict=True)):
        lane = rows.setdefault((run, action), {}).setdefault(model, [])
        lane.append((first, last, number))
    return {key: {m: _Lane(own) for m, own in models.items()} for key, models in rows.items()}


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
