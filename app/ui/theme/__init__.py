"""How the app looks: one sheet of style, and the marks that mean the same on every page."""

import re
from html import escape
from importlib.resources import files
from pathlib import Path

import streamlit as st

from lart_core.rendering import colors

_JOINER = "\u2060"
"""Takes no room; what it parts is no address and no list to Markdown."""
SHEET = Path(str(files("app.ui.theme"))) / "lart.css"


def apply() -> None:
    """Put the app's style sheet into the page."""
    st.html(SHEET)


def person(track_id: int) -> str:
    """A person's mark as HTML: the track id on the person's colour."""
    return (
        f'<span class="lart-person" style="background:{colors.color(track_id)};'
        f'color:{colors.ink(track_id)}">{int(track_id)}</span>'
    )


def heading(title: str, summary: str) -> None:
    """A page's title and the one sentence that says what the page is for."""
    st.title(title, anchor=False)
    st.html(f'<p class="lart-summary">{escape(summary)}</p>')


def plain(text: object) -> str:
    """Text that somebody gave (a name, a label) for Markdown, which shows it as it is.

    No link, picture, colour, formula, list or HTML comes of it; line breaks become spaces.
    """
    escaped = re.sub(r"([\\*_`\[\]$~:<>#|&])", r"\\\1", " ".join(str(text).split()))
    escaped = re.sub(r"^([-+]|\d+(?=[.)]))", rf"{_JOINER}\1", escaped)
    return re.sub(r"(?i)(https?(?=\\:)|www(?=\.)|@)", rf"\1{_JOINER}", escaped)


def empty(title: str, hint: str) -> None:
    """What a page shows where there is nothing yet: what is missing and what to do."""
    st.html(
        f'<div class="lart-empty" role="status"><strong>{escape(title)}</strong>'
        f"<p>{escape(hint)}</p></div>"
    )
