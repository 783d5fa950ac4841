"""The pose predictor against the published one, on random weights."""

import numpy as np
import pytest

from lart_core.errors import LartError
from lart_core.model import read_published_config
from lart_core.tracking import PosePredictor
from lart_core.untrusted.torch_file import read_state_dict


@pytest.fixture(scope="module")
def published(golden):
    name = str(golden / "phalp_pose_predictor_small")
    arrays = np.load(name + ".npz")
    weights = read_state_dict(golden / "phalp_pose_predictor_small.state_dict.pt")
    config = read_published_config(golden / "phalp_pose_predictor_small.config.yaml")
    return arrays, weights, config


@pytest.fixture(scope="module")
def predictor(published):
    arrays, weights, config = published
    return PosePredictor.from_published(weights, config, arrays["mean_std"])


def history(arrays):
    return arrays["next_in_pose"], arrays["next_in_time"], arrays["next_in_lookahead"]


def test_published_next_poses(published, predictor):
    arrays = published[0]
    got = predictor.predict_next(*history(arrays), parity=True)
    np.testing.assert_allclose(got, arrays["next_out"], rtol=1e-5, atol=1e-5)


def test_each_track_is_read_at_its_own_time(published, predictor):
    arrays = published[0]
    together = predictor.predict_next(*history(arrays))
    for i in range(3):
        alone = predictor.predict_next(*(x[i : i + 1] for x in history(arrays)))
        np.testing.assert_allclose(together[i : i + 1], alone, atol=1e-5)
    upstream = predictor.predict_next(*history(arrays), parity=True)
    assert np.abs(together[1:] - upstream[1:]).max() > 1e-2


def test_an_unknown_pose_stays_unknown(published, predictor):
    pose, time, lookahead = history(published[0])
    pose = pose.copy()
    pose[1, 3] = np.nan
    got = predictor.predict_next(pose, time, lookahead)
    assert np.isnan(got[1]).all() and np.isfinite(got[[0, 2]]).all()


def test_other_weights_are_refused(published):
    arrays, weights, config = published
    fewer = {k: v for k, v in weights.items() if k != "conv_en.bias"}
    with pytest.raises(LartError, match=r"squeeze\.bias"):
        PosePredictor.from_published(fewer, config, arrays["mean_std"])
    with pytest.raises(LartError, match="configuration"):
        PosePredictor.from_published(weights, {}, arrays["mean_std"])
