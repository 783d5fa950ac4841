"""The pages: one module each, run by Streamlit at every click (`app.ui.navigation`)."""
