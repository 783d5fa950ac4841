"""Choosing what is seen: values that live in the page's address, so that every view is a link."""

import math
from collections import Counter
from collections.abc import Callable, Sequence

import streamlit as st

from app.ui import theme


def choose(
    label: str,
    options: Sequence[str],
    name: str,
    *,
    fallback: int | None = 0,
    shown: Callable[[str], str] = str,
    hint: str | None = None,
    placeholder: str = "None",
    resets: Sequence[str] = (),
) -> str | None:
    """A select box whose choice is the address's parameter `name`.

    A link to something that is not among the options is said, until another is chosen.
    Streamlit knows an option again by how it is written, so options that `shown` writes alike are
    told apart by their ids.

    Args:
        options: Ids, as they stand in the address.
        fallback: Which option stands there where the address names none; None for no choice.
        shown: How an id is written in the box.
        placeholder: What stands there while nothing is chosen.
        resets: Parameters that speak of the former choice; choosing another takes them out.
    """
    written = distinct(options, shown)
    key = f"address {name}"
    if not options:
        fallback = None
    given = st.query_params.get(name)
    unknown = f"unknown {name}"
    if key not in st.session_state or given not in (None, st.session_state[key]):  # a link
        st.session_state[unknown] = None if given in options else given
    if given in options:
        st.session_state[key] = given
    elif st.session_state.get(key) not in options:
        st.session_state[key] = None if fallback is None else options[fallback]

    def keep() -> None:
        remember(name, st.session_state[key])
        st.session_state[unknown] = None
        for former in resets:
            remember(former, None)

    chosen = st.selectbox(
        label,
        options,
        index=None if fallback is None else 0,  # the state says which; another is warned of
        key=key,
        format_func=lambda option: written.get(option, option),
        help=hint,
        on_change=keep,
        placeholder=placeholder,
    )
    if chosen is not None or not st.session_state[unknown]:  # else the address still says what
        remember(name, chosen)
    if missing := st.session_state[unknown]:
        st.info(theme.plain(f"The address names {missing[:80]!r}, which is not here."))
    return chosen


def distinct(options: Sequence[str], shown: Callable[[str], str]) -> dict[str, str]:
    """Option -> how it is written, no two alike."""
    written = {option: shown(option) for option in options}
    alike = Counter(written.values())
    return {o: f"{words} · {o}" if alike[words] > 1 else words for o, words in written.items()}


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
