"""The script that Streamlit runs: chooses the page and shows errors as sentences.

It does not stand beside `app/pages`, because Streamlit would then run a page without it.
"""

import streamlit as st

from app import spaces
from app.spaces import doors
from app.ui import back, errors, navigation, theme
from lart_core.paths import asset

st.set_page_config(page_title="LART Lens", page_icon=str(asset("icon.svg")), layout="wide")
theme.apply()
back.goes_back()
page = st.navigation(navigation.pages(), position="top")
try:
    if spaces.public():
        doors.seen(spaces.visitor())
    page.run()
except Exception as error:
    errors.show(error)
