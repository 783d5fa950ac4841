"""The part of Watch that draws the bodies anew once somebody corrected who is who."""

import streamlit as st

from app import jobs
from app.jobs import view
from app.storage import runs
from app.ui import errors
from lart_core.runs.run import Run


def show(run: Run) -> None:
    """Why the bodies of a run are not over its picture, and the button that draws them; nothing
    where they are there, or never were."""
    wish = {"run": run.path.name}
    mine = [job for job in jobs.every() if job.kind == "layer" and job.arguments == wish]
    view.here(lambda job: job in mine and job.state != "done", most=1)
    going_on = any(not job.over for job in mine)
    if going_on or not runs.mesh_layer_is_stale(run) or not len(run.people()):
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            "The bodies over the picture were drawn before who is who was corrected, so they are "
            "not shown."
        )
        if st.button("Draw the bodies anew", icon=":material/accessibility_new:"):
            with errors.said_here():
                jobs.add("layer", f"Bodies of {run.video.name}", **wish)
                st.rerun()
