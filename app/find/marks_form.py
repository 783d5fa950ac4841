"""The dialog in which people tag and note what they see."""

import streamlit as st

from app.storage import notes
from app.storage.notes import Note
from app.ui import errors, theme
from lart_core.errors import LartError


@st.dialog("Tags and notes")
def dialog(title: str, kind: str, owner: str, keys: dict[str, str]) -> None:
    """Ask for tags and a note.

    Args:
        title: What it is about, in words.
        kind, owner: As in `app.storage.notes`.
        keys: What may be meant: words -> key; the first is offered.
    """
    st.markdown(f"**{theme.plain(title)}**")
    meant = list(keys)
    what = st.radio("Say it of", meant, horizontal=True) if len(meant) > 1 else meant[0]
    form(kind, owner, keys[str(what)])


def form(kind: str, owner: str, key: str) -> None:
    """Fields for the tags and the note of one thing; saving runs the page anew."""
    kept: Note = notes.note(kind, owner, key)
    with st.form(f"tags {kind} {owner} {key}", border=False):
        tags = st.multiselect(
            "Tags",
            sorted({*notes.tags(), *kept.tags}, key=str.casefold),
            default=list(kept.tags),
            accept_new_options=True,
            placeholder="Choose, or type a new one and press Enter",
        )
        text = st.text_area("Note", kept.note, max_chars=notes.LONGEST_NOTE)
        if st.form_submit_button("Save", type="primary"):
            try:
                notes.keep(kind, owner, key, tags, text)
            except LartError as error:
                errors.say(error)
                return
            st.rerun()
