"""I3D and its features at people's boxes."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch

from lart_core import weights
from lart_core.errors import LartError
from lart_core.perception.embedded.i3d import load_i3d, pool, same
from lart_core.perception.embedded.i3d_pooling import PooledI3D, pooled
from lart_core.tracklet import VideoFacts
from tests.synthetic import person


class Corners(torch.nn.Module):
    """A map whose cells say where they are: row, column, and the mean of the clip."""

    def forward(self, clip: torch.Tensor) -> torch.Tensor:
        steps, height, width = (
            -(-n // s) for n, s in zip(clip.shape[2:], (8, 32, 32), strict=True)
        )
        out = torch.zeros(1, 1024, steps, height, width)
        out[:, 0] = torch.arange(height)[:, None]
        out[:, 1] = torch.arange(width)
        return out


def test_padding_is_tensorflows():
    x = torch.ones(1, 1, 4, 5, 6)
    assert same(x, (7, 7, 7), (2, 2, 2)).shape[2:] == (4 + 5, 5 + 6, 6 + 5)
    assert pool(x, (1, 3, 3), (1, 2, 2)).shape[2:] == (4, 3, 3)


def test_a_box_takes_the_mean_of_its_cells():
    row, column = np.mgrid[:4, :6].astype(np.float32)
    cells = np.stack([row, column])
    np.testing.assert_allclose(pooled(cells, np.array([1, 1, 3, 2])), [1, 1.5])
    np.testing.assert_allclose(pooled(cells, np.array([1.5, 0, 3, 4])), [1.5, 5 / 3], rtol=1e-6)
    np.testing.assert_allclose(pooled(cells, np.array([9, 9, 9.5, 9.5])), [3, 5])


def test_every_sixth_frame_of_a_person_gets_a_vector():
    one = person(1, VideoFacts("a.mp4", 320, 240, 30.0, 100))
    frames = [np.zeros((240, 320, 3), np.uint8)] * 100
    (said,) = PooledI3D(Corners()).encode(iter(frames), [one])
    assert said.appearance.shape == (-(-len(one) // 6), 1024)
    assert said.provenance["appearance"] == "i3d-rgb"
    scale = 224 / 240 / 32
    centre = (one.box[:, :2] + one.box[:, 2:]).mean(axis=0) / 2 * scale
    ratio = said.appearance[:, 0] / said.appearance[:, 1]
    assert np.median(ratio) == pytest.approx((centre[1] - 0.5) / (centre[0] - 0.5), rel=0.3)
    with pytest.raises(LartError, match="another video"):
        PooledI3D(Corners()).encode(iter(frames[:50]), [replace(one)])


def test_another_file_is_a_sentence(tmp_path):
    path = tmp_path / "other.ckpt"
    path.write_bytes(pickle.dumps({"params": {}}))
    with pytest.raises(LartError, match="I3D's weights in other"):
        load_i3d(path)
    path.write_bytes(pickle.dumps(print))
    with pytest.raises(LartError):
        load_i3d(path)


def test_the_weights_give_a_map_and_logits():
    if weights.state(weights.find("i3d-rgb")) is not weights.State.PRESENT:
        pytest.skip("i3d-rgb is not cached (lart weights fetch i3d-rgb)")
    net = load_i3d()
    with torch.inference_mode():
        last = net(torch.zeros(1, 3, 16, 224, 224))
        assert last.shape == (1, 1024, 2, 7, 7)
        assert net.classify(last).shape == (1, 400)
