"""The published PHALP tracker against ours with `parity=True`, person by person, frame by frame.

    git clone https://github.com/brjathu/PHALP
    pip install einops omegaconf hydra-core dill scikit-learn scenedetect joblib
    python benchmarks/phalp_parity.py PHALP RUN [RUN ...] [--predict PL AL APL TPL] [--frames N]

RUN is a run of ours (`lart run VIDEO --out RUN`) that still has its video: both trackers are fed
with its detections and bodies. The published one runs as published, from `PHALP.track` on; put
beside it, not into it, are what stands for a GPU, for the packages of its detector and renderer,
and for HMAR, which gives the run's bodies, its appearance vectors and, as textures, the crops of
the people. Networks have random weights: the pose predictor (P), whose weights ours takes over,
and the encoder of textures (T), which both call. PHALP's `predict` says what is compared; A are the
run's appearance vectors.

Ends with exit code 1 if a person or a box differs anywhere.
"""

import argparse
import contextlib
import os
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pycocotools import mask as coco
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).parent))
from beside import Beside

from lart_core import video
from lart_core.perception.protocols import Bodies, Detections
from lart_core.perception.store import load_perception
from lart_core.runs.run import Run
from lart_core.tracking import PosePredictor, track
from lart_core.tracklet import VideoFacts

BESIDE = ("detectron2", "hmr2", "pytube", "torchvision", "pyrender", "trimesh", "OpenGL", "moviepy")
"""Packages of its detector, renderer and downloads, which the tracker does not call."""
SEEN = dict[int, dict[int, NDArray[np.float64]]]
"""Frame -> person -> box x1 y1 x2 y2 of whoever was seen there."""


@dataclass
class Fed:
    """What both trackers are fed with.

    Attributes:
        textures: (frame, row) -> (4, 256, 256), as the published side has made them.
    """

    path: Path
    facts: VideoFacts
    detections: list[Detections]
    bodies: list[Bodies]
    textures: dict[tuple[int, int], NDArray[np.float32]] = field(default_factory=dict)

    @classmethod
    def of(cls, run: Run, frames: int | None) -> "Fed":
        """A run's people who have a body: PHALP gives everybody one."""
        detections, bodies = load_perception(run.path / "perception.npz")
        kept = [
            (_rows(found, body.valid), _rows(body, body.valid))
            for found, body in zip(detections[:frames], bodies[:frames], strict=True)
        ]
        source = Path(run.facts["source"])
        return cls(source, run.video, [d for d, _ in kept], [b for _, b in kept])


def _rows(found: Any, keep: NDArray[np.bool_]) -> Any:
    """The people of one frame that are kept."""
    values = {}
    for name, value in vars(found).items():
        if isinstance(value, np.ndarray):
            values[name] = value[keep]
        elif isinstance(value, tuple):
            values[name] = tuple(item for item, kept in zip(value, keep, strict=True) if kept)
    return replace(found, **values)


class HMAR(nn.Module):
    """Stands for HMAR: knows the people of the frame, by the rows that were cropped."""

    def __init__(self, fed: Fed, cfg: Any) -> None:
        super().__init__()
        from phalp.models.heads.encoding_head import EncodingHead

        self.fed, self.smpl = fed, nn.Identity()
        self.frame, self.rows = 0, list[int]()
        self.encoding_head = EncodingHead(cfg)
        for name, value in self.encoding_head.named_parameters():
            noise = np.random.RandomState(zlib.crc32(name.encode())).standard_normal(value.shape)
            scale = 1.5 / np.sqrt(np.prod(value.shape[1:])) if value.ndim > 1 else 0.01
            value.data = torch.tensor(noise * scale, dtype=torch.float32)

    def forward(self, crops: Tensor) -> dict[str, Any]:
        """Textures: the crop where the mask is, as HMAR scales them."""
        inside = crops[:, 3:] > 0
        uv = torch.cat(
            [torch.where(inside, crops[:, :3] / 5, 0), torch.where(inside, 1.0, -1.0)], 1
        )
        for row, texture in zip(self.rows, uv, strict=True):
            self.fed.textures[self.frame, row] = texture.numpy()
        body = self.fed.bodies[self.frame]
        pose = {
            "global_orient": torch.from_numpy(body.global_orient[self.rows][:, None]),
            "body_pose": torch.from_numpy(body.body_pose[self.rows]),
            "betas": torch.from_numpy(body.betas[self.rows]),
        }
        return {"uv_vector": uv, "pose_smpl": pose, "pred_cam": torch.zeros(len(crops), 3)}

    def autoencoder_hmar(self, uv: Tensor, en: bool = True) -> Tensor:
        """The run's appearance vectors for a frame's people, or the encoder for two textures."""
        look = self.fed.bodies[self.frame].appearance
        if len(uv) == len(self.rows) and look is not None and not self.comparing:
            return torch.from_numpy(look[self.rows].astype(np.float32))
        return self.encoding_head(uv, en=en)

    comparing = False

    def get_3d_parameters(
        self, pose: dict[str, Tensor], *_: Any, img_size: int, **__: Any
    ) -> tuple[dict[str, Tensor], Tensor, Tensor, Tensor]:
        """The run's joints before the run's camera, by the published projection."""
        from phalp.utils.utils import perspective_projection

        body, count = self.fed.bodies[self.frame], len(self.rows)
        joints = torch.from_numpy(body.joints[self.rows][:, :44])
        joints = torch.cat([joints, torch.zeros(count, 1, 3)], 1)
        camera = torch.from_numpy(body.camera[self.rows])
        focal = torch.full((count, 2), 5000.0) / img_size
        turn = torch.eye(3).expand(count, -1, -1)
        points = perspective_projection(joints, turn, camera, focal, torch.zeros(count, 2))
        return pose, (points + 0.5) * img_size, joints, camera


