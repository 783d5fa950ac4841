"""Where the server takes videos, and hands out files of runs, result sets and exports."""

from urllib.parse import quote

SKIN = "/lart/body/skin"
"""What all bodies share (`app.watch.bodies.skin`)."""

UPLOADS = "/lart/uploads"
"""Where videos are sent to (`app.server.uploads`)."""


def run_address(run_id: str) -> str:
    """Where the files of a run are served."""
    return f"/lart/runs/{run_id}"


def still_address(run_id: str, frame: int, person: int | None = None) -> str:
    """Where a frame of a run is served as a small picture, a person marked."""
    marked = "" if person is None else f"?person={person}"
    return f"{run_address(run_id)}/still/{frame}{marked}"


def second(value: float) -> str:
    """A second as addresses hold it: with all its digits, since keyframes are told by it."""
    return f"{value:.12g}"


def film_address(set_id: str, video: str, timestamp: float) -> str:
    """Where a result set's video is served, or of a long one the seconds around a moment."""
    return f"/lart/results/{set_id}/video/{quote(video)}?at={second(timestamp)}"


def film_still_address(set_id: str, video: str, timestamp: float) -> str:
    """Where a keyframe of a result set's video is served as a small picture."""
    return f"/lart/results/{set_id}/still/{quote(video)}?at={second(timestamp)}"


def export_address(export_id: str) -> str:
    """Where the file of an export is served."""
    return f"/lart/exports/{export_id}"
