"""Errors as people see them: one sentence, never a traceback."""

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from app import spaces
from app.ui import theme
from lart_core.errors import LartError, machine_fault

log = logging.getLogger("lart.app")


def say(error: object) -> None:
    """Show a sentence that says what is wrong; names in it are text."""
    st.error(theme.plain(error), icon=":material/error:")


@contextmanager
def said_here() -> Iterator[None]:
    """A block of a form: what the user can mend is said where the block stands, in view."""
    try:
        yield
    except LartError as error:
        say(error)


def show(error: Exception) -> bool:
    """Show an error in the page; what nobody foresaw goes to the log with its traceback.

    Returns True: nothing more is to be shown.
    """
    said = str(error) if isinstance(error, LartError) else machine_fault(error)
    if said is not None:
        log.info("A page refused something.", extra={"event": "refused", "where": "page"})
        say(said)
    else:
        if spaces.public():  # what an error says may name a visitor's file
            where = "".join(traceback.format_tb(error.__traceback__))
            log.error("A page failed with %s:\n%s", type(error).__name__, where)
        else:
            log.error("A page failed.", exc_info=error)
        st.error(
            "Something went wrong while making this page. Reload it; if it happens again, the "
            "log of the app says what failed.",
            icon=":material/error:",
        )
    return True
