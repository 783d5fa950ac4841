"""Time and memory of the full system's networks, with random weights.

    python benchmarks/full_system_speed.py hmr2 hmar compared mvit lart [--items 4]

Each network makes one pass over `--items` crops, pairs, clips or windows, after one to warm up
where a pass is short; on a GPU in the precision in which the product runs it. Each is measured in a
process of its own, so that the peak of memory is its own. Small networks are best measured with
OMP_NUM_THREADS=1 on a busy CPU, where threads that wait for each other count as busy.
"""

import argparse
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
DTYPE = torch.float16 if DEVICE == "cuda" else torch.float32

torch.set_flush_denormal(True)  # random weights fade to numbers that real ones never give

Pass = Callable[[], torch.Tensor]


def hmr2(items: int) -> Pass:
    """Crops of people to bodies."""
    from lart_core.perception.published.hmr2 import HMR2

    net = HMR2().eval().to(DEVICE)
    net.backbone.to(DTYPE)
    crops = torch.randn(items, 3, 256, 256, dtype=DTYPE, device=DEVICE)
    return lambda: net(crops).camera


def hmar(items: int) -> Pass:
    """Crops of people to textures."""
    from lart_core.perception.published.hmar import HMAR

    net = HMAR().eval().to(DEVICE)
    crops = torch.randn(items, 4, 256, 256, device=DEVICE)
    return lambda: net.textures(crops)


def compared(items: int) -> Pass:
    """Pairs of a track and a detection to the embeddings of their textures."""
    from lart_core.perception.published.hmar import HMAR

    net = HMAR().eval().to(DEVICE)
    textures = torch.randn(2 * items, 4, 256, 256, device=DEVICE)
    return lambda: net.embeddings(textures)


def mvit(items: int) -> Pass:
    """Clips of 16:9 video to appearance and scores."""
    from lart_core.perception.published.mvit import MViT
    from lart_core.perception.published.mvit_config import MViTConfig

    net = MViT(MViTConfig()).eval().to(DEVICE, DTYPE)
    clips = torch.randn(items, 3, 40, 312, 374, dtype=DTYPE, device=DEVICE)
    boxes = torch.tensor([[float(i), 50, 50, 200, 300] for i in range(items)], device=DEVICE)
    return lambda: net(clips, boxes)[1]


def lart(items: int) -> Pass:
    """Windows of 125 frames of one person to the tokens of their actions."""
    from lart_core.model import LART, LARTConfig

    net = LART(LARTConfig.published(people=1)).eval().to(DEVICE)
    config = net.config
    sizes = {"pose_shape": 229, "has_detection": 1, "mask_detection": 1}
    if config.joints_layers:
        sizes["joints_3D"] = 135
    if config.appearance_size:
        sizes["apperance_emb"] = config.appearance_size
    batch = {k: torch.ones(items, config.frames, 1, v, device=DEVICE) for k, v in sizes.items()}
    batch["mask_detection"].zero_()
    return lambda: net.action_head(net.encode(batch))


NETWORKS = {part.__name__: part for part in (hmr2, hmar, compared, mvit, lart)}


def measure(name: str, items: int) -> None:
    """Print what one pass of a network takes."""
    with torch.inference_mode():
        run = NETWORKS[name](items)
        if DEVICE == "cuda" or name != "mvit":
            run().sum().item()
        start, busy = time.perf_counter(), time.process_time()
        run().sum().item()
        seconds, busy = time.perf_counter() - start, time.process_time() - busy
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    if DEVICE == "cuda":
        peak = torch.cuda.max_memory_allocated() / 1e9
    print(
        f"{name:9} {DEVICE}, {items} a pass: {seconds / items:.4g} s each "
        f"({busy / items:.4g} s of processor), peak {peak:.1f} GB",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("network", nargs="+", choices=NETWORKS)
    parser.add_argument("--items", type=int, default=1)
    args = parser.parse_args()
    for name in args.network:
        process = multiprocessing.get_context("spawn").Process(
            target=measure, args=(name, args.items)
        )
        process.start()
        process.join()


if __name__ == "__main__":
    main()
