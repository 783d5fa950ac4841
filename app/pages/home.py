"""Home: what this is, the sample, recent runs, add a video."""

from datetime import datetime
from itertools import islice

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app import jobs
from app.jobs import view
from app.storage import runs, uploads
from app.ui import damaged, navigation, settings_form, theme
from app.watch import scene
from lart_core import video
from lart_core.errors import LartError
from lart_core.runs.run import Run

CARDS = 12
POSTER_SEARCH = 120


@runs.per_run(maxsize=64)
def poster(run: Run) -> NDArray[np.uint8] | None:
    """An early frame with as many people as can be, RGB."""
    if run.player is None:
        return None
    last = min(run.video.frames, POSTER_SEARCH)
    seen = [0] * last
    for person in scene.people(run):
        for frame in person.frame[person.seen]:
            if frame < last:
                seen[frame] += 1
    best = max(range(last), key=lambda frame: seen[frame])
    return next(islice(video.frames(run.player), best, None), None)


def card(entry: runs.Entry) -> None:
    """One run: its picture, what it is, and the way to it; nothing if it cannot be read."""
    run = entry.run
    people = len(scene.people(run))
    picture = poster(run)
    with st.container(border=True):
        if picture is not None:
            st.image(picture, width="stretch", alt=f"A frame of {entry.name}")
        navigation.link("watch", entry.name, icon=":material/play_circle:", run=entry.id)
        when = datetime.fromtimestamp(entry.changed).strftime("%d %b %Y, %H:%M")
        st.caption(
            f"{people} {'person' if people == 1 else 'people'} · {run.video.seconds:.0f} s · {when}"
        )


def add_video() -> None:
    """The form that takes a video and starts its job."""
    with st.form("add", clear_on_submit=True):
        file = st.file_uploader(
            "A video file",
            type=list(video.ENDINGS),
            max_upload_size=uploads.MEGABYTES,
            help="People should be at least about 80 pixels high to be found well.",
        )
        st.caption(uploads.limits_text())
        with st.expander("Settings", icon=":material/tune:"):
            chosen = settings_form.ask("light")
        if st.form_submit_button("Process", type="primary") and file is not None:
            upload = uploads.accept(file.name, file)
            jobs.add("video", f"Video {file.name[:60]}", upload=upload, settings=chosen)
            st.rerun()


theme.heading(
    "LART Lens",
    "See what people in a video do: each person is found, followed through the video in 3-D, and "
    "given a probability for every action that the model knows, at every moment.",
)
for job in jobs.every():
    if not job.over:
        view.bar(job)
left, right = st.columns([2, 1], gap="large")
with left:
    st.header("Videos", anchor=False)
    ready = runs.ready()
    if ready:
        columns = st.columns(2)
        for index, entry in enumerate(ready[:CARDS]):
            with columns[index % len(columns)]:
                try:
                    card(entry)
                except LartError as error:
                    damaged.entries({entry.id: str(error)}, runs.remove)
    else:
        theme.empty(
            "No video is ready yet",
            "The sample is being prepared: its progress is above. It takes a minute or two. You "
            "can add a video of yours meanwhile.",
        )
    damaged.entries(runs.damaged(), runs.remove)
with right:
    st.header("Add a video", anchor=False)
    add_video()
    failed = next(iter(jobs.every()), None)
    if failed and failed.state == "failed":
        st.error(f"{failed.title}: {failed.error}", icon=":material/error:")
    st.header("How it works", anchor=False)
    st.markdown(
        "1. **People** are found in every frame, and each one's body is lifted to 3-D.\n"
        "2. **Tracks**: each person keeps one number and colour through the whole video.\n"
        "3. **Actions**: a transformer reads a person's 3-D motion and says how probable each "
        "action is, frame by frame.\n\n"
        "The method is LART (Rajasegaran et al., CVPR 2023). Probabilities are a model's opinion, "
        "not a fact: *Models* says how far each can be trusted."
    )
