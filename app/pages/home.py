"""Home: the sample at play, adding videos, and every video of this machine."""

import time
from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from analysis.search import RunRow
from app import jobs, spaces
from app.find.tiles import Tile, tiles
from app.jobs import Job, import_form, videos, view
from app.storage import bin, catalogue, notes, runs, uploads
from app.ui import damaged, errors, navigation, press, query, settings_form, theme
from app.ui.paging import paging
from app.ui.upload import upload
from lart_core import video
from lart_core.errors import LartError

PAGE = 24
ORDERS = {
    "latest": "Latest first",
    "name": "By name",
    "longest": "Longest first",
    "people": "Most people first",
}


def hero(row: RunRow) -> None:
    """A video, playing, and the one button to it."""
    tiles([tile(row, playing=True)], key="hero", large=True)
    what = "the sample" if row.id == runs.SAMPLE else "this video"
    if st.button(f"Watch {what}", type="primary", icon=":material/play_circle:"):
        navigation.go("watch", run=row.id)


def tile(row: RunRow, actions: tuple[tuple[str, str], ...] = (), *, playing: bool = False) -> Tile:
    """A video as a picture that plays."""
    people = len(row.people)
    when = datetime.fromtimestamp(row.changed).strftime("%d %b %Y")
    return Tile(
        row.id,
        name(row),
        (
            f"{people} {'person' if people == 1 else 'people'} · {duration(row.seconds)} · {when}",
            ", ".join(action.split(" (")[0] for action in row.top),
        ),
        row.poster,
        *row.loop,
        actions=actions,
        playing=playing,
        opens_at_start=True,
    )


def name(row: RunRow) -> str:
    """What a video is called."""
    return named.get(row.id) or runs.title(row.id, row.name)


