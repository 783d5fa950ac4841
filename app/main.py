"""The app's one script: chooses the page and shows errors as sentences."""

import streamlit as st

from app import failure, navigation, theme

st.set_page_config(page_title="LART Lens", page_icon=":material/directions_run:", layout="wide")
theme.apply()
page = st.navigation(navigation.pages(), position="top")
try:
    page.run()
except Exception as error:
    failure.show(error)