def referee(fed: Fed, predict: str) -> tuple[SEEN, Any]:
    """Who is seen where by the published tracker, and the tracker itself."""
    from omegaconf import OmegaConf
    from phalp.configs.base import FullConfig
    from phalp.models.predictor import Pose_transformer_v2
    from phalp.trackers.PHALP import PHALP

    class Referee(PHALP):
        """`PHALP` without its downloads, detector and renderer."""

        def cached_download_from_drive(self, additional_urls: Any = None) -> None: ...

        def setup_hmr(self) -> None:
            self.HMAR = HMAR(fed, self.cfg)

        def setup_predictor(self) -> None:
            torch.manual_seed(0)
            self.pose_predictor = Pose_transformer_v2(self.cfg, self)

        def setup_detectron2(self) -> None: ...

        def setup_visualizer(self) -> None: ...

        def get_detections(self, image: Any, name: str, *_: Any) -> tuple[Any, ...]:
            frame = self.HMAR.frame = int(name)
            self.HMAR.rows = []
            found = fed.detections[frame]
            count = len(found)
            masks = list(enumerate(_masks(found, fed.bodies[frame], image.shape[:2])))
            ones = [1] * count
            return (
                found.box, found.box, masks, found.score, np.zeros(count, int), ones,
                [[] for _ in ones],
            )  # fmt: skip

        def get_croped_image(self, image: Any, box: Any, padded: Any, mask: Any) -> Any:
            row, picture = mask
            self.HMAR.rows.append(row)
            return super().get_croped_image(image, box, padded, picture)

        def get_uv_distance(self, *textures: Any) -> Any:
            self.HMAR.comparing = True
            try:
                return super().get_uv_distance(*textures)
            finally:
                self.HMAR.comparing = False

    with tempfile.TemporaryDirectory() as scratch:
        cfg = OmegaConf.structured(FullConfig(device="cpu"))
        cfg.video.output_dir, cfg.phalp.predict = scratch, predict
        cfg.render.enable = False
        tracker = Referee(cfg)
        pictures = video.frames(fed.path)
        names = [str(number) for number in range(len(fed.detections))]
        tracker.io_manager = SimpleNamespace(
            get_frames_from_source=lambda: {
                "list_of_frames": names, "additional_data": {}, "video_name": "x",
            },
            read_frame=lambda _: next(pictures)[:, :, ::-1],
            close_video=lambda: None,
        )  # fmt: skip
        said = tracker.track()
    if said is None:
        sys.exit("the published tracker failed")
    seen: SEEN = {}
    for name, people in said[0].items():
        here = seen.setdefault(int(name), {})
        for who, box, since in zip(
            people["tid"], people["bbox"], people["tracked_time"], strict=True
        ):
            if since == 0:
                x, y, w, h = np.asarray(box, np.float64)
                here[who] = np.array([x, y, x + w, y + h])
    return seen, tracker


def _masks(found: Detections, body: Bodies, size: tuple[int, int]) -> list[NDArray[np.uint8]]:
    """Everybody's mask, or the box for one."""
    masks = []
    for row, box in enumerate(found.box):
        runs = next((m.mask[row] for m in (body, found) if m.mask and m.mask[row]), None)
        if runs is not None:
            masks.append(coco.decode({"size": list(size), "counts": runs}))
            continue
        picture = np.zeros(size, np.uint8)
        x1, y1, x2, y2 = np.clip(box, 0, None).astype(int)
        picture[y1:y2, x1:x2] = 1
        masks.append(picture)
    return masks


