"""Errors as people see them: one sentence, never a traceback."""

import logging

import streamlit as st

from lart_core.errors import LartError, machine_fault

log = logging.getLogger("lart.app")


def show(error: Exception) -> bool:
    """Show an error in the page; what nobody foresaw goes to the log with its traceback.

    Returns True: nothing more is to be shown.
    """
    said = str(error) if isinstance(error, LartError) else machine_fault(error)
    if said is not None:
        log.info("A page refused something.", extra={"event": "refused", "where": "page"})
        st.error(said, icon=":material/error:")
    else:
        log.error("A page failed.", exc_info=error)
        st.error(
            "Something went wrong while making this page. Reload it; if it happens again, the "
            "terminal in which the app was started says what failed.",
            icon=":material/error:",
        )
    return True
