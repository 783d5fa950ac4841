"""The part of Models that teaches a model what people corrected, and says what it was worth."""

from pathlib import Path

import streamlit as st

from analysis.runs.teaching import JUDGED, Lesson, read_lesson
from app import jobs
from app.jobs import view
from app.storage import models, runs
from app.ui import errors, navigation, theme
from lart_core.ava_labels import ava_actions
from lart_core.errors import LartError
from lart_core.runs.run import Run

START = "pose-small"
"""What is gone on from, where nobody chooses another."""


def show() -> None:
    """What was corrected, how to teach it, and what was taught."""
    videos = models.corrected_videos()
    if not videos:
        theme.empty(
            "Nobody has corrected anything yet",
            "Open a video on the Watch page, press Correct below it, and say who does what when.",
        )
        navigation.link("watch", "Watch", icon=":material/play_circle:")
    else:
        _form(videos)
    view.here(lambda job: job.kind == "teach")
    for name, file in models.models().items():
        lesson = read_lesson(file.parent)
        if lesson is not None:
            _taught(name, file.parent, lesson)


def _form(videos: list[list[Run]]) -> None:
    """Which videos teach, which judge."""
    names = runs.names(runs.ready())
    titles = [names[own[0].path.name] for own in videos]
    for own in videos:
        if len(own) > 1:
            both = " and ".join(names[run.path.name] for run in own)
            st.caption(theme.plain(f"{both} are the same video: they teach or judge together."))
    drawn = {action for own in videos for run in own for action in run.corrections().actions()}
    if len(drawn) == 1:
        st.warning(
            f"Only “{ava_actions()[drawn.pop()].name}” was drawn. A model that learns nothing else "
            "says it of everybody: draw other actions, too, also of people who do not do this one.",
            icon=":material/warning:",
        )
    numbers = list(range(len(videos)))
    with st.form("teach"):
        start = st.selectbox(
            "Go on from", list(models.models()), index=list(models.models()).index(START)
        )
        held = []
        if len(videos) > 1:
            held = st.multiselect(
                "Held out, to judge by",
                numbers,
                numbers[-max(1, len(videos) // 3) :],
                format_func=titles.__getitem__,
                help="The model does not learn from these; it is judged on nothing else.",
            )
        else:
            st.info(
                f"Only {theme.plain(titles[0])} was corrected, so nothing is held out: the model "
                "is taught but not judged. Correct a second video to have a figure."
            )
        name = st.text_input("Name of the model", "my-taught", help="a-z, 0-9 and dashes")
        epochs = st.number_input("Rounds through the corrected people", 2, 500, 20)
        if st.form_submit_button("Teach", type="primary"):
            with errors.said_here():
                _start(videos, held, str(start), name, int(epochs))


def _start(videos: list[list[Run]], held: list[int], start: str, name: str, epochs: int) -> None:
    """Begin the job.

    Raises:
        LartError: The name cannot be, or nothing is left to learn from.
    """
    if not models.NAME.fullmatch(name) or name in models.models():
        raise LartError("Expected a new name of a-z, 0-9 and dashes.")
    if len(held) == len(videos):
        raise LartError("Expected at least one video to learn from, but all are held out.")
    sides: dict[bool, list[str]] = {True: [], False: []}
    for number, own in enumerate(videos):
        sides[number in held] += [run.path.name for run in own]
    jobs.add(
        "teach",
        f"Teaching {name}",
        start=start,
        name=name,
        taught=sides[False],
        held_out=sides[True],
        epochs=epochs,
    )
    st.rerun()


def _taught(name: str, folder: Path, lesson: Lesson) -> None:
    """One taught model, its figures and the files that they are of."""
    with st.container(border=True):
        learnt = ", ".join(lesson.taught)
        st.markdown(theme.plain(f"{name}, from {lesson.start}: learnt from {learnt}."))
        if lesson.before is None or lesson.after is None:
            st.markdown("Not judged: no corrected people of another video were held out.")
            return
        left, right = st.columns(2)
        left.metric(theme.plain(f"{lesson.start} before"), f"{100 * lesson.before:.1f} % mAP")
        right.metric(
            theme.plain(f"{name} after"),
            f"{100 * lesson.after:.1f} % mAP",
            f"{100 * (lesson.after - lesson.before):+.1f} points",
        )
        people = f"{lesson.people} labelled people at keyframes"
        st.caption(
            theme.plain(
                f"On {', '.join(lesson.held_out)} ({people}), from which it did not learn. The "
                f"figures are those of lart evaluate on these files:"
            )
        )
        with st.container(horizontal=True):
            for side, file in JUDGED.items():
                st.download_button(
                    f"{side.capitalize()} (CSV)",
                    (folder / file).read_bytes(),
                    file_name=f"{name}-{file}",
                    mime="text/csv",
                    on_click="ignore",
                    key=f"{name} {side}",
                )
