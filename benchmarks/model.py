"""Parity and speed of the model: ours against the published code, in one run.

    python -m benchmarks.model --published FOLDER

FOLDER has the published checkouts (see `benchmarks/published_lart.py`). Both networks get the same
random weights. Each measure alternates the two and takes the best of the repeats, so that a busy
machine hurts both alike; the ratio is published time / our time. On a busy machine the CPU seconds
of one thread (`--threads 1`) tell more than the wall's. With a GPU the same is measured
there, and training samples a second besides.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.published_lart import Published
from lart_core.model import LART, LARTConfig, from_published
from lart_core.model.inference import over_windows
from lart_core.model.inputs import normalised
from lart_core.training import Recipe
from lart_core.training.groups import parameter_groups


def full_batch(config: LARTConfig, batch: int, seed: int) -> dict[str, Tensor]:
    """Random people: a quarter of the frames missing, one gap, one person absent."""
    rng = np.random.default_rng(seed)
    shape = (batch, config.frames, config.people)
    seen = (rng.random((*shape, 1)) > 0.25).astype(np.float32)
    seen[:, config.frames // 2 : config.frames // 2 + 3, 0] = 0
    if config.people > 1:
        seen[0, :, -1] = 0
    values = {"pose_shape": rng.standard_normal((*shape, 229))}
    if config.joints_layers:
        values["joints_3D"] = rng.standard_normal((*shape, 135)) * 3
    if config.appearance_size:
        values["apperance_emb"] = rng.standard_normal((*shape, config.appearance_size))
    made = {k: torch.from_numpy((v * seen).astype(np.float32)) for k, v in values.items()}
    mask = torch.zeros(*shape, 1)
    return made | {"has_detection": torch.from_numpy(seen), "mask_detection": mask}


def compare(
    title: str,
    published: Callable[[], Tensor],
    ours: Callable[[], Tensor],
    repeats: int,
) -> None:
    """Print both best times, wall and CPU, their ratios and the largest difference of outputs."""
    wall: dict[str, list[float]] = {"published": [], "ours": []}
    cpu: dict[str, list[float]] = {"published": [], "ours": []}
    outputs = {}
    for _ in range(repeats):
        for name, run in (("published", published), ("ours", ours)):
            started, busy = time.perf_counter(), time.process_time()
            outputs[name] = run().float().cpu()
            wall[name].append(time.perf_counter() - started)
            cpu[name].append(time.process_time() - busy)
    difference = (outputs["published"] - outputs["ours"]).abs().max()
    print(f"{title}: outputs differ by {difference:.1e}")
    for what, times in (("wall", wall), ("CPU ", cpu)):
        a, b = min(times["published"]), min(times["ours"])
        print(f"  {what}: published {a:.2f} s, ours {b:.3f} s, {a / b:.1f} x", flush=True)


def forward(published: Published, model: LART, batch: int, repeats: int) -> None:
    """One pass at full size, actions of every token."""
    config, device = model.config, model.mask_token.device
    data = {k: v.to(device) for k, v in full_batch(config, batch, 13).items()}
    published.encoder.to(device)

    def theirs() -> Tensor:
        return published.action_logits(published.tokens(data), config.people)

    @torch.inference_mode()
    def ours() -> Tensor:
        return model.action_head(model.encode(data)).flatten(1, 2)

    title = f"forward {batch} x {config.frames} x {config.people} ({config.inputs}, {device})"
    compare(title, theirs, ours, repeats)


def track(published: Published, model: LART, frames: int, repeats: int, mean_std: Any) -> None:
    """Actions of every frame of one long track, by sliding windows."""
    config, device = model.config, model.mask_token.device
    alone = full_batch(replace(config, frames=frames, people=1, position_table=(frames, 10)), 1, 7)
    raw = {k: v[0, :, 0].numpy() for k, v in alone.items() if k != "mask_detection"}
    camera = np.zeros((frames, 1, 3), np.float32)
    given = {
        "pose_shape": raw["pose_shape"][:, None],
        "has_detection": raw["has_detection"][:, None],
        "camera": camera,
    }
    if config.joints_layers:
        given["3d_joints"] = raw["joints_3D"].reshape(frames, 1, 45, 3)
    if config.appearance_size:
        given["apperance_emb"] = raw["apperance_emb"][:, None]
    mean, std = (
        np.pad(m[0], (0, 3), constant_values=c) for m, c in zip(mean_std, (0, 1), strict=True)
    )
    published.wrapper.to(device)

    def encode(batch: dict[str, Tensor], kept: Tensor) -> Tensor:
        batch = {k: v.to(device) for k, v in batch.items()}
        return model.action_head(model.encode(batch, kept=kept.to(device))[:, :, 0]).cpu()

    def ours() -> Tensor:
        vector = normalised(raw["pose_shape"], mean.astype(np.float32), std.astype(np.float32))
        said = over_windows(encode, [raw | {"pose_shape": vector}], config.frames)
        return torch.from_numpy(said[0])

    title = f"track of {frames} frames ({config.inputs}, {device})"
    compare(title, lambda: published.track_logits(given), ours, repeats)


def training_speed(config: LARTConfig, seconds: float = 20.0) -> None:
    """Samples a second of a full training step on the GPU, bfloat16, batch 64."""
    model = LART(config).cuda().train()
    groups = parameter_groups(model, config.depth, Recipe.kinetics())
    optimizer = torch.optim.AdamW([{"params": g["params"], "lr": g["lr"]} for g in groups])
    data = {k: v.cuda() for k, v in full_batch(config, 64, 1).items()}
    done, started = 0, 0.0
    while not started or time.perf_counter() - started < seconds:
        with torch.autocast("cuda", torch.bfloat16):
            logits = model.action_head(model.encode(data, "random"))
            loss = torch.nn.functional.softplus(logits.float()).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        torch.cuda.synchronize()
        done, started = (done + 64, started) if started else (0, time.perf_counter())
    speed = done / (time.perf_counter() - started)
    print(f"training {config.frames} x {config.people} ({config.inputs}): {speed:.0f} samples/s")


def main() -> None:
    """Print every measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--published", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--threads", type=int, help="CPU threads of torch, for both")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--frames", type=int, default=900, help="length of the track")
    parser.add_argument("--only", choices=("forward", "track"))
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    print(f"torch {torch.__version__}, {torch.get_num_threads()} CPU threads")
    rng = np.random.default_rng(3)
    mean_std = np.stack([rng.normal(0, 0.2, (1, 226)), rng.uniform(0.5, 1.5, (1, 226))])
    full = LARTConfig.published()
    pose = LARTConfig.published(
        appearance_size=0, joints_layers=(), pose_layers=(229, 128), width=128
    )
    devices = ["cpu"] + (["cuda"] if torch.cuda.is_available() else [])
    for config in (full, pose):
        published = Published(args.published, config, mean_std)
        model = from_published(published.state_dict(), published.yaml)
        for device in devices:
            model.to(device)
            if args.only != "track":
                forward(published, model, args.batch, args.repeats)
            if args.only != "forward":
                track(published, model, args.frames, args.repeats, mean_std)
    if devices[-1] == "cuda":
        training_speed(LARTConfig.paper())


if __name__ == "__main__":
    main()
