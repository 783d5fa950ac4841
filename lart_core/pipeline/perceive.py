"""A whole video through the backends of perception, a few frames at a time."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from lart_core.ahead import ahead
from lart_core.perception import colors, textures
from lart_core.perception.given_boxes import Given
from lart_core.perception.protocols import (
    Bodies,
    BoxMasker,
    Detections,
    Detector,
    Frame,
    Remembering,
)
from lart_core.presets.backends import Backends
from lart_core.tracking import with_given

CHUNK_BYTES = 128 * 2**20
"""Bytes of frames that perception sees at once; bounds memory."""
CHUNK_FRAMES = 32
"""Frames that it sees at once at most: those of small videos come soon, too."""


def perceive(
    frames: Iterable[Frame], fps: float, backends: Backends, given: Given, kept: Path
) -> Iterator[tuple[Detections, Bodies]]:
    """The people of every frame and their bodies, with what the tracker compares them by.

    Frames are taken in a thread of their own, and people are looked for in another where the
    backends can do that while bodies are lifted.

    Args:
        frames: All frames of the video, `fps` a second.
        given: People who are taken as they are, in place of the detector's.
        kept: File for the textures of all people, if the backends make any
            (`lart_core.perception.textures`).
    """
    for backend in (backends.detector, backends.bodies):
        if isinstance(backend, Remembering):
            backend.begin(fps)
    found = _found(ahead(_chunks(frames)), backends.detector, given)
    with textures.keeping(kept, backends.tracking.textures) as keep:
        for chunk, detections in ahead(found) if backends.side_by_side else found:
            lifted = backends.bodies.estimate(chunk, detections)
            for frame, people, body in zip(chunk, detections, lifted, strict=True):
                keep(frame, people)
                yield people, _with_colours(frame, people, body)


def _found(
    chunks: Iterable[list[Frame]], detector: Detector, given: Given
) -> Iterator[tuple[list[Frame], list[Detections]]]:
    first = 0
    for chunk in chunks:
        yield chunk, _find(chunk, first, detector, given)
        first += len(chunk)


def _find(chunk: list[Frame], first: int, detector: Detector, given: Given) -> list[Detections]:
    """People of frames from number `first` on; given ones get masks if the detector makes them."""
    here = {n - first: people for n, people in given.items() if 0 <= n - first < len(chunk)}
    found = with_given(detector.detect(chunk), here)
    bare = [n for n in here if found[n].mask is None]
    if bare and isinstance(detector, BoxMasker):
        masks = detector.masks([chunk[n] for n in bare], [found[n].box for n in bare])
        for n, mask in zip(bare, masks, strict=True):
            found[n] = replace(found[n], mask=mask)
    return found


def _with_colours(frame: Frame, people: Detections, bodies: Bodies) -> Bodies:
    """The bodies with what they look like, where the estimator does not say and masks do."""
    if bodies.appearance is not None or people.mask is None:
        return bodies
    return replace(bodies, appearance=colors.of_masks(frame, people))


def _chunks(frames: Iterable[Frame]) -> Iterator[list[Frame]]:
    chunk: list[Frame] = []
    for frame in frames:
        chunk.append(frame)
        if len(chunk) == CHUNK_FRAMES or len(chunk) * frame.nbytes >= CHUNK_BYTES:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
