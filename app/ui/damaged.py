"""What a list shows of its damaged entries: that they are so, why, and a way to remove them."""

from collections.abc import Callable, Mapping

import streamlit as st

from app.ui import theme


def entries(found: Mapping[str, str], remove: Callable[[str], None]) -> None:
    """One box an entry.

    Args:
        found: Id of each damaged entry -> the sentence that says what is wrong with it.
        remove: Deletes the entry of an id.
    """
    for name, why in found.items():
        with st.container(border=True, key=f"damaged {name}"):
            st.markdown(f":red-badge[Damaged] **{theme.plain(name)}**")
            st.caption(theme.plain(why))
            if st.button("Remove", key=f"remove {name}", icon=":material/delete:"):
                remove(name)
                st.rerun()
