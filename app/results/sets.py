"""Result sets as the pages see them: chosen by id, judged once and kept in memory."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

import analysis
from analysis.ava import example, result_set
from analysis.ava.result_set import ResultSet, SetFacts
from analysis.errors import comparison, costs
from analysis.errors.cases import Casebook
from analysis.errors.changes import changes
from analysis.errors.sensitivity import sensitivity
from analysis.errors.verdicts import Verdicts, judge
from app import spaces
from app.results import clips
from app.storage import runs
from app.ui import query, theme


@dataclass(frozen=True, eq=False)
class Judged:
    """A result set with all that follows from it."""

    set: ResultSet
    verdicts: Verdicts
    cases: Casebook
    type_costs: pd.DataFrame
    summary: pd.DataFrame


def judged(set_id: str) -> Judged:
    """Open and judge a set."""
    return _judged(set_id, _place(set_id))


def _place(set_id: str) -> Path:
    """A set's folder, which what is kept in memory belongs to: two people's sets may have one id.

    Raises:
        LartError: Who asks has no such set.
    """
    return result_set.SETS.find(set_id).parent


@st.cache_resource(max_entries=3, show_spinner="Judging every box …")
def _judged(set_id: str, place: Path) -> Judged:
    found = result_set.open_set(set_id)
    verdicts = judge(
        analysis.average_precision(
            found.ground_truth, found.predictions, found.label_map, found.excluded
        )
    )
    prices = costs.type_costs(verdicts)
    return Judged(found, verdicts, Casebook(verdicts), prices, costs.summary(verdicts, prices))


def sensitivity_of(set_id: str) -> pd.DataFrame:
    """AP per bucket of every attribute."""
    return _sensitivity(set_id, _place(set_id))


@st.cache_data(max_entries=8, show_spinner=False)
def _sensitivity(set_id: str, place: Path) -> pd.DataFrame:
    return sensitivity(judged(set_id).verdicts)


def compared(a: str, b: str) -> comparison.Comparison:
    """Differences of two sets, B minus A."""
    return _compared(a, b, (_place(a), _place(b)))


@st.cache_resource(max_entries=4, show_spinner="Bootstrapping over videos (1,000 resamples) …")
def _compared(a: str, b: str, places: tuple[Path, Path]) -> comparison.Comparison:
    return comparison.compare(judged(a).verdicts, judged(b).verdicts)


def changed(a: str, b: str) -> pd.DataFrame:
    """People and moments on which two sets differ (see `analysis.errors.changes.changes`)."""
    return _changed(a, b, (_place(a), _place(b)))


@st.cache_resource(max_entries=4, show_spinner="Looking for what changed …")
def _changed(a: str, b: str, places: tuple[Path, Path]) -> pd.DataFrame:
    return changes(judged(a).verdicts, judged(b).verdicts)


def forget() -> None:
    """Drop what is kept in memory of result sets and their videos."""
    for kept in (_judged, _sensitivity, _compared, _changed, _frame):
        kept.clear()
    result_set.forget()


def known() -> dict[str, SetFacts]:
    """Every set of this machine by id; on a fresh machine the made-up example is added first."""
    found = result_set.sets()
    if not found and not spaces.public():
        example.add_example()
        found = result_set.sets()
    return {one.id: one for one in found}


def choose() -> str:
    """The select box of the result set; its choice is in the address."""
    sets = known()
    given = st.query_params.get("set")
    if given is not None and given not in sets:
        result_set.open_set(given)
    chosen = query.choose(
        "Result set", list(sets), "set", shown=lambda i: sets[i].name, resets=("case",)
    )
    assert chosen is not None
    return chosen


def honest_about(*shown: ResultSet) -> None:
    """Say of made-up sets that they are, and repeat what was odd about the files of each."""
    if any(each.made_up for each in shown):
        st.info(
            "This is a made-up example: people and scores were drawn by a programme, so that you "
            "can see the page at work. Open files of your own with “Open results”.",
            icon=":material/science:",
        )
    for note in dict.fromkeys(note for each in shown for note in each.notes):
        of = [each.name for each in shown if note in each.notes]
        whose = f"{of[0]}: " if len(of) < len(shown) else ""
        st.warning(theme.plain(whose + note), icon=":material/warning:")


def picture(set_id: str, video: str, timestamp: float) -> NDArray[np.uint8] | None:
    """The frame of a keyframe, RGB, if the video is on this machine."""
    film = clips.find(set_id, video)
    return _frame(film, timestamp) if film else None


@st.cache_data(max_entries=32, show_spinner=False, hash_funcs={clips.Film: repr})
def _frame(film: clips.Film, timestamp: float) -> NDArray[np.uint8] | None:
    return clips.picture(film, timestamp)


def models_of_runs() -> dict[str, list[runs.Entry]]:
    """Model -> the runs that have its actions, the latest first."""
    found: dict[str, list[runs.Entry]] = {}
    for entry in runs.ready():
        for model in entry.run.models():
            found.setdefault(model, []).append(entry)
    return found


def class_ids(shown: Judged) -> list[int]:
    """Classes with ground truth, the most frequent first."""
    positives = shown.verdicts.evaluation.positives
    return sorted((i for i, n in positives.items() if n), key=lambda i: -positives[i])


def score(value: float) -> str:
    """A score as text; nothing where there is none."""
    return "" if np.isnan(value) else f"{value:.3f}"


def percent(value: float) -> str:
    """A share as text."""
    return "none" if np.isnan(value) else f"{100 * value:.2f} %"