def duration(seconds: float) -> str:
    """Whole seconds, or minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d} min" if minutes else f"{rest} s"


def add_videos() -> None:
    """The form that takes videos and starts their jobs."""
    added = st.session_state.setdefault("added", 0)
    given = upload(
        "Drop videos here, or browse",
        video.ENDINGS,
        uploads.megabytes(),
        hint=f"{uploads.limits_text()} People should be at least about 80 pixels high.",
        key=f"upload {added}",
    )
    with st.form("add", border=False):
        with st.expander("Settings", icon=":material/tune:"):
            chosen = settings_form.ask("light")
        pressed = press.submit("Process", key="process", type="primary", disabled=not given)
    if not pressed:
        return
    refused = []
    for each in given:
        try:
            title = f"Video {uploads.find(each).name}"
            jobs.add("video", title, upload=each, settings=chosen)
        except LartError as error:
            refused.append(str(error))
    for sentence in refused:
        errors.say(sentence)
    if not refused:
        st.session_state["added"] = added + 1
        st.rerun()


def chosen(rows: Sequence[RunRow]) -> list[RunRow]:
    """The videos that are looked for, in the order that is asked for."""
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        words = st.text_input(
            "Find a video",
            key="named",
            bind="query-params",
            placeholder="Part of its name, or an action",
            icon=":material/search:",
        )
    with right:
        order = query.choose("Order", list(ORDERS), "order", shown=ORDERS.__getitem__)
    wanted = words.strip().casefold()
    found = [
        row for row in rows if wanted in f"{name(row)} {row.name} {' '.join(row.top)}".casefold()
    ]
    keys = {
        "name": lambda row: name(row).casefold(),
        "longest": lambda row: -row.seconds,
        "people": lambda row: -len(row.people),
    }
    return sorted(found, key=keys[order]) if order in keys else found


def shelf(rows: Sequence[RunRow]) -> None:
    """A page of the videos, and what can be done with each."""
    found = chosen(rows)
    if not found:
        theme.empty("No such video", "No video here is called so or shows that action.")
        return
    pages = -(-len(found) // PAGE)
    number = min(max(query.number("page") or 1, 1), pages)
    part = found[(number - 1) * PAGE : number * PAGE]
    shared = {row.id for row in part if runs.RUNS.shared(row.id)}
    own = (("Rename", "rename"), ("Delete", "delete"))
    act = tiles([tile(row, own[: 2 - (row.id in shared)]) for row in part], key="videos")
    if act and act[0] == "rename":
        rename(part[act[1]])
    elif act and act[0] == "delete":
        delete(part[act[1]])
    if pages > 1:
        paging(number, pages, f" · {len(found):,} videos")


@st.dialog("Rename")
def rename(row: RunRow) -> None:
    """Ask for another name."""
    with st.form("rename", border=False):
        new = st.text_input("Name", name(row), max_chars=notes.LONGEST_NAME)
        st.caption(f"Only what is shown; the video's file is {theme.plain(row.name)}.")
        if st.form_submit_button("Rename", type="primary"):
            try:
                notes.rename(row.id, "" if new.strip() == row.name else new)
            except LartError as error:
                errors.say(error)
                return
            st.rerun()


def delete(row: RunRow) -> None:
    """Put a video into the bin; while it is worked on that is refused."""
    if at_work := videos.at_work(row.id):
        first, more = at_work[0].title, len(at_work) - 1
        which = f"“{first}”" + (f" and {more} more on Jobs" if more else "")
        errors.say(f"{name(row)} is being worked on; cancel {which} first.")
        return
    st.session_state["just deleted"] = bin.discard(row.id, name(row))
    st.rerun()


def just_deleted() -> None:
    """What was deleted last, and the button that undoes it; above the videos, where it is seen."""
    for one in bin.every():
        if one.id == st.session_state.get("just deleted"):
            with st.container(border=True, horizontal=True, vertical_alignment="center"):
                st.markdown(f":material/delete: **{theme.plain(one.name)}** was deleted")
                if st.button("Undo", key=f"undo {one.id}", type="primary"):
                    take_back(one.id)


def deleted() -> None:
    """What was deleted: take it back, or away for good; and how much room there is."""
    gone = bin.every()
    if not spaces.public():
        used, free = _space(str(runs.RUNS.folder), int(time.time() // 30), len(gone))
        st.caption(
            f"{used / 1e6:,.0f} MB are in use by videos and runs, {free / 1e9:,.0f} GB are free"
        )
    if gone:
        with st.expander(f"Deleted videos ({len(gone)})", icon=":material/delete:"):
            st.caption(
                "They are gone for good after seven days, with what was exported and noted of them."
            )
            for one in gone:
                with st.container(horizontal=True, vertical_alignment="center"):
                    st.markdown(theme.plain(one.name))
                    if st.button("Take back", key=f"restore {one.id}"):
                        take_back(one.id)
            if st.button("Delete all of these for good"):
                videos.empty_bin()
                st.rerun()


def take_back(bin_id: str) -> None:
    """Take a video out of the bin again, or say why that cannot be."""
    with errors.said_here():
        bin.restore(bin_id)
        st.rerun()


@st.cache_data(max_entries=4, show_spinner=False)
def _space(home: str, moment: int, deleted: int) -> tuple[int, int]:
    return bin.space()


def mine(job: Job) -> bool:
    """Whether a job makes a video."""
    return job.kind in videos.MAKERS


theme.heading(
    "LART Lens",
    "See what people in a video do: each person is found, followed through the video in 3-D, and "
    "given a probability for every action that the model knows, at every moment.",
)
named = notes.names()
rows, unread = catalogue.rows()
ready = [row for row in rows if row.ready]
left, right = st.columns([3, 2], gap="large")
sample = next((row for row in ready if row.id == runs.SAMPLE), None)
with left:
    if sample:
        hero(sample)
    elif not ready:
        theme.empty(
            "No video is ready yet",
            "The sample is being prepared, which takes a minute or two. You can add a video of "
            "yours meanwhile.",
        )
    else:
        hero(ready[0])
with right:
    st.header("Add videos", anchor=False)
    add_videos()
    view.here(mine)  # below the form: what comes and goes here moves nothing that is pressed
    import_form.show()
    with st.expander("How it works", icon=":material/help:"):
        st.markdown(
            "1. **People** are found in every frame, and each one's body is lifted to 3-D.\n"
            "2. **Tracks**: each person keeps one number and colour through the whole video.\n"
            "3. **Actions**: a transformer reads a person's 3-D motion and says how probable each "
            "action is, frame by frame.\n\n"
            "The method is LART (Rajasegaran et al., CVPR 2023). Probabilities are a model's "
            "opinion, not a fact: *Models* says how far each can be trusted.\n\n"
            "**What to expect**: whole people are found best. Upper bodies and close-ups are found "
            "nearly as often, but legs that nobody sees are a guess (pale and dashed), and models "
            "say little of a head and chest alone. In crowds about two of three are found; people "
            "under a twentieth of the picture's height are not. `docs/expect.md` has pictures and "
            "figures."
        )
just_deleted()
if ready:
    st.header("Videos", anchor=False)
    st.caption(
        "A card names the actions with the surest second of anybody in the video, as Watch's lanes "
        "rank them."
    )
    shelf(ready)
if unread:
    st.caption(f"{unread:,} more videos are being read; they appear when the page is loaded anew.")
deleted()
damaged.entries({row.id: row.why for row in rows if row.why}, runs.remove)
