"""Association cost and location predictor against PHALP's own numbers."""

import numpy as np
import pytest

from lart_core.tracking import Features, association_cost, predict_location


@pytest.fixture(scope="module")
def math(golden):
    return np.load(golden / "phalp_math.npz")


def side(math, name):
    get = lambda key: math[f"assoc_{name}_{key}"]  # noqa: E731
    return Features(get("loca"), get("pose"), get("appe"), get("uv"))


def mean_colours(track, detection):
    """The stand-in for HMAR's texture encoder that the golden numbers were made with."""
    return track[:, :3].mean((2, 3)), detection[:, :3].mean((2, 3))


def test_every_published_cost(math):
    a, b = side(math, "a"), side(math, "b")
    names = [k for k in math.files if k.startswith("assoc_cost_")]
    assert len(names) == 25
    for name in names:
        _, _, terms, distance, *shot = name.replace("EQ_", "EQ-").split("_")
        got = association_cost(
            a,
            b,
            terms=terms,
            distance=distance.replace("-", "_"),
            shot=bool(shot),
            texture_embedding=mean_colours,
            parity=True,
        )
        np.testing.assert_allclose(got, math[name], rtol=1e-5, atol=1e-5, err_msg=name)


def test_published_location_predictions(math):
    got = predict_location(math["loc_in_hist"], math["loc_in_time"], math["loc_in_lookahead"])
    np.testing.assert_allclose(got, math["loc_out"], rtol=1e-5, atol=1e-5)
