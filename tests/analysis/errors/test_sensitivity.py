"""Sensitivity: buckets hold everything once, and a weakness that was put in is seen."""

import numpy as np
import pytest

from analysis.ava import example
from analysis.errors.sensitivity import sensitivity
from tests.analysis.tables import A, B, judged, said, truth


def test_every_positive_is_in_one_bucket_of_each_attribute() -> None:
    ground_truth = example.made_up_truth()
    found = judged(ground_truth, example.made_up_predictions(ground_truth, example.MODELS[0]))
    table = sensitivity(found)
    total = int(found.evaluation.matching.scored.sum())
    assert set(table.groupby("attribute")["positives"].sum()) == {total}
    values = table["ap"].dropna()
    assert ((values >= 0) & (values <= 1)).all()


def test_small_boxes_that_are_missed() -> None:
    small = (0.4, 0.4, 0.45, 0.5)
    rows = [(v, t, box, 12) for v in "ab" for t in range(10) for box in (A, small)]
    predictions = said(*((*row, 0.9) for row in rows if row[2] == A))
    table = sensitivity(judged(truth(*rows), predictions))
    size = table[table["attribute"] == "box size"].set_index("bucket")
    assert size.loc["under 2 %", "ap"] == 0.0
    assert size.loc["15 to 35 %", "ap"] == 1.0
    assert size.loc["15 to 35 %", "normalised_ap"] == 1.0


def test_a_model_that_tires() -> None:
    rows = [("v", t, box, 12) for t in range(100) for box in (A, B)]
    predictions = said(*((*row, 0.9) for row in rows if row[1] < 40))
    table = sensitivity(judged(truth(*rows), predictions))
    part = table[table["attribute"] == "time in the video"]["ap"].to_numpy()
    assert part == pytest.approx([1, 1, 0, 0, 0], abs=0.06)
    crowd = table[table["attribute"] == "people in the picture"]
    assert crowd["bucket"].tolist() == ["2"]
    assert np.isclose(crowd["ap"].iloc[0], 0.4)
