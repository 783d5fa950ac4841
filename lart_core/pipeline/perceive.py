"""A whole video through the backends of perception, a few frames at a time."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

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


def perceive(
    frames: Iterable[Frame], fps: float, backends: Backends, given: Given, kept: Path
) -> tuple[list[Detections], list[Bodies]]:
    """The people of every frame and their bodies, with what the tracker compares them by.

    Args:
        frames: All frames of the video, `fps` a second.
        given: People who are taken as they are, in place of the detector's.
        kept: File for the textures of all people, if the backends make any
            (`lart_core.perception.textures`).
    """
    detections: list[Detections] = []
    bodies: list[Bodies] = []
    if isinstance(backends.detector, Remembering):
        backends.detector.begin(fps)
    with textures.keeping(kept, backends.tracking.textures) as keep:
        for chunk in _chunks(frames):
            found = _find(chunk, len(detections), backends.detector, given)
            lifted = backends.bodies.estimate(chunk, found)
            for frame, people, body in zip(chunk, found, lifted, strict=True):
                keep(frame, people)
                bodies.append(_with_colours(frame, people, body))
            detections += found
    return detections, bodies


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
        if sum(each.nbytes for each in chunk) >= CHUNK_BYTES:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
