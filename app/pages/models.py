"""Models: what every model file is, whether it is here, how to get it, and what to expect of it."""

from collections import Counter

import pandas as pd
import streamlit as st

from app import jobs, spaces
from app.jobs import teach_form, view
from app.storage import models, runs
from app.ui import errors, theme
from lart_core import body, presets, rendering, weights
from lart_core.errors import LartError, told
from lart_core.paths import asset

STATES = {
    weights.State.PRESENT: "here",
    weights.State.MISSING: "missing",
    weights.State.DAMAGED: "damaged",
}


def register(unasked: bool) -> pd.DataFrame:
    """The register of model files as a table: those that a run fetches unasked, or the others."""
    return pd.DataFrame(
        {
            "Name": record.name,
            "What it is for": record.purpose,
            "State": STATES[weights.state(record)],
            "Size": record.readable_size,
            "Licence": f"[{record.licence}]({record.licence_url})",
            "Source": " or ".join(dict.fromkeys(source.place for source in record.sources)),
        }
        for record in weights.REGISTER.values()
        if record.fetched_unasked == unasked
    ).set_index("Name")


def how_to_get(name: str) -> None:
    """What to do about one file that is not here."""
    record = weights.find(name)
    st.markdown(f"**{record.name}** ({record.readable_size}, {record.licence})")
    if any(isinstance(source, weights.UserFile) for source in record.sources):
        st.markdown("Its licence asks you to sign up, so only you can get it. Put your copy here:")
        st.code(str(weights.local_path(record)), language=None, wrap_lines=True)
        return
    st.markdown(f"Its licence: [{record.licence}]({record.licence_url})")
    if spaces.public():
        st.code(f"lart weights fetch {record.name}", language=None, wrap_lines=True)
    elif st.button("I have seen the licence: fetch it", key=f"fetch {record.name}"):
        jobs.add("weights", f"Fetching {record.name}", name=record.name)
        st.rerun()


def own_models() -> None:
    """The models that were taught, trained or brought here, and the button that removes each."""
    names = models.own()
    if not names:
        return
    st.subheader("Models of your own", anchor=False)
    used = Counter(model for entry in runs.ready() for model in entry.run.models())
    for name in names:
        what, doing = st.columns([4, 1], vertical_alignment="center")
        videos = f"{used[name]} video{'' if used[name] == 1 else 's'}"
        what.markdown(f"**{theme.plain(name)}** · names the actions of {videos}")
        if doing.button("Remove", key=f"remove model {name}", icon=":material/delete:",
                        help="Deletes the model, and what it said of your videos."):  # fmt: skip
            with errors.said_here():
                if busy := [job for job in jobs.every() if not job.over and name in _asked(job)]:
                    raise LartError(f"It is at work; cancel “{busy[0].title}” first.")
                models.remove(name)
                st.rerun()


def _asked(job: jobs.Job) -> set[str]:
    """Models that a job makes or uses."""
    given = (job.arguments.get(name) for name in ("model", "start", "name"))
    return {name for name in given if name is not None}


def apply_form() -> None:
    """Let any model of this machine name the actions of any run."""
    own = [entry for entry in runs.ready() if not runs.RUNS.shared(entry.id)]
    names = runs.names(own)
    with st.form("apply"):
        run = st.selectbox("Video", list(names), format_func=names.__getitem__)
        model = st.selectbox("Model", list(models.models()))
        if st.form_submit_button("Name the actions") and run and model:
            with errors.said_here():
                jobs.add("actions", f"{model} on {names[run]}", run=run, model=model)
                st.success("Started; see Jobs. The video then has one more model to compare.")


def train_form() -> None:
    """Train a small model on a data set of this machine."""
    data_sets = models.data_sets()
    if not data_sets:
        st.markdown("Put a folder of tracklets with its `labels.safetensors` here to train on it:")
        st.code(str(models.data_folder()), language=None, wrap_lines=True)
        return
    with st.form("train"):
        data = st.selectbox("Data set", data_sets)
        name = st.text_input("Name of the model", "my-model", help="a-z, 0-9 and dashes")
        epochs = st.number_input("Epochs", 1, 500, 20, help="Rounds through the data")
        if st.form_submit_button("Train") and data:
            with errors.said_here():
                if not models.NAME.fullmatch(name) or name in models.models():
                    raise LartError("Expected a new name of a-z, 0-9 and dashes.")
                jobs.add("train", f"Training {name}", data=data, name=name, epochs=int(epochs))
                st.success("Started; see Jobs.")


theme.heading(
    "Models",
    "Every file that the method needs: what it does, where it comes from, under which licence, and "
    "whether it is on this machine.",
)
st.header("Models that name actions", anchor=False)
cards = [file.with_suffix(".md") for file in presets.demo_models().values()]
if cards:
    for card in cards:
        title, summary = card.read_text(encoding="utf-8").split("\n\n", 2)[:2]
        st.markdown(f"**{title.lstrip('# ')}** · {summary}")
        with st.expander(f"Card of {card.stem}: what it knows, its data, its held-out figures"):
            st.markdown(card.read_text(encoding="utf-8"))
else:
    theme.empty("No model cards", "This copy of LART Lens ships no action model.")

own_models()
left, right = st.columns(2, gap="large")
with left:
    st.subheader("Use a model on a video", anchor=False)
    apply_form()
if not spaces.public():
    with right:
        st.subheader("Train a small model", anchor=False)
        train_form()

if not spaces.public():
    st.header("Teach a model what you corrected", anchor="teach")
    teach_form.show()

st.header("Model files", anchor=False)
view.here(lambda job: job.kind == "weights")
unasked, others = register(unasked=True), register(unasked=False)
st.table(unasked)
with st.expander(f"Files of the full system, and data ({len(others)})"):
    st.table(others)
missing = [name for table in (unasked, others) for name in table.index[table["State"] != "here"]]
if missing and not spaces.public():
    with st.expander(f"How to get what is missing ({len(missing)})"):
        for name in missing:
            how_to_get(name)
    st.caption("The default way of running fetches what it needs by itself at its first run.")

st.header("Bodies and pictures", anchor=False)
own = body.chosen() == asset("body/body.npz")
st.markdown(
    "Body: **ours**, in SMPL's format, made from CC0 assets. Set `LART_SMPL` to use your SMPL file."
    if own
    else f"Body: **yours**, {theme.plain(body.chosen().name)} (named by `LART_SMPL`)."
)
st.table(
    pd.DataFrame(
        {
            "Way to draw": name.upper() if name != "numpy" else "NumPy",
            "On this machine": "works" if not reason else told(f"does not work: {reason}"),
            "In use": "yes" if name == rendering.shared().backend else "",
        }
        for name, reason in rendering.available_backends().items()
    ).set_index("Way to draw")
)
st.caption(
    "EGL and OSMesa draw with OpenGL through pyrender; NumPy is the slow way that always is."
)
