"""Compares the full system's networks with the published code.

    python benchmarks/full_system.py ops
    python benchmarks/full_system.py hmr2 --referee FOLDER [--golden FILE]
    python benchmarks/full_system.py hmar --referee FOLDER [--golden FILE]

FOLDER holds the published repositories under their own names: 4D-Humans and PHALP. `ops` needs a
torchvision whose compiled operators work. `--golden` writes the numbers that the tests hold
against. Detectron2 has a benchmark of its own, `detectron2_parity.py`, and so has time and memory,
`full_system_speed.py`.
"""

import argparse
import importlib
import inspect
import sys
import tempfile
import types
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import torch

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


class Settings(dict):
    """Nested settings that the published code reads as attributes."""

    __getattr__ = dict.__getitem__


def published(folder: Path, *packages: str) -> None:
    """Make packages of a repository importable without running their `__init__`."""
    sys.path.insert(0, str(folder))
    for name in packages:
        package = types.ModuleType(name)
        package.__path__ = [str(folder.joinpath(*name.split(".")))]
        sys.modules[name] = package


def noise(name: str, shape: tuple[int, ...]) -> np.ndarray:
    return np.random.RandomState(zlib.crc32(name.encode())).standard_normal(shape).astype("f4")


def worst(name: str, ours: torch.Tensor, theirs: torch.Tensor) -> None:
    difference = (ours - theirs).abs().max().item()
    print(
        f"{name:28} largest difference {difference:.1e}, of values up to {theirs.abs().max():.2g}"
    )


def ops(_: argparse.Namespace) -> None:
    """200 random cases of roi_align; boxes may leave the picture."""
    import torchvision

    from lart_core.perception.published.roi_align import roi_align

    g = torch.Generator().manual_seed(0)
    largest = 0.0
    for case in range(200):
        height, width = (int(v) for v in torch.randint(2, 32, (2,), generator=g))
        features = torch.randn(2, 3, height, width, generator=g)
        scale = (1, 0.5, 0.25, 1 / 32)[case % 4]
        image = torch.randint(0, 2, (5, 1), generator=g).float()
        corner = (torch.rand(5, 2, generator=g) * 1.4 - 0.2) * torch.tensor([width, height])
        boxes = torch.cat([corner, corner + torch.rand(5, 2, generator=g) * max(height, width)], 1)
        size = tuple(int(v) for v in torch.randint(1, 9, (2,), generator=g))
        arguments = (size, scale, (0, -1, 1, 2, 3)[case % 5], case % 2 == 0)
        mine = roi_align(features, torch.cat([image, boxes / scale], 1), *arguments)
        theirs = torchvision.ops.roi_align(
            features, torch.cat([image, boxes / scale], 1), *arguments
        )
        largest = max(largest, (mine - theirs).abs().max().item())
    print(f"roi_align: largest difference {largest:.1e} in 200 cases")


def hmr2(args: argparse.Namespace) -> None:
    """A small network's bodies and the full one's names."""
    from lart_core.perception.published.hmr2 import HMR2, HMR2Config

    layers = types.ModuleType("timm.models.layers")
    layers.drop_path = lambda x, *_: x  # type: ignore[attr-defined]
    layers.to_2tuple = lambda x: x if isinstance(x, tuple) else (x, x)  # type: ignore[attr-defined]
    layers.trunc_normal_ = torch.nn.init.trunc_normal_  # type: ignore[attr-defined]
    sys.modules |= {
        "timm": types.ModuleType("timm"),
        "timm.models": types.ModuleType("timm.models"),
    }
    sys.modules["timm.models.layers"] = layers
    parts = ("", ".models", ".models.backbones", ".models.heads", ".models.components", ".utils")
    published(args.referee / "4D-Humans", *(f"hmr2{part}" for part in parts))
    vit = importlib.import_module("hmr2.models.backbones.vit")
    head = importlib.import_module("hmr2.models.heads.smpl_head").SMPLTransformerDecoderHead

    def theirs(backbone: torch.nn.Module, mean: str, **decoder: Any) -> torch.nn.Module:
        decoder |= {"dropout": 0.0, "emb_dropout": 0.0, "norm": "layer"}
        settings = Settings(
            MODEL=Settings(SMPL_HEAD=Settings(TRANSFORMER_DECODER=decoder)),
            SMPL=Settings(NUM_BODY_JOINTS=23, MEAN_PARAMS=mean),
        )
        return torch.nn.ModuleDict({"backbone": backbone, "smpl_head": head(settings)}).eval()

    with tempfile.TemporaryDirectory() as folder:
        mean = f"{folder}/mean.npz"
        np.savez(mean, pose=np.zeros(144), shape=np.zeros(10), cam=np.zeros(3))
        size = dict(img_size=(64, 48), patch_size=16, embed_dim=32, depth=2, num_heads=2)
        small = theirs(
            vit.ViT(**size, qkv_bias=True), mean,
            dim=48, depth=2, heads=2, dim_head=8, mlp_dim=64, context_dim=32,
        )  # fmt: skip
        with torch.device("meta"):
            linspace = torch.linspace
            torch.linspace = lambda *a: linspace(*a, device="cpu")  # type: ignore[assignment]
            backbone = vit.vit(None)
            torch.linspace = linspace
            ours_full = HMR2()
        full = theirs(backbone, mean, depth=6, heads=8, dim_head=64, mlp_dim=1024, context_dim=1280)
    state = {}
    for name, value in small.state_dict().items():
        drawn = noise(name, tuple(value.shape)) * (0.2 if value.ndim > 1 else 0.05)
        norm = name.endswith(("norm.weight", "norm1.weight", "norm2.weight"))
        state[name] = torch.from_numpy(1 + drawn if norm else drawn)
    small.load_state_dict(state)
    ours = HMR2(HMR2Config(64, 48, 16, 32, 2, 2, 48, 2, 2, 8, 64)).eval()
    ours.load_state_dict(state)
    pictures = np.random.RandomState(5).standard_normal((3, 3, 64, 64)).astype(np.float32)
    with torch.inference_mode():
        pose, camera, _ = small["smpl_head"](small["backbone"](torch.tensor(pictures[..., 8:-8])))
        mine = ours(torch.from_numpy(pictures))
    golden = {**pose, "global_orient": pose["global_orient"][:, 0], "camera": camera}
    for name, value in golden.items():
        worst(name, getattr(mine, name), value)
    names = [{k: v.shape for k, v in net.state_dict().items()} for net in (full, ours_full)]
    print(f"full size: {len(names[0])} names and shapes, equal: {names[0] == names[1]}")
    if args.golden:
        np.savez_compressed(args.golden, **golden)


