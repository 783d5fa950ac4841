"""Perception's file gives back what went in, frames without people included."""

from pathlib import Path

import numpy as np
import pytest

from lart_core.perception.protocols import Bodies, Detections
from lart_core.perception.store import load_perception, save_perception


def frame(rng: np.random.Generator, people: int, masks: bool) -> tuple[Detections, Bodies]:
    """What perception might find in one frame."""

    def draw(*shape: int) -> np.ndarray:
        return rng.random((people, *shape), np.float32)

    body_masks = tuple(b"mask%d" % n if n % 2 else None for n in range(people)) if masks else None
    return (
        Detections(draw(4), draw(), draw(17, 3)),
        Bodies(
            draw() > 0.5, draw(3, 3), draw(23, 3, 3), draw(10), draw(3), draw(45, 3),
            landmarks=draw(33, 3), mask=body_masks,
        ),
    )  # fmt: skip


@pytest.mark.parametrize("masks", [True, False])
@pytest.mark.parametrize("counts", [[2, 0, 3], [0, 0], [1]])
def test_round_trip(tmp_path: Path, masks: bool, counts: list[int]) -> None:
    rng = np.random.default_rng(0)
    detections, bodies = map(list, zip(*(frame(rng, n, masks) for n in counts), strict=True))
    save_perception(tmp_path / "perception.npz", detections, bodies)
    for before, after in zip(
        (detections, bodies), load_perception(tmp_path / "perception.npz"), strict=True
    ):
        assert [len(found) for found in after] == counts
        for was, came in zip(before, after, strict=True):
            for name, value in vars(was).items():
                np.testing.assert_array_equal(getattr(came, name), value)
