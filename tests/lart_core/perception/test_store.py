"""Perception's file gives back what went in, frames without people included."""

from dataclasses import replace
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


def test_what_only_some_frames_have_is_kept_and_unknown_elsewhere(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    detections, bodies = map(list, zip(*(frame(rng, n, False) for n in (2, 1, 1)), strict=True))
    looks, unseen = np.float32([[0.6, 0.8]]), np.ones((1, 24), bool)
    bodies[1] = replace(bodies[1], appearance=looks, unseen=unseen)
    detections[2] = replace(detections[2], keypoints=None)
    save_perception(tmp_path / "perception.npz", detections, bodies)
    found, lifted = load_perception(tmp_path / "perception.npz")
    np.testing.assert_array_equal(lifted[1].appearance, looks)
    assert lifted[1].unseen.all() and not lifted[0].unseen.any()
    assert lifted[0].appearance.shape == (2, 2) and np.isnan(lifted[0].appearance).all()
    assert np.isnan(found[2].keypoints).all() and not np.isnan(found[1].keypoints).any()


def test_what_made_the_bodies_reaches_the_tracklets(tmp_path: Path) -> None:
    detections, bodies = frame(np.random.default_rng(0), 1, False)
    bodies = replace(bodies, provenance={"bodies": "one", "body": "two"})
    save_perception(tmp_path / "perception.npz", [detections], [bodies])
    _, (got,) = load_perception(tmp_path / "perception.npz")
    assert got.provenance == {"bodies": "one", "body": "two"}


def test_masks_of_some_frames_only_stay_with_their_people(tmp_path):
    def found(count, mask):
        return Detections(np.zeros((count, 4), "f4"), np.ones(count, "f4"), mask=mask)

    def lifted(count):
        shapes = ((), (3, 3), (23, 3, 3), (10,), (3,), (45, 3))
        return Bodies(*(np.zeros((count, *shape), "f4") for shape in shapes))

    frames = [found(2, None), found(0, ()), found(1, (b"one",)), found(2, (b"two", b"three"))]
    path = tmp_path / "perception.npz"
    save_perception(path, frames, [lifted(len(each)) for each in frames])
    got, _ = load_perception(path)
    assert [one.mask for one in got] == [(None, None), (), (b"one",), (b"two", b"three")]
