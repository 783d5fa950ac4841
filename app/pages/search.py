"""Search: moments in all videos, by what people do, how many they are, and what was tagged."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from analysis import search
from analysis.ava.csv_file import plain_csv
from app import jobs
from app.exports import files
from app.find import marks_form, moments, saved
from app.find.tiles import tiles
from app.jobs import view
from app.storage import catalogue, notes, runs
from app.ui import errors, query, theme
from app.ui.paging import paging
from lart_core.ava_labels import ava_actions
from lart_core.errors import LartError

PAGE = 24
MOST_CLIPS = 200
LANGUAGE = """
| write | and it finds |
|---|---|
| `jump`, `falls`, `talk to` | someone does it, with 50 % or more |
| `jump over 60 %` | someone does it, with 60 % or more |
| `two people`, `exactly 3 people`, `alone` | so many are in sight |
| `two people sit`, `everyone walks`, `nobody stands` | so many do it |
| `two people, one falls` | all of it at the same moment |
| `longer than 2 s` | moments that last |
| `person 3`, `model:pose`, `video:holiday` | only there: of models and videos a part of the name |
| `model:"pose-small"` | that one model |
| `tag:funny`, `note:check` | what somebody tagged or noted |
| `video:"tom and jerry"` | quotes hold together what has a comma, "&" or "and" in it |
"""


def ask() -> str:
    """The field, the searches that are kept, and examples to click."""
    given = st.query_params.get("q", "")
    if "search words" not in st.session_state or st.session_state.get("search seen") != given:
        st.session_state["search words"] = st.session_state["search seen"] = given

    def typed() -> None:
        words = st.session_state["search words"].strip()
        st.session_state["search seen"] = words
        query.remember("q", words or None)
        st.query_params.pop("page", None)

    words = st.text_input(
        "What are you looking for?",
        key="search words",
        on_change=typed,
        placeholder="two people, one falls",
        icon=":material/search:",
    )
    return words.strip()


def suggestions() -> None:
    """Searches to click, and what may be written."""
    kept = saved.every()
    with st.container(horizontal=True):
        for name, words in kept.items():
            if st.button(
                theme.plain(name),
                key=f"saved {name}",
                icon=":material/bookmark:",
                help=theme.plain(words),
            ):
                query.remember("model", None)  # what was kept says its model itself
                st.session_state.pop("address model", None)
                look_for(words)
        for words in search.EXAMPLES:
            if st.button(words, key=f"example {words}"):
                look_for(words)
    with st.expander("What can be written", icon=":material/help:"):
        st.markdown(LANGUAGE)
        names = sorted(action.name for action in ava_actions().values())
        st.caption("Actions: " + " · ".join(names) + ". A video's model may know only some.")


def look_for(words: str) -> None:
    """Show a search."""
    query.remember("q", words)
    st.query_params.pop("page", None)
    st.rerun()


def look(words: str, index: search.Index) -> tuple[str, pd.DataFrame]:
    """The words, with the model that is chosen beside them, and what they find.

    Raises:
        LartError: The words are not understood, or ask for what no video has.
    """
    wanted = search.parse(words)
    models = {model for row in index.rows() for model in row.models if wanted.heeds(model)}
    with filters[0]:
        model = query.choose(
            "Model",
            sorted(models),
            "model",
            fallback=None,
            placeholder="Any",
            resets=("page",),
        )
    if model and not wanted.only_model:
        wanted = replace(wanted, only_model=model)
        words = f'model:"{model}", {words}'
    return words, search.find(index, wanted, notes.marks(), titles(index))


def titles(index: search.Index) -> dict[str, str]:
    """Run -> what it is called."""
    return {row.id: runs.title(row.id, row.name) for row in index.rows()} | notes.names()


def results(words: str, index: search.Index) -> None:
    """What a search finds, a page at a time."""
    try:
        words, found = look(words, index)
    except LartError as error:
        errors.say(error)
        keeping_no_longer(words)
        return
    if found.empty:
        theme.empty(
            "Nothing found",
            "Ask for a lower probability, or for less at once. A model knows some of AVA's actions "
            "only: the cards on Models say which.",
        )
        keeping_no_longer(words)
        return
    pages = -(-len(found) // PAGE)
    number = min(max(query.number("page") or 1, 1), pages)
    videos = found["run"].nunique()
    with filters[1]:
        st.markdown(
            f"**{len(found):,} {'moment' if len(found) == 1 else 'moments'}** in {videos:,} "
            f"{'video' if videos == 1 else 'videos'}, the surest first"
        )
    shown = moments.read(found.iloc[(number - 1) * PAGE :].head(PAGE))
    act = tiles([moments.tile(moment) for moment in shown], key="found")
    if act and act[0] == "tag":
        moment = shown[act[1]]
        marks_form.dialog(
            f"{moment.name}, {moment.first:.1f} to {moment.last:.1f} s",
            "run",
            moment.run,
            {meant: notes.about(mark) for meant, mark in moment.marks().items()},
        )
    if pages > 1:
        paging(number, pages)
    take_away(words, found, titles(index))


def take_away(words: str, found: pd.DataFrame, names: dict[str, str]) -> None:
    """Keep the search, and take away what it found."""
    keep, table, clips = st.columns([2, 1, 1], vertical_alignment="bottom")
    with keep:
        keeping(words)
    table.download_button(
        "What was found (CSV)",
        lambda: plain_csv(moments.table(found, names)),
        f"{words[:60]}.csv",
        "text/csv",
        icon=":material/download:",
        on_click="ignore",
        width="stretch",
    )
    count = min(len(found), MOST_CLIPS)
    if clips.button(f"Clips of the first {count} (ZIP)", icon=":material/movie:", width="stretch"):
        with errors.said_here():
            jobs.add(
                "clips",
                f"Clips of “{words[:60]}”",
                export=files.new_id(),
                name=words[:60],
                found=moments.plain(found.head(MOST_CLIPS), names),
            )
    view.listed([job for job in jobs.every() if job.kind == "clips"][:3])


def keeping(words: str) -> None:
    """The form that keeps a search, or keeps it no longer."""
    kept = saved.names(words)
    with st.form("keep", border=False):
        left, right = st.columns([2, 1], vertical_alignment="bottom")
        name = left.text_input(
            "Name of this search", words[: saved.LONGEST], max_chars=saved.LONGEST
        )
        if right.form_submit_button("Keep no longer" if kept else "Keep it", width="stretch"):
            with errors.said_here():
                for each in kept:
                    saved.forget(each)
                if not kept:
                    saved.keep(name, words)
                st.rerun()


def keeping_no_longer(words: str) -> None:
    """The form for a search that is kept, but finds nothing any more."""
    if saved.names(words):
        keeping(words)


theme.heading(
    "Search",
    "Find moments in all videos by what people do in them, and play them in place.",
)
words = ask()
place = st.empty()
index, left = catalogue.fresh(catalogue.WAIT)
if left:
    bar = place.progress(0.0, text=f"Reading {left:,} new videos")
    index, _ = catalogue.fresh(
        None, lambda done, total: bar.progress(done / total, f"Reading video {done:,} of {total:,}")
    )
    place.empty()
if not index.rows():
    theme.empty("No videos yet", "Add a video on Home; what people do in it can be found here.")
else:
    suggestions()
    filters = st.columns([1, 3], vertical_alignment="bottom")
    if words:
        results(words, index)
    else:
        theme.empty("Find a moment", "Write what you look for, or click one of the examples.")
