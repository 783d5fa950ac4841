"""The bodies of a span of frames, for 3-D programs."""

from pathlib import Path

from analysis.exports.format import Format, Report, Wish


def _glb(wish: Wish, path: Path, report: Report) -> None:
    from lart_core.rendering.gltf import write_glb

    write_glb(path, wish.people_wished(), wish.first, wish.end)


def _obj(wish: Wish, path: Path, report: Report) -> None:
    from lart_core.rendering.obj import write_obj_sequence

    write_obj_sequence(path, wish.people_wished(), wish.first, wish.end)


FORMATS = (
    Format("glb", "Bodies of the span, animated (GLB)", ".glb", ("span", "person"), _glb),
    Format("obj", "Bodies of the span, one OBJ a frame (zip)", ".zip", ("span", "person"), _obj),
)
