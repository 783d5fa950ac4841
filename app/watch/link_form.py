"""Showing a run to somebody else, on a public server."""

from urllib.parse import urlsplit

import streamlit as st

from app.spaces import links
from app.ui import navigation
from lart_core.runs.run import Run


def show(run: Run) -> None:
    """The link to a run, and the way to make or withdraw it."""
    run_id = run.path.name
    with st.expander("Share by a link", icon=":material/link:"):
        token = links.of(run_id)
        st.write(
            "Whoever has the link may look at this video, its people, actions and corrections, and "
            "sees what the file is called. They change nothing, and see nothing else of yours."
        )
        if token is None:
            if st.button("Make a link", type="primary"):
                links.make(run_id)
                st.rerun()
            return
        st.code(_address(run_id, token), language=None, wrap_lines=True)
        if st.button("Withdraw the link", icon=":material/link_off:"):
            links.withdraw(run_id)
            st.rerun()


def _address(run_id: str, token: str) -> str:
    """What is given to others, with the host by which this browser came."""
    here = urlsplit(st.context.url or "")
    page = navigation.address("watch", run=run_id, **{links.PARAMETER: token})
    return f"{here.scheme}://{here.netloc}{page}"
