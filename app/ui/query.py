"""Choosing what is seen: values that live in the page's address, so that every view is a link."""

import math
from collections.abc import Callable, Sequence

import streamlit as st


def choose(
    label: str,
    options: Sequence[str],
    name: str,
    *,
    fallback: int | None = 0,
    shown: Callable[[str], str] = str,
    hint: str | None = None,
    placeholder: str = "None",
) -> str | None:
    """A select box whose choice is the address's parameter `name`.

    Args:
        options: Ids, as they stand in the address.
        fallback: Which option stands there where the address names none; None for no choice.
        shown: How an id is written in the box.
        placeholder: What stands there while nothing is chosen.
    """
    key = f"address {name}"
    if not options:
        fallback = None
    given = st.query_params.get(name)
    if given in options:
        st.session_state[key] = given
    elif st.session_state.get(key) not in options:
        st.session_state[key] = None if fallback is None else options[fallback]

    def keep() -> None:
        remember(name, st.session_state[key])

    chosen = st.selectbox(
        label,
        options,
        index=None if fallback is None else 0,  # the state says which; another is warned of
        key=key,
        format_func=shown,
        help=hint,
        on_change=keep,
        placeholder=placeholder,
    )
    remember(name, chosen)
    return chosen


def number(name: str) -> int | None:
    """A whole number from the address, or None where there is none."""
    text = st.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def decimal(name: str) -> float | None:
    """A finite number from the address, or None where there is none."""
    try:
        value = float(st.query_params.get(name, ""))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def remember(name: str, value: object) -> None:
    """Put a value into the address; None takes it out."""
    if value is None:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != str(value):
        st.query_params[name] = str(value)
