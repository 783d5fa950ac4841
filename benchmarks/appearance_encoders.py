"""Which appearance encoder says most about actions: a linear model on each one's vectors.

    python -m benchmarks.appearance_encoders DATA/clips TRACKLETS

DATA is the data of `lart study build`, TRACKLETS what it made. Each encoder describes every person
of the videos; logistic regressions, one an action, learn from two thirds of the videos (the grid's
folds, by person or group) and are judged AVA's way on the third. Nobody's pose is looked at.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from analysis.study.data.build import tracked
from analysis.study.data.clips import FOLDERS, VIDEO_SOURCES, read_clips
from analysis.study.data.corpus import FPS, Corpus
from analysis.study.data.perceive import pictures
from benchmarks.folds import judged, mean_ap
from lart_core import weights
from lart_core.motion.rate import at_rate
from lart_core.perception.embedded.i3d_pooling import PooledI3D
from lart_core.perception.embedded.mobilenet import DIM, load_mobilenet
from lart_core.perception.embedded.snapshots import Describe, Snapshots, describer
from lart_core.perception.protocols import AppearanceEncoder

ALONE = tuple(source for source in VIDEO_SOURCES if source not in FOLDERS)
"""Sets of one person a clip that lie in ``clips``."""


def trunk(name: str, shape: tuple[int, ...], scale: Callable[[NDArray], NDArray]) -> Describe:
    """Means over the picture of the last features of this shape inside a TFLite network."""
    network = Interpreter(
        str(weights.path(name)), num_threads=1, experimental_preserve_all_tensors=True
    )
    place = network.get_input_details()[0]["index"]
    side = 256
    network.resize_tensor_input(place, (1, side, side, 3))
    network.allocate_tensors()
    inside = [
        each["index"]
        for each in network.get_tensor_details()
        if tuple(each["shape"]) == shape and each["dtype"] == np.float32
    ]

    def describe(crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        found = []
        for crop in crops:
            network.set_tensor(place, scale(crop[None]))
            network.invoke()
            found.append(network.get_tensor(inside[-1]).mean(axis=(0, 1, 2)))
        return np.array(found)

    return describe


def encoders() -> dict[str, AppearanceEncoder]:
    """The encoders that are compared."""
    net = describer(load_mobilenet())
    pose = trunk("blazepose-full", (1, 8, 8, 864), lambda x: (x / 255).astype(np.float32))
    return {
        "MobileNetV2 (ImageNet), box x 1": Snapshots("tight", net, DIM, wider=1.0),
        "MobileNetV2 (ImageNet), box x 1.5": Snapshots("usual", net, DIM, wider=1.5),
        "MobileNetV2 (ImageNet), box x 2.5": Snapshots("wide", net, DIM, wider=2.5),
        "BlazePose's trunk, box x 1.25": Snapshots("pose", pose, 864, side=256, wider=1.25),
        "I3D (Kinetics-400), last map in the box": PooledI3D(),
        "colours (16 a channel), box x 1": Snapshots("colours", _colours, 48, side=64, wider=1.0),
    }


def _colours(crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    counts = [
        [np.bincount(crop[..., i].ravel() // 16, minlength=16) for i in range(3)] for crop in crops
    ]
    return np.sqrt(np.array(counts, np.float32).reshape(len(crops), -1))


def described(
    encoder: AppearanceEncoder, data: Path, perceived: Path, names: dict[str, int]
) -> dict[int, NDArray[np.float32]]:
    """Row of the corpus -> (T, D): each frame's nearest vector beside the mean of the track's."""
    found = {}
    for source in ALONE:
        for clip in read_clips(data, source):
            people = tracked(clip, perceived) if clip.name in names else []
            if not people:
                continue
            (seen,) = encoder.encode(pictures(clip, FPS), people)
            seen = at_rate(seen, FPS)
            at = np.abs(seen.frame[:, None] - seen.appearance_frame).argmin(axis=1)
            mean = np.broadcast_to(seen.appearance.mean(axis=0), seen.appearance[at].shape)
            found[names[clip.name]] = np.concatenate([seen.appearance[at], mean], axis=1)
    return found


def main() -> None:
    """Print mAP@0.5 of each encoder with its interval."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder of video sets")
    parser.add_argument("tracklets", type=Path, help="what `lart study build` made")
    args = parser.parse_args()
    torch.set_num_threads(1)
    corpus = Corpus.built(args.tracklets, ALONE)
    names = {name: row for row, name in enumerate(corpus.name)}
    line = make_pipeline(StandardScaler(), LogisticRegression(C=0.001, max_iter=200))
    for name, encoder in encoders().items():
        vectors = described(encoder, args.data, args.tracklets / "perception", names)
        found = judged(corpus, line, vectors, {0.0: vectors})[0.0]
        print(f"{name:40} {mean_ap(found, corpus)}", flush=True)


if __name__ == "__main__":
    main()
