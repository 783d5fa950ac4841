"""The dialog that makes a result set from files, or from processed videos."""

from pathlib import Path

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

import analysis
from analysis.ava import result_set
from analysis.ava.label_map import LabelMap, parse_label_map
from analysis.runs.ava_predictions import distinct, predictions_of_runs, video_id
from app import spaces
from app.results import sets
from app.spaces import quota
from app.storage import runs
from app.ui import errors, navigation
from lart_core.errors import LartError
from lart_core.runs.run import Run
from lart_core.video import ENDINGS

CSV = ["csv", "gz"]
LISTS = {"AVA, the 60 that are scored": 60, "AVA, all 80": 80}
LOOPBACK = ("127.0.0.1", "::1", "localhost")
OWN_LIST = "My own list (.pbtxt, .txt, .json)"


@st.dialog("Open results", width="large")
def dialog() -> None:
    """The form over the page."""
    form()


def form() -> None:
    """Ask for the files, check them, keep them, and show the new set."""
    st.caption(
        "AVA's CSV layout, as SlowFast and MMAction2 write it: video, timestamp, x1, y1, x2, y2, "
        f"action, score; boxes as fractions of the picture. Plain or .gz. {_kept()}"
    )
    models = sets.models_of_runs()
    sources = ["A file", "My processed videos"]
    source = "A file"
    if models:
        source = st.segmented_control("Predictions from", sources, default=source, required=True)
    chosen: list[Run] = []
    model = None
    if source != "A file":
        model = st.selectbox("Model", list(models))
        chosen = _runs(models[str(model)])
    with st.form("open results", border=False):
        name = st.text_input("Name", placeholder="For example: LART, fine-tuned", max_chars=60)
        predictions = None
        begins_at: float | None = None
        if source == "A file":
            predictions = st.file_uploader("Predictions", type=CSV)
        else:
            begins_at = st.number_input(
                "The videos begin at second",
                value=None,
                min_value=0.0,
                placeholder="As they were processed, or 0",
                help="900 for the 15-minute clips that AVA's tools cut.",
            )
        truth = st.file_uploader("Ground truth", type=CSV)
        left, right = st.columns(2)
        with left:
            classes = st.selectbox("Classes that are scored", [*LISTS, OWN_LIST])
        with right:
            own = st.file_uploader("My own list, if chosen", type=["pbtxt", "txt", "json"])
        folder = ""
        if on_this_machine():
            folder = st.text_input(
                "Folder of the videos (optional)",
                placeholder="For example: /data/ava/clips",
                help="Keyframes then play. The videos are named as in the ground truth, with or "
                f"without their ending ({', '.join(ENDINGS)}), and stay where they are.",
            )
        exclusions = st.file_uploader("Excluded timestamps (optional)", type=CSV)
        if not st.form_submit_button("Open", type="primary"):
            return
    try:
        if truth is None or (predictions is None and model is None):
            raise LartError("Expected a file of predictions and one of ground truth: choose both.")
        if model is not None and not chosen:
            raise LartError("Expected at least one video to judge: choose some above.")
        with st.spinner("Reading and checking the files …"):
            if predictions is not None:
                said = analysis.read_predictions(predictions.getvalue(), predictions.name)
            else:
                said = predictions_of_runs(chosen, str(model), begins_at)
            quota.room()
            set_id = result_set.add(
                name.strip() or (predictions.name if predictions else str(model)),
                said,
                analysis.read_ground_truth(truth.getvalue(), truth.name),
                _label_map(str(classes), own),
                analysis.read_exclusions(exclusions.getvalue(), exclusions.name)
                if exclusions
                else None,
                videos=Path(folder.strip()).expanduser() if folder.strip() else None,
                begins_at=begins_at,
            )
    except LartError as error:
        errors.say(error)
        return
    navigation.go("ava_results", set=set_id)


def _runs(entries: list[runs.Entry]) -> list[Run]:
    """Which processed videos are judged; what of them counts is said."""
    by_id, names = {entry.id: entry for entry in entries}, runs.names(entries)
    ids = st.multiselect("Videos", list(by_id), list(by_id), format_func=names.__getitem__)
    chosen = [by_id[i].run for i in ids]
    _, twice = distinct(chosen)
    counted_as = {run.path: kept for run, kept in twice}
    rows = [
        (
            names[run.path.name],
            video_id(run),
            len(run.people()),
            f"the same video as {names[counted_as[run.path].path.name]}: counted once"
            if run.path in counted_as
            else ""
            if len(run.people())
            else "nobody is in it: all of its labels are missed",
        )
        for run in chosen
    ]
    if rows:
        st.dataframe(
            pd.DataFrame(rows, columns=["Video", "Named in the tables", "People", "Note"]),
            hide_index=True,
            height=min(38 + 35 * len(rows), 220),
        )
    return chosen


def _kept() -> str:
    if spaces.public():
        return "What is kept is a table of theirs, for you alone."
    return "The files stay on this machine; what is kept is a table of theirs under LART_HOME."


def on_this_machine() -> bool:
    """Whether only this machine reaches the app: nobody else may say what it reads of its disk."""
    return not spaces.public() and st.get_option("server.address") in LOOPBACK


def _label_map(choice: str, own: UploadedFile | None) -> LabelMap:
    if choice != OWN_LIST:
        return analysis.ava_label_map(LISTS[choice])
    if own is None:
        raise LartError("Expected a label map: choose your file, or one of AVA's lists.")
    return parse_label_map(own.getvalue().decode("utf-8", errors="replace"), own.name)
