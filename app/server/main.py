"""The script that Streamlit runs: chooses the page and shows errors as sentences.

It does not stand beside `app/pages`, because Streamlit would then run a page without it.
"""

import streamlit as st

from app import spaces
from app.spaces import doors, links
from app.ui import back, errors, navigation, sign_in, theme
from lart_core.paths import asset

st.set_page_config(page_title="LART Lens", page_icon=str(asset("icon.svg")), layout="wide")
theme.apply()
back.goes_back()
unsigned = spaces.unsigned()
page = st.navigation(navigation.pages(), position="hidden" if unsigned else "top")
try:
    if unsigned:
        by_link = page.url_path == "watch" and links.PARAMETER in st.query_params
        page.run() if by_link else sign_in.show()
    else:
        if spaces.public():
            doors.seen(spaces.visitor())
        page.run()
except Exception as error:
    errors.show(error)
