"""Buttons whose press is not lost where the page is made anew at that moment.

Streamlit tells a page of a press in one run of its script. That run may be broken off before it
comes to the button, as by a job that ends and has the page made anew; and an earlier run that ends
meanwhile takes the press back. Here it is noted as it comes, and stays until the page has seen it.
"""

from typing import Any

import streamlit as st


def button(label: str, *, key: str, **options: Any) -> bool:
    """A button as `st.button` makes it; gives whether it was pressed.

    Args:
        key: Of the button. It has to be one that stays in the page: a press waits for its button.
    """
    st.button(label, key=key, on_click=_note, args=(key,), **options)
    return _taken(key)


def submit(label: str, *, key: str, **options: Any) -> bool:
    """The same of `st.form_submit_button`."""
    st.form_submit_button(label, key=key, on_click=_note, args=(key,), **options)
    return _taken(key)


def _note(key: str) -> None:
    st.session_state[_noted(key)] = True


def _taken(key: str) -> bool:
    return bool(st.session_state.pop(_noted(key), False))


def _noted(key: str) -> str:
    return f"pressed: {key}"
