"""I3D and its features at people's boxes."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional

from lart_core import weights
from lart_core.errors import LartError
from lart_core.perception.embedded.i3d import Unit, load_i3d, pool, same
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


@pytest.mark.parametrize("size", [(3, 3, 3), (1, 3, 3), (2, 2, 2)])
@pytest.mark.parametrize("stride", [(1, 1, 1), (1, 2, 2), (2, 2, 2)])
@pytest.mark.parametrize("shape", [(1, 2, 3), (4, 7, 8), (5, 6, 13)])
def test_pooling_is_max_pool3d_on_padded_maps(size, stride, shape):
    x = torch.from_numpy(np.random.default_rng(0).normal(size=(1, 3, *shape))).relu()
    expected = functional.max_pool3d(same(x, size, stride), size, stride)
    torch.testing.assert_close(pool(x, size, stride), expected, rtol=0, atol=0)


def test_a_unit_of_one_cell_is_its_convolution():
    unit = Unit(5, 7, 1)
    x = torch.randn(1, 5, 2, 3, 4)
    with torch.no_grad():
        torch.testing.assert_close(unit(x), unit.conv(x).relu())


def test_a_box_takes_the_mean_of_its_cells():
    row, column = np.mgrid[:4, :6].astype(np.float32)
    cells = np.stack([row, column], axis=-1)
    np.testing.assert_allclose(pooled(cells, np.array([1, 1, 3, 2])), [1, 1.5])
    np.testing.assert_allclose(pooled(cells, np.array([1.5, 0, 3, 4])), [1.5, 5 / 3], rtol=1e-6)
    np.testing.assert_allclose(pooled(cells, np.array([9, 9, 9.5, 9.5])), [3, 5])


def test_every_sixth_frame_of_a_person_gets_a_vector():
    one = person(1, VideoFacts("a.mp4", 320, 240, 30.0, 100))
    frames = [np.zeros((240, 320, 3), np.uint8)] * 100
    (said,) = PooledI3D(Corners()).encode(iter(frames), [one])
    assert said.appearance.shape == (-(-len(one) // 6), 1024)
    assert said.provenance["appearance"] == "i3d-rgb"
    scale = 160 / 240 / 32
    centre = (one.box[:, :2] + one.box[:, 2:]).mean(axis=0) / 2 * scale
    ratio = said.appearance[:, 0] / said.appearance[:, 1]
    assert np.median(ratio) == pytest.approx((centre[1] - 0.5) / (centre[0] - 0.5), rel=0.3)
    with pytest.raises(LartError, match="another video"):
        PooledI3D(Corners()).encode(iter(frames[:50]), [replace(one)])


class Times(torch.nn.Module):
    """A map that says what its frames show."""

    def forward(self, clip: torch.Tensor) -> torch.Tensor:
        shown = (clip.float().mean(dim=(1, 3, 4)) + 1) * 127.5
        cells = torch.stack([part.mean(dim=1) for part in shown.split(8, dim=1)], dim=1)
        out = torch.ones(1, 1024, cells.shape[1], 5, 7)
        out[:, 0] = cells[..., None, None]
        return out


@pytest.mark.parametrize("count, fps", [(200, 12.0), (250, 30.0), (70, 12.0), (3, 12.0)])
def test_a_video_is_watched_before_its_people_are_known(tmp_path, count, fps):
    frames = [np.full((240, 320, 3), n, np.uint8) for n in range(count)]
    kept, encoder = tmp_path / "maps.zip", PooledI3D(Times())
    with encoder.watching(kept, fps) as watch:
        for frame in frames:
            watch(frame)
    assert [path.name for path in tmp_path.iterdir()] == ["maps.zip"]
    one = person(1, VideoFacts("a.mp4", 320, 240, fps, count))
    (said,) = encoder.describe(kept, [one])
    ratio = said.appearance[:, 0] / said.appearance[:, 1]
    step = max(1, round(fps / 12))
    cells = said.appearance_frame // (8 * step)
    inside = (cells + 1) * 8 * step <= count
    middle = (cells * 8 + 3.5) * step
    np.testing.assert_allclose(ratio[inside], middle[inside], rtol=0.02)
    (same_way,) = encoder.encode(iter(frames), [one])
    np.testing.assert_array_equal(same_way.appearance, said.appearance)


def test_damaged_maps_are_a_sentence(tmp_path):
    kept, encoder = tmp_path / "maps.zip", PooledI3D(Times())
    one = person(1, VideoFacts("a.mp4", 320, 240, 12.0, 40))
    with encoder.watching(kept, 12.0) as watch:
        for _ in range(40):
            watch(np.zeros((240, 320, 3), np.uint8))
    whole = kept.read_bytes()
    for damage in (whole[:3000], b"", whole.replace(b"facts", b"fakts")):
        kept.write_bytes(damage)
        with pytest.raises(LartError, match=r"maps\.zip"):
            encoder.describe(kept, [one])


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
