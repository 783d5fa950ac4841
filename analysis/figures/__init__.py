"""Plotly figures and printable pages."""
