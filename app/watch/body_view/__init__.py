"""A person's body at one frame, turned freely in 3-D, as a Streamlit component."""

from app.server import routes
from app.storage import runs
from app.ui.component import component
from lart_core.rendering import colors
from lart_core.runs.run import Run


def body_view(run: Run, track_id: int, frame: int, *, key: str = "body") -> None:
    """Show the body of a person at a frame of a run."""
    component("body_view")(
        key=key,
        data={
            "vertices": f"{routes.address(run.path.name)}/body/{track_id}/{frame}"
            f"?{runs.version(run)}",
            "faces": routes.FACES,
            "color": colors.color(track_id),
            "label": f"3-D body of person {track_id} at frame {frame}",
        },
    )
