"""Compare: two models on the same videos, two result sets, or the models of a study."""

import streamlit as st

from app import compare_models, compare_study, results, results_compare, theme

OF = ("Models on videos", "Result sets", "A study")

theme.heading(
    "Compare",
    "What one model does better than another: on your videos, on labelled data, or over a whole "
    "study of models.",
)
of = st.segmented_control(
    "What to compare", OF, default=OF[0], required=True, key="of", bind="query-params"
)
if of == "Models on videos":
    compare_models.models()
elif of == "Result sets":
    left, right = st.columns(2)
    with left:
        set_id = results.choose()
    with right:
        other = results_compare.choose_other(set_id)
    results.honest_about(results.judged(set_id).set)
    if other:
        results_compare.compare(set_id, other)
else:
    compare_study.study()
