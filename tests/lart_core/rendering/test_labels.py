"""What is written at a person in exported pictures, and where."""

import numpy as np
import pytest

from lart_core.rendering.labels import head_of, label_place, label_text
from lart_core.runs.actions import Actions, PersonActions
from lart_core.runs.corrections import NOTHING, Corrections, Span

SAID = Actions("m", (1, 12), {3: PersonActions(np.arange(5, 8), np.array([[0.7049, 0.1]] * 3))})


@pytest.mark.parametrize(
    ("frame", "seen", "corrections", "words"),
    [
        (5, True, NOTHING, "3  bend/bow 71 %"),
        (5, False, NOTHING, "3  bend/bow 71 %  predicted"),
        (9, True, NOTHING, "3"),
        (5, True, Corrections((Span(3, 17, 5, 5),)), "3  carry/hold (corrected)"),
        (6, True, Corrections((Span(3, 17, 5, 5),)), "3  bend/bow 71 %"),
    ],
)
def test_words(frame, seen, corrections, words) -> None:
    assert label_text(3, frame, seen, SAID, corrections) == words


def test_a_model_that_says_nothing_leaves_the_number() -> None:
    assert label_text(4, 5, True, SAID, NOTHING) == label_text(4, 5, True, None, NOTHING) == "4"


def test_labels_stand_above_the_box_or_below_it_and_on_no_other() -> None:
    size = (320, 240)
    assert label_place((10, 50, 60, 200), (80, 20), size, []) == (10, 30)
    assert label_place((300, 50, 320, 200), (80, 20), size, []) == (240, 30)
    assert label_place((10, 5, 60, 200), (80, 20), size, []) == (10, 200)
    assert label_place((10, 5, 60, 239), (80, 20), size, []) == (10, 219), "on its lower end"
    taken = [(10.0, 30.0, 90.0, 50.0)]
    assert label_place((12, 50, 60, 200), (80, 20), size, taken) == (12, 10)
    low = head_of((0, 100, 60, 239))
    assert label_place((10, 5, 60, 100), (80, 20), size, [], [low]) == (10, 80), "not on a head"
    everywhere = head_of((0, 0, 320, 480))
    assert label_place((10, 50, 60, 200), (80, 20), size, [], [everywhere]) == (10, 30)
