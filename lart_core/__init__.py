"""The method: video -> people -> tracklets -> actions. No Streamlit, no Plotly, no pandas."""
