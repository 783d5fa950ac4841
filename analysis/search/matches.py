"""What a search finds: moments of runs, the surest first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.search.content import STEPS, THOUSAND
from analysis.search.grammar import ALL, Doing, Query
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
        names: Run -> what it is called, where that is not its file's name.

    Returns:
        One row a moment, the surest first: ``run`` (id), ``model`` (the surest; "" where no action
        is asked for), ``models`` (all that tell of it), ``first`` and ``last`` and the surest point
        ``at`` in seconds, ``person`` (track id of whom it is about there), ``people`` (of
        everyone), ``action`` (in words), ``score`` (the highest probability of what is asked for
        first, NaN where no action is), ``corrected`` (whether somebody said so, in place of the
        model).

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
            return _as_moments(index, marked, wanted)
    return _narrowed(_moments_of(index, query, list(wanted.values())), marked)


def _moments_of(index: Index, query: Query, wanted: list[int]) -> pd.DataFrame:
    """The moments of the runs of these keys."""
    asked = [doing for doing in query.doing if doing.count != 0]
    said = [_said(index, doing, query, wanted) for doing in asked]
    crowd = _crowd(index, wanted)
    found = _all_at_once(said, asked, crowd) if said else _in_sight(crowd, index, query, wanted)
    if query.people is not None:
        count = crowd.drop_duplicates(["run", "step"]).set_index(["run", "step"])["count"]
        here = count.reindex(pd.MultiIndex.from_frame(found[["run", "step"]])).to_numpy()
        enough = here == query.people if query.exactly else here >= query.people
        found = found[enough]
    for doing in query.doing:
        if doing.count == 0:
            found = _without(found, _said(index, doing, query, wanted, anyone=True))
    return _moments(found, index, query)


def _runs(index: Index, query: Query, names: Mapping[str, str]) -> dict[str, int]:
    """The runs to look in, and their keys."""
    table = index.table("SELECT key, id, name FROM run")
    return {
        str(row.id): int(row.key)
        for row in table.itertuples()
        if query.video in f"{row.name} {names.get(row.id, '')}".casefold()
    }


def _check(index: Index, query: Query, wanted: Mapping[str, int]) -> None:
    """Refuse a search for what no video has: it would find nothing, whatever happens in them."""
    if query.video and not wanted:
        raise LartError(f"Expected a part of a video's name after video:, got {query.video[:60]}.")
    if not query.model and query.person is None:
        return
    here = [row for row in index.rows() if row.id in wanted]
    models = sorted({model for row in here for model in row.models})
    if query.model and not any(query.model in model.casefold() for model in models):
        raise LartError(
            f"Expected a model of these videos after model: ({', '.join(models) or 'none'}), got "
            f"{query.model[:60]}."
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
        if (not query.tag or query.tag in {tag.casefold() for tag in mark.tags})
        and query.note in mark.note.casefold()
        and (query.person is None or mark.person in (None, query.person))
    ]


def _as_moments(index: Index, marked: list[Mark], runs: Mapping[str, int]) -> pd.DataFrame:
    """Marks as moments: their stretch, else the whole time of their person or video."""
    crowd = _crowd(index, list(runs.values()))
    rows: list[tuple[object, ...]] = []
    for mark in marked:
        own = crowd[crowd["run"] == runs[mark.run]]
        if mark.person is not None:
            own = own[own["person"] == mark.person]
        if own.empty:
            continue
        first, last = own["step"].min() / STEPS, (own["step"].max() + 1) / STEPS
        first = first if mark.first is None else mark.first
        last = last if mark.last is None else mark.last
        person = mark.person if mark.person is not None else int(own["person"].iloc[0])
        rows.append((mark.run, "", [], first, last, first, person, [person], "", np.nan, False))
    return pd.DataFrame(rows, columns=COLUMNS)


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


def _said(
    index: Index, doing: Doing, query: Query, runs: list[int], anyone: bool = False
) -> pd.DataFrame:
    """Steps in which people do something: run, model, person, step, thousandths."""
    where = [f"action IN ({_marks(doing.actions)})", "thousandths >= ?"]
    values: list[object] = [*doing.actions, round(doing.least * THOUSAND)]
    if query.model:
        where.append("lower(model) LIKE ?")
        values.append(f"%{query.model}%")
    if query.person is not None and not anyone:
        where.append("person = ?")
        values.append(query.person)
    table = index.table(
        "SELECT run, model, person, step, action, thousandths, corrected FROM said "
        f"WHERE {' AND '.join(where)}",
        values,
    )
    return table[table["run"].isin(runs)]


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


def _all_at_once(said: list[pd.DataFrame], asked: list[Doing], crowd: pd.DataFrame) -> pd.DataFrame:
    """The rows of what is asked for first, where enough people do each thing in the same step."""
    keys = ["run", "model", "step"]
    found = said[0]
    there = crowd.drop_duplicates(["run", "step"])[["run", "step", "count"]]
    for doing, rows in zip(asked, said, strict=True):
        doers = rows.groupby(keys)["person"].nunique().rename("doers").reset_index()
        doers = doers.merge(there, on=["run", "step"])
        needed = doers["count"] if doing.count == ALL else doing.count
        found = found.merge(doers.loc[doers["doers"] >= needed, keys], on=keys)
    return found


def _in_sight(crowd: pd.DataFrame, index: Index, query: Query, runs: list[int]) -> pd.DataFrame:
    """Everyone in sight, where no action is asked for; under each model if nobody may do one."""
    rows = crowd if query.person is None else crowd[crowd["person"] == query.person]
    rows = rows.assign(action=0, thousandths=-1, corrected=False)
    if not query.doing:
        return rows.assign(model="")
    models = index.table("SELECT DISTINCT run, model FROM said")
    if query.model:
        models = models[models["model"].str.casefold().str.contains(query.model, regex=False)]
    return rows.merge(models, on="run")


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
    surest = found.loc[found.groupby(group)["thousandths"].idxmax()].set_index(
        group.unique(), drop=True
    )
    spans = found.groupby(group)["step"].agg(["min", "max"])
    ids = index.table("SELECT key, id FROM run").set_index("key")["id"]
    scores = surest["thousandths"].to_numpy(float) / THOUSAND
    names = {i: ava_actions()[i].name for i in surest["action"].unique() if i}
    moments = pd.DataFrame(
        {
            "run": ids[surest["run"]].to_numpy(),
            "model": surest["model"].to_numpy(),
            "models": [[model] * bool(model) for model in surest["model"]],
            "first": spans["min"].to_numpy() / STEPS,
            "last": (spans["max"].to_numpy() + 1) / STEPS,
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
    kept: dict[tuple[str, str], list[int]] = {}
    models: dict[int, set[str]] = {}
    for row in moments.itertuples():
        told = kept.setdefault((row.run, row.action), [])
        for one in told:
            other = moments.loc[one]
            together = row.first < other["last"] and other["first"] < row.last
            if together and row.model not in models[one] and {*row.people} & {*other["people"]}:
                models[one].add(row.model)
                break
        else:
            told.append(row.Index)
            models[row.Index] = {row.model}
    once = moments.loc[sorted(models)].copy()
    once["models"] = [sorted(models[one] - {""}) for one in once.index]
    return once.reset_index(drop=True)


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
