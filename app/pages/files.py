"""Files: what every file and array of a run is."""

import json
from pathlib import PurePath
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from analysis.runs.ava_predictions import video_id
from analysis.runs.ground_truth import add_truth
from app import spaces
from app.jobs import view
from app.spaces import quota
from app.storage import run_files, runs
from app.ui import errors, query, theme
from app.watch import scene
from lart_core.runs.run import Run


def files(run: Run) -> pd.DataFrame:
    """What lies in the run's folder, in words and bytes."""
    there = sorted(path for path in run.path.iterdir() if not path.name.startswith("."))
    return pd.DataFrame(
        {
            "File": theme.plain(path.name) + ("/" if path.is_dir() else ""),
            "What it is": run_files.FILES.get(path.name, ""),
            "Size": f"{run_files.size(path) / 1e6:.2f} MB",
        }
        for path in there
    )


def arrays(run: Run, track_id: int) -> pd.DataFrame:
    """The arrays of one person, with the shapes that they have in this run."""
    person = run.people().by_id(track_id)
    rows = []
    for name, words in run_files.arrays().items():
        value = getattr(person, name)
        known = isinstance(value, np.ndarray)
        rows.append(
            {
                "Array": name,
                "Shape here": str(value.shape) if known else "",
                "Type": str(value.dtype) if known else type(value).__name__,
                "What it is": words,
            }
        )
    return pd.DataFrame(rows)


def shown_facts(run: Run) -> dict[str, Any]:
    """The run's facts; where strangers are served without the folder of the video."""
    if not spaces.public():
        return run.facts
    return run.facts | {"source": PurePath(run.facts["source"]).name}


def truth_form(run: Run) -> None:
    """Take what people labelled in this video."""
    with st.form(f"truth {run.path.name}", clear_on_submit=True):
        file = st.file_uploader(
            "Labels of this video by people (AVA's CSV)",
            type=["csv", "gz"],
            key=f"truth file {run.path.name}",
            help=f"Rows of the video {video_id(run)!r}; Watch then shows them.",
        )
        begins = st.number_input(
            "Second of the film at which the video begins",
            value=run.video_begins_at,
            help="900 for AVA's 15-minute cuts",
            key=f"truth begins {run.path.name}",
        )
        if st.form_submit_button("Add labels") and file is not None:
            with errors.said_here():
                quota.room()
                own = runs.find_own(run.path.name)
                count = add_truth(own, file.getvalue(), file.name, begins_at=begins)
                st.success(f"{count} labels were added; the lanes on Watch show them.")


theme.heading(
    "Files",
    "What a processed video leaves on this machine: every file, and every array in it. Nothing is "
    "a pickle; all of it can be read without LART Lens.",
)
ready = {entry.id: entry for entry in runs.ready()}
given = st.query_params.get("run")
if given is not None and given not in ready:
    view.unfinished(given)
    runs.find(given)
if not ready:
    theme.empty("No videos yet", "The files of a run are explained here once there is one.")
else:
    names = runs.names(ready.values())
    chosen = query.choose("Video", list(ready), "run", shown=names.__getitem__)
    assert chosen is not None
    run = ready[chosen].run
    st.header("The folder", anchor=False)
    folder = run.path.name if spaces.public() else str(run.path)
    st.code(folder, language=None, wrap_lines=True)
    st.table(files(run).set_index("File"))
    st.header("The arrays of a person", anchor=False)
    people = [str(person.track_id) for person in scene.people(run)]
    person = query.choose("Person", people, "person") if people else None
    if person:
        st.caption("T is the number of frames, K the number of appearance vectors of length D.")
        st.table(arrays(run, int(person)).set_index("Array"))
        st.code(
            "from lart_core.runs.run import Run\n\n"
            f"run = Run.open({folder!r})\n"
            "for person in run.tracklets():\n"
            "    print(person.track_id, person.box.shape, person.person_vector().shape)",
            language=None,
            wrap_lines=True,
        )
    st.header("Ground truth", anchor=False)
    truth_form(run)
    st.header("The run's facts", anchor=False)
    with st.expander("run.json"):
        st.code(json.dumps(shown_facts(run), indent=1), language=None, wrap_lines=True)
