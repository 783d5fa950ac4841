"""Compare: two models on the same videos, two result sets, or the models of a study."""

import streamlit as st

from app.compare import models, result_sets, study
from app.results import sets
from app.ui import theme

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
    models.models()
elif of == "Result sets":
    left, right = st.columns(2)
    with left:
        set_id = sets.choose()
    with right:
        other = result_sets.choose_other(set_id)
    sets.honest_about(sets.judged(set_id).set)
    if other:
        result_sets.compare(set_id, other)
else:
    study.study()
