"""The published trainer and evaluator of LART as readers of our LART export.

    git clone https://github.com/brjathu/LART; git clone https://github.com/brjathu/PHALP
    pip install omegaconf hydra-core einops joblib
    python benchmarks/published_reading.py FOLDER SET

FOLDER holds both checkouts under their own names. SET is a labelled data set of windows, such as
`benchmarks/made_up_ava.py --work` leaves; its films need AVA's names of 11 letters. Every run is
exported (`export_lart`), then the published data set reads the files, and the published evaluator
writes AVA's CSV of the ground truth that it finds at the key frames. Both are held against what
the set holds: labels and their kinds, inputs of the network, key frames, seconds and boxes. Boxes
count as sure, so that the evaluator takes them all.

Ends with exit code 1 if anything differs.
"""

import argparse
import contextlib
import csv
import importlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import joblib
import numpy as np
import torch
from torch.utils.data import DataLoader

sys.path.insert(0, str(Path(__file__).parent))
from beside import Beside

from lart_core.ava_labels import ava_actions
from lart_core.dataset import VideoSet
from lart_core.formats.lart_names import file_name
from lart_core.model.config import LARTConfig
from lart_core.model.inputs import inputs_of
from lart_core.pipeline.import_lart import export_lart
from lart_core.tracklet import Tracklet
from lart_core.training.labels import FrameLabels, columns, load_labels, to_kinds
from lart_core.training.tracks import LABELS

BESIDE = ("torchvision", "pytorchvideo", "detectron2", "hmr2", "phalp_video")
EVALUATED = tuple(i for i, action in ava_actions().items() if action.evaluated)
JUDGED = range(902, 1799)
"""Seconds that the published evaluator takes."""


class Tally:
    """Counts what was compared, and how far it was apart."""

    def __init__(self) -> None:
        self.count, self.worst = dict[str, int](), dict[str, float]()

    def add(self, name: str, theirs: Any, ours: Any) -> None:
        """Two arrays that must be the same."""
        theirs, ours = np.asarray(theirs, np.float64), np.asarray(ours, np.float64)
        same = theirs.shape == ours.shape
        apart = float(np.abs(theirs - ours).max(initial=0)) if same else np.inf
        self.count[name] = self.count.get(name, 0) + 1
        self.worst[name] = max(self.worst.get(name, 0.0), apart)

    def same(self) -> bool:
        """Print the table; whether all is the same, but for the rounding of float32."""
        for name, count in self.count.items():
            print(f"{name:32} {count:7,d} compared, largest difference {self.worst[name]:.1e}")
        return bool(self.count) and max(self.worst.values()) < 1e-5


@contextlib.contextmanager
def published(folder: Path) -> Iterator[Any]:
    """The published configuration, in a folder where its code finds what it would download."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        os.environ["HOME"] = scratch
        for place in (".cache/phalp/3D", ".cache/phalp/ava", ".cache/lart", "data/_TMP",
                      "data/bad_files", "data/ava_val", "results"):  # fmt: skip
            (home / place).mkdir(parents=True)
        np.save(home / ".cache/phalp/3D/mean_std.npy", np.ones((2, 1, 226)) * [[[0]], [[1]]])
        np.save(home / ".cache/lart/ava_valid_classes.npy", np.array(EVALUATED))
        joblib.dump({}, home / ".cache/lart/kinetics_annot_train.pkl")
        order = dict(enumerate((0, *EVALUATED)))
        joblib.dump(order, home / ".cache/phalp/ava/ava_class_mapping.pkl")
        sys.meta_path.insert(0, Beside(*BESIDE))
        for name in ("LART", "PHALP"):
            sys.path.insert(0, str(folder / name))
        logging = ModuleType("lart.utils")
        logging.__path__ = [str(folder / "LART/lart/utils")]
        logging.get_pylogger = importlib.import_module("logging").getLogger  # type: ignore[attr-defined]
        sys.modules["lart.utils"] = logging
        import omegaconf

        settings = omegaconf.OmegaConf.load(folder / "LART/configs/lart.yaml").configs
        settings.max_people, settings.storage_folder = 1, str(home)
        settings.test_type = "track.fullframe@GT"
        os.chdir(home)
        try:
            yield settings
        finally:
            os.chdir(before)


def expected(videos: VideoSet, out: Path) -> dict[str, tuple[Tracklet, FrameLabels, tuple]]:
    """Export every labelled run; file -> tracklet, its labels, and the ids of their columns."""
    known = {}
    for _, run in videos.runs():
        file = run.path / "tracklets" / LABELS
        if not file.is_file():
            continue
        ids, labels = load_labels(file)
        export_lart(run, out, "ava-val")
        for tracklet, own in zip(run.tracklets(), labels, strict=True):
            known[file_name(tracklet, "ava-val").removesuffix(".pkl")] = tracklet, own, ids
    return known


def main() -> None:
    """Print what was compared."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("set", type=Path)
    args = parser.parse_args()
    videos, tally = VideoSet.open(args.set.resolve()), Tally()
    with published(args.folder.resolve()) as settings:
        known = expected(videos, Path("data/ava_val"))
        size = max(tracklet.appearance.shape[1] for tracklet, _, _ in known.values())
        settings.extra_feat.apperance.dim = size or 1152
        config = LARTConfig.published(people=1, appearance_size=size)
        data = importlib.import_module("lart.datamodules.components.phalp_action_datatset")
        data.np = SimpleNamespace(**vars(np) | {"array": ragged})
        evaluators = importlib.import_module("lart.evaluators.ava")
        evaluator = evaluators.AVA_evaluator(settings)
        said = {}
        loader = DataLoader(data.PHALP_action_dataset(settings, train=False), batch_size=1)
        for given, wanted, meta, (name,) in loader:
            said[name] = True
            tracklet, labels, ids = known[name]
            compare(tally, given, wanted, tracklet, labels, ids, config)
            wanted["action_label_ava"] = wanted["action_label_ava"][..., : len(EVALUATED)]
            actions = torch.zeros(*given["has_detection"].shape[:3], len(EVALUATED))
            meta["frame_conf"] = [torch.ones_like(score) for score in meta["frame_conf"]]
            evaluator.store_results_batch(
                given, wanted, meta, {"pred_actions_ava": actions}, [name], [f"results/{name}.pkl"]
            )
        tally.add("files", len(said), len(known))
        evaluators.AvaLabeledVideoFramePaths.read_label_map = lambda _: ({}, set(EVALUATED))
        with joblib.parallel_config(backend="threading"):
            evaluator.write_ava_csv("results/", "ava_val.csv")
        with open("ava_val.csv", newline="") as file:
            rows = list(csv.reader(file))
    key_frames(tally, rows, known)
    if not tally.same():
        sys.exit("they differ")


