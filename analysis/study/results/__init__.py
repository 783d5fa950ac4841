"""The study's results: tables, grids, comparisons and figures."""
