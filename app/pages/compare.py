"""Compare: two models on the same videos, two result sets, or the models of a study."""

import streamlit as st

from app import jobs
from app.compare import models, result_sets, study
from app.jobs import view
from app.results import sets
from app.storage import models as stored_models
from app.storage import runs
from app.ui import theme

OF = ("Models on videos", "Result sets", "A study")


def offer() -> None:
    """A way to something to compare: let one more model name the actions of all videos."""
    ready = [entry for entry in runs.ready() if runs.own(entry.run)]
    known = list(stored_models.models())
    if not ready or not known:
        return
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    model = left.selectbox("Model", known, key="offered")
    lacking = [entry for entry in ready if model not in entry.run.models()]
    count = f"{len(lacking)} {'video' if len(lacking) == 1 else 'videos'}"
    if right.button(
        f"Name the actions of {count} with {model}", type="primary", disabled=not lacking
    ):
        for entry in lacking:
            jobs.add("actions", f"{model} on {entry.name}", run=entry.id, model=model)
        st.rerun()
    view.here(lambda job: job.kind == "actions")


theme.heading(
    "Compare",
    "What one model does better than another: on your videos, on labelled data, or over a whole "
    "study of models.",
)
of = st.segmented_control(
    "What to compare", OF, default=OF[0], required=True, key="of", bind="query-params"
)
if of == "Models on videos":
    if not models.models():
        offer()
elif of == "Result sets":
    left, right = st.columns(2)
    with left:
        set_id = sets.choose()
    with right:
        other = result_sets.choose_other(set_id)
    sets.honest_about(*(sets.judged(each).set for each in (set_id, other) if each))
    if other:
        result_sets.compare(set_id, other)
else:
    study.study()
