"""Reading a part of a tracklet gives what reading all of it would."""

from pathlib import Path

import numpy as np
import pytest

from lart_core.errors import LartError
from lart_core.tracklet import open_tracklets
from lart_core.tracklet.data import LAYOUT
from tests.synthetic import make_run


@pytest.fixture
def tracklets(tmp_path: Path):
    return open_tracklets(make_run(tmp_path, frames=40).path / "tracklets")


@pytest.mark.parametrize("span", [(0, 0), (5, 9), (39, 39), (-3, 4), (30, 99)])
def test_a_part_is_the_same_as_cutting_the_whole(tracklets, span: tuple[int, int]) -> None:
    part, whole = tracklets.part(2, *span), tracklets.by_id(2).between(*span)
    for name, (_, shape) in LAYOUT.items():
        if shape[0] == "T":
            assert np.array_equal(getattr(part, name), getattr(whole, name)), name
    assert part.video == whole.video


def test_columns_and_masks_are_those_of_the_tracklet(tracklets) -> None:
    whole = tracklets.by_id(1)
    kept = tracklets.columns(1, "box", "detected")
    assert np.array_equal(kept["box"], whole.box) and set(kept) == {"box", "detected"}
    assert tracklets.masks(1) == whole.mask


def test_who_or_what_is_not_there_is_a_sentence(tracklets) -> None:
    with pytest.raises(LartError, match="no 9"):
        tracklets.part(9, 0, 1)
    with pytest.raises(LartError, match="Expected frames of 0 to 39"):
        tracklets.part(1, 100, 110)
