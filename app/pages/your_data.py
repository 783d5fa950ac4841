"""Your data: what this server keeps of a visitor, for how long, and how to make it go."""

import time
from collections.abc import Callable

import streamlit as st

from app import spaces
from app.jobs import videos
from app.spaces import leaving, quota
from app.storage import bin, uploads
from app.ui import press, theme

WAIT = 30.0
"""Seconds that the page waits for everything to be gone."""


def kept() -> None:
    """Every video that was added, and the way to remove it with all that was made of it."""
    found, deleted = uploads.kept(), bin.every()
    if not found and not deleted:
        theme.empty("No video of yours", "What you add on Home is listed here.")
    for upload, name in found.items():
        row(upload, name, "Remove", videos.remove)
    if deleted:
        st.markdown(
            "Deleted on Home: they can be taken back there, and take up disk until they are gone "
            "for good."
        )
    for one in deleted:
        row(one.id, one.name, "Delete for good", videos.delete_for_good)


def row(id: str, name: str, label: str, remove: Callable[[str], None]) -> None:
    """One video, and the button that removes it."""
    with st.container(border=True, key=f"kept {id}"):
        what, doing = st.columns([3, 1], vertical_alignment="center")
        what.markdown(f"**{theme.plain(name)}**")
        doing.button(
            label, key=f"remove {id}", icon=":material/delete:", on_click=remove, args=(id,)
        )


def delete_everything() -> None:
    """The button that deletes all, after one more question."""
    asked = st.session_state.setdefault("deletions", 0)
    with st.popover("Delete my data", icon=":material/delete_forever:", key=f"delete {asked}"):
        st.write("All your videos, runs, jobs, exports and result sets go now, for good.")
        if not press.button("Delete everything now", key=f"delete now {asked}", type="primary"):
            return
        someone = spaces.visitor()
        leaving.ask(someone)
        end = time.monotonic() + WAIT
        with st.spinner("Stopping your jobs and deleting your files …"):
            while someone.folder.exists() and time.monotonic() < end:
                time.sleep(0.2)
    st.session_state["deletions"] = asked + 1
    st.rerun()


def deleted() -> None:
    """Say once that everything was deleted."""
    asked = st.session_state.get("deletions", 0)
    if asked > st.session_state.get("deletions told", 0):
        st.session_state["deletions told"] = asked
        st.success("Everything of yours is deleted.", icon=":material/check:")


def account() -> None:
    """Who is signed in, and the way out."""
    who, out = st.columns([4, 1], vertical_alignment="center")
    called = st.user.get("name") or st.user.get("email") or "somebody without a name"
    who.markdown(f"Signed in as **{theme.plain(called)}**")
    if out.button("Sign out", icon=":material/logout:"):
        st.logout()


with_accounts = spaces.signing_in() is not None
theme.heading(
    "Your data",
    "What this server keeps of you. Only you see it, and who has a link that you made: "
    f"{'your account' if with_accounts else 'a cookie of your browser'} says which it is.",
)
deleted()
if with_accounts:
    account()
granted = spaces.granted()
folder = spaces.visitor().folder
left, right = st.columns([3, 2], gap="large")
with left:
    st.header("Your videos", anchor=False)
    kept()
with right:
    st.metric("Disk", f"{quota.used(folder) / 1e6:,.0f} of {granted.gigabytes * 1000:,.0f} MB")
    st.metric("Videos", f"{len(uploads.kept())} of {granted.videos}")
    st.write(
        f"Everything is deleted {granted.expire_hours:g} hours after your last visit, or when you "
        "say so."
    )
    if not with_accounts:
        st.write(
            "If your browser forgets this site's cookies, nobody can find your data any more, and "
            "they go by themselves."
        )
    delete_everything()  # Last: once it can be pressed, nothing more is drawn.
