"""The browser's Back: it leads to the view before, not through every step of a cursor."""

from app.ui.component import component


def goes_back() -> None:
    """Let the page's address be replaced where it only says more exactly what is seen."""
    component("back")(key="back", height=1)
