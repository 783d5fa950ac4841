"""The part of Home that brings in what was made elsewhere."""

from pathlib import Path

import streamlit as st

from app import jobs, spaces
from app.results import open_form
from app.storage import imports, uploads
from app.ui import errors, navigation
from lart_core import video
from lart_core.errors import LartError

KINDS = """
- **PHALP, 4D-Humans**: the result `.pkl` of one video.
- **LART**: the tracklets `.pkl` of one video, all of its people at once.
- **A run**: its folder as `.zip`.
- **A model**: a checkpoint `.safetensors` (published ones: `lart weights convert` first).
- **AVA's CSV**: predictions and ground truth are opened on *AVA results*.
"""


def show() -> None:
    """Ask for files, check them, and start the job."""
    if spaces.public():
        return
    with st.expander("Import results made elsewhere", icon=":material/input:"):
        st.markdown(KINDS)
        navigation.link("ava_results", "Open AVA's CSV", icon=":material/leaderboard:")
        with st.form("import", border=False, clear_on_submit=True):
            files = st.file_uploader(
                "Files", type=list(imports.ENDINGS), accept_multiple_files=True
            )
            folder = ""
            if open_form.on_this_machine():
                folder = st.text_input(
                    "Or a file or folder on this machine",
                    placeholder="For example: /data/phalp/results/demo_walk.pkl",
                )
            film = st.file_uploader("The video it was made from, if it is at hand",
                                    type=list(video.ENDINGS))  # fmt: skip
            fps = st.number_input(
                "Frames a second", 1.0, 1000.0, None, placeholder="As the video or the file says",
                help="Where neither says it, 30 are assumed.",
            )  # fmt: skip
            pressed = st.form_submit_button("Import", type="primary")
        if not pressed:
            return
        with errors.said_here():
            _start(files, folder.strip(), film, fps)


def _start(files: list, folder: str, film, fps: float | None) -> None:
    """Take the files in; models at once, everything else by a job."""
    checkpoints = [file for file in files if file.name.lower().endswith(".safetensors")]
    others = [file for file in files if file not in checkpoints]
    path = Path(folder).expanduser()
    if others and folder:
        raise LartError("Expected files or a path on this machine, but got both; take out one.")
    if folder and not path.exists():
        raise LartError(f"There is no file or folder {str(path)!r} on this machine.")
    brought = bool(others or folder)
    if not brought and (film is not None or not checkpoints):
        raise LartError("Expected a file to import: choose one above first.")
    for file in checkpoints:
        called, actions = imports.add_model(file.name, file)
        st.success(f"The model {called} is here; it knows {actions} actions. Use it on Models.")
    if not brought:
        return
    called = path.name if folder else others[0].name
    new = uploads.new_id(called) if folder else imports.accept([(f.name, f) for f in others])
    try:
        upload = uploads.accept(film.name, film) if film is not None else None
    except Exception:
        imports.remove(new)
        raise
    given = str(path) if folder else None
    jobs.add("import", f"Import of {called}", id=new, path=given, film=upload, fps=fps)
    st.rerun()