def hmar(args: argparse.Namespace) -> None:
    """Textures and embeddings on random weights."""
    from lart_core.perception.published.hmar import HMAR, UNUSED

    parts = ("", ".models", ".models.heads", ".models.backbones")
    published(args.referee / "PHALP", *(f"phalp{part}" for part in parts))
    resnet = importlib.import_module("phalp.models.backbones.resnet").resnet50
    texture = importlib.import_module("phalp.models.heads.apperence_head").TextureHead
    encoding = importlib.import_module("phalp.models.heads.encoding_head").EncodingHead
    settings = Settings(
        MODEL=Settings(BACKBONE=Settings(MASK_TYPE="feat")), phalp=Settings(encode_type="4c")
    )
    theirs = torch.nn.ModuleDict(
        {
            "backbone": resnet(cfg=settings),
            "texture_head": texture(torch.zeros(1, 10, 6), settings, 256, 256),
            "encoding_head": encoding(settings, 256, 256),
        }
    ).eval()
    sys.path.insert(0, str(ROOT / "tests" / "lart_core" / "perception"))
    recipe = importlib.import_module("test_hmar")
    state = theirs.state_dict()
    state |= {k: recipe.drawn(k, v) for k, v in state.items() if v.is_floating_point()}
    recipe.settle(state)
    theirs.load_state_dict(state)
    ours = HMAR().eval()
    ours.load_state_dict({k: v for k, v in state.items() if not k.startswith(UNUSED)})
    crops = recipe.crops()
    source = (args.referee / "PHALP/phalp/models/hmar/hmar.py").read_text()
    with torch.inference_mode():
        _, maps = theirs["backbone"](crops.clone())
        sampled = torch.nn.functional.grid_sample(
            crops, theirs["texture_head"](maps).permute(0, 2, 3, 1)
        )
        uv = _method(source, "process_uv_image")(None, sampled)
        embedding = theirs["encoding_head"](uv, en=True).flatten(1)
        worst("texture", ours.textures(crops), uv)
        worst("embedding", ours.embeddings(uv), embedding)
    if args.golden:
        np.savez_compressed(args.golden, uv=uv[:, :, ::16, ::16], embedding=embedding[:, ::16])


def _method(source: str, name: str) -> Any:
    """One method of a published class whose module does not import."""
    start = source.index(f"    def {name}(")
    end = source.find("\n    def ", start + 1)
    found: dict[str, Any] = {"torch": torch, "np": np}
    exec(inspect.cleandoc("\n" + source[start:end]), found)
    return found[name]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    checks = {check.__name__: check for check in (ops, hmr2, hmar)}
    parser.add_argument("check", choices=checks)
    parser.add_argument("--referee", type=Path)
    parser.add_argument("--golden", type=Path, help="write the tests' numbers here")
    args = parser.parse_args()
    if args.referee is None and args.check in ("hmr2", "hmar"):
        parser.error(f"{args.check} needs --referee FOLDER")
    checks[args.check](args)


if __name__ == "__main__":
    main()
