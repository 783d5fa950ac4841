"""The pages, and links to them. A link carries ids, never paths of files."""

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlencode

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from app import spaces
from app.ui import theme

FOLDER = Path(str(files("app"))) / "pages"


@dataclass(frozen=True)
class PageFacts:
    """One page: file name in `app/pages` and end of its address, title, icon."""

    name: str
    title: str
    icon: str
    public: bool = False
    """Whether it is for visitors of a public server only."""


PAGES = (
    PageFacts("home", "Home", ":material/home:"),
    PageFacts("search", "Search", ":material/search:"),
    PageFacts("watch", "Watch", ":material/play_circle:"),
    PageFacts("ava_results", "AVA results", ":material/leaderboard:"),
    PageFacts("failures", "Failures", ":material/troubleshoot:"),
    PageFacts("compare", "Compare", ":material/compare_arrows:"),
    PageFacts("models", "Models", ":material/deployed_code:"),
    PageFacts("files", "Files", ":material/folder_open:"),
    PageFacts("jobs", "Jobs", ":material/list_alt:"),
    PageFacts("your_data", "Your data", ":material/lock_person:", public=True),
)


def pages() -> list[StreamlitPage]:
    """Every page whose file is there, Home first."""
    return [
        st.Page(
            FOLDER / f"{page.name}.py",
            title=page.title,
            icon=page.icon,
            url_path="" if page.name == "home" else page.name,
            default=page.name == "home",
        )
        for page in PAGES
        if (FOLDER / f"{page.name}.py").exists() and (spaces.public() or not page.public)
    ]


def address(page: str, **parameters: object) -> str:
    """Link to a page's view, for tables and text: ``address("watch", run="walk-1", frame=7)``.

    Parameters that are None are left out.
    """
    query = urlencode({key: value for key, value in parameters.items() if value is not None})
    return f"/{'' if page == 'home' else page}" + (f"?{query}" if query else "")


def go(page: str, **parameters: object) -> None:
    """Open a page's view in this browser tab and end this run of the script."""
    query = {key: str(value) for key, value in parameters.items() if value is not None}
    st.switch_page(FOLDER / f"{page}.py", query_params=query)


def link(page: str, label: str, *, icon: str | None = None, **parameters: object) -> None:
    """A link to a page's view in the page."""
    query = {key: str(value) for key, value in parameters.items() if value is not None}
    st.page_link(FOLDER / f"{page}.py", label=theme.plain(label), icon=icon, query_params=query)
