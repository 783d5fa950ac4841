"""What is shown to who is not signed in, on a server where people have accounts."""

import streamlit as st

from app import spaces
from app.ui import theme


def show() -> None:
    """The way in: a button for each provider."""
    theme.heading("Sign in", "Here people have accounts: what you add is kept with yours.")
    accounts = spaces.signing_in()
    for name in accounts.providers if accounts else ():
        label = f"Sign in with {theme.plain(name)}" if name else "Sign in"
        if st.button(label, type="primary", icon=":material/login:", key=f"sign in {name}"):
            st.login(name) if name else st.login()
