"""A person's body at one frame, turned freely in 3-D, as a Streamlit component."""

from app import library, media
from app.component import component
from lart_core.rendering import colors
from lart_core.run import Run


def body_view(run: Run, track_id: int, frame: int, *, key: str = "body") -> None:
    """Show the body of a person at a frame of a run."""
    component("body_view")(
        key=key,
        data={
            "vertices": f"{media.address(run.path.name)}/body/{track_id}/{frame}"
            f"?{library.version(run)}",
            "faces": media.FACES,
            "color": colors.color(track_id),
            "label": f"3-D body of person {track_id} at frame {frame}",
        },
    )