def ragged(values: Any) -> Any:
    """`numpy.array` as it was when the code was published: lists of other lengths are objects."""
    try:
        return np.array(values)
    except ValueError:
        return np.array(values, dtype=object)


def compare(
    tally: Tally,
    given: dict[str, Any],
    wanted: dict[str, Any],
    tracklet: Tracklet,
    labels: FrameLabels,
    ids: tuple[int, ...],
    config: LARTConfig,
) -> None:
    """One file as the published data set reads it, and as we see the tracklet."""
    frames = min(len(tracklet), config.frames)
    kind, target = to_kinds(tracklet, labels, len(ids))
    tally.add("kinds of labels", wanted["has_gt"][0, :frames, 0, 0, 0], kind[:frames])
    known = kind[:frames] > 0
    ours = np.nan_to_num(columns(ids, EVALUATED, target[:frames][known]))
    theirs = wanted["action_label_ava"][0, :frames, 0, 0, : len(EVALUATED)][known]
    tally.add("labels", theirs, ours)
    for name, values in inputs_of(tracklet, config).items():
        seen = tracklet.detected[:frames] if name != "has_detection" else slice(None)
        tally.add(f"inputs: {name}", given[name][0, :frames, 0][seen], values[:frames][seen])


def key_frames(
    tally: Tally, rows: list[list[str]], known: dict[str, tuple[Tracklet, FrameLabels, tuple]]
) -> None:
    """The ground truth that the published evaluator writes, and that of the set."""
    ours = {}
    for tracklet, labels, ids in known.values():
        frame = tracklet.keyframe
        if frame is None or not tracklet.detected[frame - tracklet.first]:
            continue
        second = 900 + round(float(tracklet.video.second_of(frame)))
        if second not in JUDGED:
            continue
        size = np.array([tracklet.video.width, tracklet.video.height] * 2)
        box = tracklet.box[frame - tracklet.first] / size
        row = np.flatnonzero(labels.frame == frame)
        target = np.full((1, len(EVALUATED)), np.nan)
        if len(row):
            target = np.nan_to_num(columns(ids, EVALUATED, labels.target[row]))
        film = tracklet.video.name.rsplit(".", 1)[0]
        for action, value in zip(EVALUATED, target[0], strict=True):
            ours[film, f"{second:04d}", action, *np.round(box, 4)] = value
    theirs = {
        (film, second, int(action), *np.round([float(side) for side in box], 4)): float(value)
        for film, second, *box, action, value in rows
    }
    print(f"{len(theirs):,d} rows of key frames")
    tally.add("rows of key frames", len(theirs), len(ours))
    tally.add("films, seconds and boxes", len(theirs.keys() ^ ours.keys()), 0)
    for key in theirs.keys() & ours.keys():
        if not np.isnan(ours[key]):  # The published evaluator writes a row without a label, too.
            tally.add("labels of key frames", theirs[key], ours[key])


if __name__ == "__main__":
    main()
