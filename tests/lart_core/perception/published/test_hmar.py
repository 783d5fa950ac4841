"""HMAR's textures and embeddings against the published code's numbers.

`golden/hmar.npz` holds every 16th number of what the published code (PHALP 96f7e6c) gives for
entries drawn as in `drawn` and `settle`, and crops as in `crops`; `benchmarks/full_system.py hmar`
makes it anew.
"""

import hashlib
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch

from lart_core.errors import LartError
from lart_core.perception.protocols import Detections
from lart_core.perception.published.hmar import HMAR, load_hmar
from lart_core.perception.published.hmar_appearance import HMARAppearance

PUBLISHED_NAMES = "fe6874e631099b0e71f00ba5cb46190b51848254e4f6379f3eca9ac77d3aab09"
"""sha256 of the 628 sorted lines "name <tab> shape" of the published networks' parts in use."""


def drawn(name: str, like: torch.Tensor) -> torch.Tensor:
    """RandomState(crc32(name)).standard_normal, scaled so that signals neither die nor explode."""
    value = np.random.RandomState(zlib.crc32(name.encode())).standard_normal(like.shape)
    value = value.astype(np.float32)
    if "conv_img" in name:
        value *= 4e-3
    elif name.endswith("running_var"):
        value = 1 + 0.1 * np.abs(value)
    elif like.ndim > 1:
        value *= (2 / np.prod(like.shape[1:])) ** 0.5
    elif name.endswith(".weight"):
        value = 1 + 0.1 * value
    else:
        value *= 0.05
    return torch.from_numpy(np.asarray(value, np.float32))


def settle(state: dict[str, torch.Tensor]) -> None:
    """Make the vectors of the spectral norms true by ten rounds of power iteration."""
    for name in [name for name in state if name.endswith("weight_u")]:
        weight, u = state[name[:-1] + "orig"].flatten(1), state[name]
        for _ in range(10):
            v = torch.nn.functional.normalize(weight.T @ u, dim=0)
            u = torch.nn.functional.normalize(weight @ v, dim=0)
        state[name], state[name[:-1] + "v"] = u, v


def crops() -> torch.Tensor:
    """Smooth pictures, so that rounding in the flow does not show, with two masks."""
    coarse = np.random.RandomState(5).standard_normal((2, 4, 9, 9)).astype(np.float32)
    x = torch.nn.functional.interpolate(
        torch.from_numpy(coarse), (256, 256), mode="bilinear", align_corners=True
    )
    x[:, 3] = 0
    x[0, 3, :, :128] = 255
    x[1, 3, 100:, :] = 255
    return x


@pytest.fixture(scope="module")
def state() -> dict[str, torch.Tensor]:
    state = {
        name: drawn(name, value) if value.is_floating_point() else value
        for name, value in HMAR().state_dict().items()
    }
    settle(state)
    return state


@pytest.fixture(scope="module")
def net(state) -> HMAR:
    net = HMAR()
    net.load_state_dict(state)
    return net.eval()


def test_textures_and_embeddings_are_the_published_codes(net: HMAR):
    want = np.load(Path(__file__).parent / "golden" / "hmar.npz", allow_pickle=False)
    with torch.inference_mode():
        textures = net.textures(crops())
        embeddings = net.embeddings(textures)
    np.testing.assert_allclose(textures[:, :, ::16, ::16], want["uv"], atol=1e-4)
    np.testing.assert_allclose(embeddings[:, ::16], want["embedding"], atol=1e-4)


def test_names_and_shapes_are_the_published_ones(state):
    lines = sorted(f"{name}\t{tuple(value.shape)}" for name, value in state.items())
    assert len(lines) == 628
    assert hashlib.sha256("\n".join(lines).encode()).hexdigest() == PUBLISHED_NAMES


def test_the_checkpoint_is_read_as_phalp_wrote_it_or_refused(state, tmp_path: Path):
    foreign = {"hmar.smplx_head.fc1.weight": torch.zeros(2, 2)}
    foreign["hmar.encoding_head.t_conv5.weight"] = torch.zeros(2, 2)
    named = {f"hmar.{name}": value for name, value in state.items()}
    torch.save({"model": named | foreign}, tmp_path / "hmar.pth")
    got = load_hmar(tmp_path / "hmar.pth").state_dict()
    assert all(torch.equal(got[name], value) for name, value in state.items())

    del named["hmar.backbone.conv1.weight"]
    torch.save({"model": named}, tmp_path / "short.pth")
    with pytest.raises(LartError, match=r"backbone\.conv1\.weight"):
        load_hmar(tmp_path / "short.pth")


def test_people_get_textures_and_only_common_ground_is_compared(net: HMAR):
    frame = np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    found = Detections(np.float32([[10, 10, 60, 110], [70, 20, 140, 90]]), np.ones(2, np.float32))
    appearance = HMARAppearance(net, batch=1)
    textures = appearance.textures(frame, found)
    assert textures.shape == (2, 4, 256, 256)
    assert set(np.unique(textures[:, 3])) <= {-1, 1}
    assert appearance.embeddings(textures).shape == (2, 4096)

    torn = textures[0].copy()
    torn[:, 128:] = -1
    one, other = appearance.compared(textures[[0, 0]], np.stack([torn, textures[1]]))
    np.testing.assert_allclose(one[0], other[0], atol=1e-6)
    assert np.abs(one[1] - other[1]).max() > 1e-6
