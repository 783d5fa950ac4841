"""Moments that a search found, as tiles, as a table, and as what people say of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.search import Mark
from app.find.tiles import Tile
from app.storage import notes, runs
from app.ui import navigation
from lart_core.tracklet import VideoFacts

AROUND = 0.5
"""Seconds that are played before and after a moment."""
SHORTEST = 2.0
"""Seconds that a moment is played for at the least."""


@dataclass(frozen=True)
class Moment:
    """One row of `analysis.search.find`, with the frames that it is in its video."""

    run: str
    name: str
    model: str
    models: tuple[str, ...]
    first: float
    last: float
    person: int | None
    people: tuple[int, ...]
    action: str
    score: float
    corrected: bool
    frame: int
    played: tuple[int, int]

    @property
    def mark(self) -> Mark:
        """What tags and notes of this moment are about."""
        return Mark(self.run, self.person, self.first, self.last)

    def marks(self) -> dict[str, Mark]:
        """What may be tagged and noted here, in words."""
        found = {"this moment": self.mark}
        if self.person is not None:
            found[f"person {self.person}"] = Mark(self.run, self.person)
        return found | {"the video": Mark(self.run)}


def read(found: pd.DataFrame) -> list[Moment]:
    """Rows of what was found; those whose run is gone or damaged meanwhile are left out.

    Videos of one name are told apart (`app.storage.runs.names`).
    """
    entries = {entry.id: entry for entry in runs.listed(found["run"].unique())}
    names = runs.names(entries.values())
    rows = [row for row in found.itertuples() if row.run in entries]
    return [_moment(row, entries[row.run].run.video, names[row.run]) for row in rows]


def _moment(row: Any, video: VideoFacts, name: str) -> Moment:
    first, last = max(row.first - AROUND, 0.0), row.last + AROUND
    first = max(min(first, row.at - SHORTEST / 2), 0.0)
    last = max(last, first + SHORTEST)
    return Moment(
        row.run,
        name,
        row.model,
        tuple(row.models),
        row.first,
        row.last,
        _person(row),
        tuple(row.people),
        row.action,
        float(row.score),
        bool(row.corrected),
        _frame(video, row.at),
        (_frame(video, first), _frame(video, last)),
    )


def tile(moment: Moment) -> Tile:
    """A moment as a picture that plays."""
    who = f"{'person' if len(moment.people) == 1 else 'people'} " if moment.people else ""
    people = ", ".join(map(str, moment.people[:6])) + (" …" if len(moment.people) > 6 else "")
    when = f"{moment.first:.1f} to {moment.last:.1f} s"
    said = _said(notes.said_of("run", moment.run), moment.mark)
    action = moment.action.split(" (")[0]
    tags = ", ".join(f"#{tag}" for tag in said.tags)
    return Tile(
        moment.run,
        moment.name,
        (
            " · ".join(part for part in (when, who + people) if part),
            " · ".join(part for part in (action, ", ".join(moment.models), tags) if part),
        ),
        moment.frame,
        *moment.played,
        moment.person,
        moment.model,
        _badge(moment),
        (("Tag", "tag"),),
        key=f"{moment.run} {notes.about(moment.mark)} {moment.model} {moment.action}",
    )


def table(found: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """What was found, for a CSV: seconds, probabilities from 0 to 1, and the address of each."""
    ids = found["run"].unique()
    videos = {entry.id: entry.run.video for entry in runs.listed(ids)}
    known = notes.said_by_run(ids)
    tags = [
        _said(known.get(row.run, {}), Mark(row.run, _person(row), row.first, row.last))
        for row in found.itertuples()
    ]
    return pd.DataFrame(
        {
            "video": [names.get(run, run) for run in found["run"]],
            "run": found["run"],
            "model": found["model"],
            "action": found["action"],
            "probability": found["score"],
            "corrected": found["corrected"],
            "first_second": found["first"],
            "last_second": found["last"],
            "person": found["person"].where(found["people"].map(bool)).astype("Int64"),
            "people": [" ".join(map(str, people)) for people in found["people"]],
            "tags": [", ".join(words.tags) for words in tags],
            "note": [words.note for words in tags],
            "watch": [_address(row, videos.get(row.run)) for row in found.itertuples()],
            "models": [", ".join(models) for models in found["models"]],
        }
    )


def _said(of_run: Mapping[str, notes.Note], mark: Mark) -> notes.Note:
    """What is said of a moment, its person and its video together."""
    about = [mark, Mark(mark.run, mark.person), Mark(mark.run)]
    keys = dict.fromkeys(notes.about(each) for each in about)
    said = [of_run[key] for key in keys if key in of_run]
    tags = dict.fromkeys(tag for each in said for tag in each.tags)
    return notes.Note(tuple(tags), "; ".join(each.note for each in said if each.note))


def plain(found: pd.DataFrame, names: dict[str, str]) -> list[dict[str, Any]]:
    """The rows of `table` for a job: plain values, and None where there is none."""
    rows = table(found, names).astype(object)
    return rows.where(rows.notna(), None).to_dict("records")


def _address(row: Any, video: VideoFacts | None) -> str:
    """Where on Watch a row leads; without its second where its run is gone meanwhile."""
    frame = None if video is None else _frame(video, row.at)
    return navigation.address(
        "watch", run=row.run, a=row.model or None, frame=frame, person=_person(row)
    )


def _person(row: Any) -> int | None:
    """Whom a row is about."""
    return int(row.person) if row.people else None


def _badge(moment: Moment) -> str:
    if moment.corrected:
        return "corrected"
    return "" if np.isnan(moment.score) else f"{100 * moment.score:.0f} %"


def _frame(video: VideoFacts, second: float) -> int:
    return int(np.clip(video.frame_at(np.array([second]))[0], 0, video.frames - 1))