def ours(fed: Fed, predict: str, tracker: Any, predictor: dict[str, Any]) -> SEEN:
    """Who is seen where by our tracker."""

    def texture(frame: int) -> NDArray[np.float32]:
        """Of people under PHALP's least size there is none, and nobody asks for it."""
        count = len(fed.detections[frame])
        empty = np.zeros((4, 256, 256), np.float32)
        made = [fed.textures.get((frame, row), empty) for row in range(count)]
        return np.stack(made) if made else empty[:0]

    def embedded(tracks: NDArray[Any], people: NDArray[Any]) -> Any:
        both = zip(tracks, people, strict=True)
        pairs = [tracker.get_uv_distance(a.copy(), b.copy())[:2] for a, b in both]
        return tuple(map(np.stack, zip(*pairs, strict=True)))

    poses = None
    if "P" in predict:
        state = tracker.pose_predictor.encoder.state_dict()
        poses = PosePredictor.from_published(state, predictor, np.load(predictor["mean_std"]))
    people = track(
        fed.detections,
        fed.bodies,
        fed.facts,
        terms=predict,
        textures=texture if "T" in predict else None,
        texture_embedding=embedded if "T" in predict else None,
        pose_predictor=poses,
        parity=True,
    )
    seen: SEEN = {frame: {} for frame in range(len(fed.detections))}
    for person in people:
        for row in np.flatnonzero(person.score > 0):
            seen[int(person.frame[row])][person.track_id] = person.box[row].astype(np.float64)
    return seen


@contextlib.contextmanager
def published(checkout: Path) -> Iterator[dict[str, Any]]:
    """Make the checkout importable, with stand-ins for what it would download, on the CPU."""
    start = np.random.default_rng(0)
    sys.meta_path.insert(0, Beside(*BESIDE))
    sys.path.insert(0, str(checkout))
    kept: Callable[..., Tensor] = Tensor.cuda
    with tempfile.TemporaryDirectory() as home:
        os.environ["HOME"] = home
        files = Path(home) / ".cache" / "phalp"
        for folder in ("3D", "weights"):
            (files / folder).mkdir(parents=True)
        np.savez(
            files / "3D/smpl_mean_params.npz",
            pose=np.tile([1.0, 0, 0, 1, 0, 0], 24) + 0.1 * start.normal(size=144),
            shape=np.zeros(10),
            cam=np.array([0.9, 0, 0]),
        )
        np.save(files / "3D/mean_std.npy", np.ones((2, 1, 226)) * [[[0]], [[1]]])
        import omegaconf

        values = {
            "frame_length": 100, "in_feat": 64, "num_smpl_heads": 1, "mask_ratio": 0.4,
            "mask_type_test": "zero",
            "extra_feat": {"pose_shape": {"dim": 229, "mid_dim": 229, "en_dim": 64}},
            "ava": {
                "num_action_classes": 80, "num_valid_action_classes": 60, "predict_valid": True,
            },
            "transformer": {
                "depth": 2, "heads": 4, "mlp_dim": 64, "dim_head": 16, "dropout": 0.1,
                "emb_dropout": 0.1, "droppath": 0.1, "conv": {"pad": 1, "stride": 5},
            },
        }  # fmt: skip
        omegaconf.OmegaConf.save({"configs": values}, files / "weights/pose_predictor.yaml")
        Tensor.cuda = lambda self, *_, **__: self  # type: ignore[method-assign, assignment]
        try:
            yield {"configs": values, "mean_std": files / "3D/mean_std.npy"}
        finally:
            Tensor.cuda = kept  # type: ignore[method-assign]


def compare(theirs: SEEN, mine: SEEN) -> bool:
    """Print how far both agree; whether everywhere."""
    people = {who for here in theirs.values() for who in here}
    own = {who for here in mine.values() for who in here}
    pairs = equal = 0
    furthest = 0.0
    for frame, here in theirs.items():
        for who in here.keys() | mine[frame].keys():
            pairs += 1
            if who in here and who in mine[frame]:
                apart = float(np.abs(here[who] - mine[frame][who]).max())
                furthest = max(furthest, apart)
                equal += apart < 0.01
            else:
                print(f"  frame {frame}: person {who} is seen by one of both alone")
    print(
        f"  {len(people)} people published, {len(own)} ours; equal in {equal} of {pairs} people "
        f"and frames; boxes differ by up to {furthest:.1e} pixels"
    )
    return people == own and equal == pairs


def main() -> None:
    """Print how far the trackers agree on each run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("runs", type=Path, nargs="+")
    parser.add_argument("--predict", nargs="+", default=["L", "AL", "APL", "TPL"])
    parser.add_argument("--frames", type=int, help="of each run (default: all)")
    args = parser.parse_args()
    same = True
    with published(args.checkout) as predictor:
        for path in args.runs:
            for predict in args.predict:
                fed = Fed.of(Run.open(path), args.frames)
                shown = sum(map(len, fed.detections))
                print(f"{path.name}, {predict}: {len(fed.detections)} frames, {shown} people seen")
                theirs, tracker = referee(fed, predict)
                same &= compare(theirs, ours(fed, predict, tracker, predictor))
    if not same:
        sys.exit("they differ")


if __name__ == "__main__":
    main()
