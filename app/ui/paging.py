"""The way to the other pages of a long list."""

import streamlit as st

from app.ui import query


def paging(number: int, pages: int, more: str = "") -> None:
    """Buttons to the page before and the next one; the address holds the number.

    Args:
        number: Of this page, from 1.
        more: Said beside the number.
    """
    before, here, after = st.columns([1, 2, 1], vertical_alignment="center")
    if before.button("Page before", icon=":material/chevron_left:", disabled=number == 1):
        query.remember("page", number - 1)
        st.rerun()
    here.markdown(f"Page {number} of {pages}{more}")
    if after.button("Next page", icon=":material/chevron_right:", disabled=number == pages):
        query.remember("page", number + 1)
        st.rerun()
