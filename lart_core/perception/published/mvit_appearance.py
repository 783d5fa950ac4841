"""`MViTAppearance`: the paper's appearance vectors, from clips around each tracked person.

The recipe is the published LART's (upstream 9d33242): a tracklet is cut into groups of 6 frames;
the clip of a group is 40 of the 121 frames around its centre, held within the tracklet, cropped to
an aspect of 0.8..1.2 and scaled to a short side of 312; the box is the person's at the centre.
Those 121 frames are 4 seconds of AVA's films, and at another frame rate the clip lasts as long.
Where the person is not seen at the centre, upstream gives a box of zeros; here it is the nearest
frame's in which the person is seen.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from lart_core.errors import LartError
from lart_core.perception.appearance_rate import STRIDE, group_centres
from lart_core.perception.protocols import Frame
from lart_core.perception.published.mvit import MViT
from lart_core.perception.published.mvit_config import MViTConfig
from lart_core.tracklet import PUBLISHED_FPS, Tracklet

WIDEST, TALLEST = 1.2, 0.8
"""Widths per height that the centre crop leaves."""


@dataclass(frozen=True)
class _Clip:
    """The frames of one clip, ascending with repeats, and whose boxes are read from it."""

    frames: tuple[int, ...]
    people: tuple[tuple[int, int, NDArray[np.float32]], ...]
    """Tracklet's place in the list, group within the tracklet, box in the video's pixels."""


class MViTAppearance:
    """Appearance vectors and AVA class scores by MViT; an `AppearanceEncoder`.

    Args:
        net: The network, as `load_mvit` gives it.
        device: Where to run it; on a GPU in half precision.
        batch: Clips a pass.
        parity: Clips of as many frames at any frame rate, as upstream counts them.
    """

    name = "mvit"
    stride = STRIDE

    def __init__(
        self, net: MViT, device: str = "cpu", batch: int = 1, *, parity: bool = False
    ) -> None:
        self.device = torch.device(device)
        self.net = net.eval().to(self.device)
        if self.device.type == "cuda":
            self.net = self.net.half()
        self.batch = batch
        self.parity = parity
        self.dim = net.dim

    def encode(self, frames: Iterable[Frame], tracklets: Sequence[Tracklet]) -> list[Tracklet]:
        """The tracklets with `appearance` (K, dim) at every group's centre frame.

        `frames` runs once over the whole video, from frame 0; the shrunken frames of about
        4 seconds are held.
        """
        return [tracklet for tracklet, _ in self.encode_and_score(frames, tracklets)]

    def encode_and_score(
        self, frames: Iterable[Frame], tracklets: Sequence[Tracklet]
    ) -> list[tuple[Tracklet, NDArray[np.float32]]]:
        """As `encode`, each tracklet with (K, classes) scores in 0..1: the paper's pseudo-labels.

        Raises:
            LartError: The video ends before a tracklet does.
        """
        centres = [group_centres(len(tracklet)) for tracklet in tracklets]
        feature = [np.zeros((len(c), self.dim), np.float32) for c in centres]
        score = [np.zeros((len(c), self.net.config.classes), np.float32) for c in centres]
        clips = _clips(tracklets, self.net.config, self.parity)
        ready = _ready(frames, clips, self.net.config.crop_size)
        for batch in _batches(ready, self.batch):
            found = self._run([clip for clip, _ in batch], [pictures for _, pictures in batch])
            people = [person for clip, _ in batch for person in clip.people]
            for (who, group, _), one_feature, one_score in zip(people, *found, strict=True):
                feature[who][group], score[who][group] = one_feature, one_score
        return [
            (
                replace(
                    tracklet,
                    appearance=feature[i],
                    appearance_frame=tracklet.frame[centres[i]],
                    provenance={**tracklet.provenance, "appearance": self.name},
                ),
                score[i],
            )
            for i, tracklet in enumerate(tracklets)
        ]

    @torch.inference_mode()
    def _run(
        self, clips: list[_Clip], pictures: list[NDArray[np.uint8]]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        config = self.net.config
        boxes = [[i, *box] for i, clip in enumerate(clips) for _, _, box in clip.people]
        video = torch.from_numpy(np.stack(pictures)).to(self.device)
        mean, std = (torch.tensor(v, device=self.device) for v in (config.mean, config.std))
        video = ((video / 255 - mean) / std).permute(0, 4, 1, 2, 3)
        dtype = self.net.head.projection.weight.dtype
        found = self.net(video.to(dtype), torch.tensor(boxes, device=self.device))
        feature, score = (value.float().cpu().numpy() for value in found)
        return feature, score


def clip_offsets(config: MViTConfig, fps: float = PUBLISHED_FPS) -> NDArray[np.int64]:
    """(frames,) frames of a clip relative to its centre: evenly over 121 for MViT-L 40x3.

    Args:
        fps: Of the video; at 60 frames a second the clip reaches over 241, which last as long.
    """
    reach = round(config.frames * config.sampling_rate // 2 * fps / PUBLISHED_FPS)
    return torch.linspace(0, 2 * reach, config.frames).long().numpy() - reach


def centre_crop(width: int, height: int) -> tuple[int, int]:
    """Pixels cut from the left and right, and from the top and bottom."""
    if width / height > WIDEST:
        return int((width - height * WIDEST) // 2), 0
    if width / height < TALLEST:
        return 0, int((height - width / TALLEST) // 2)
    return 0, 0


def short_side(width: int, height: int, size: int) -> tuple[int, int, float]:
    """Width and height after scaling the short side to `size`, and the scale of boxes."""
    if width < height:
        tall = math.floor(height / width * size)
        return size, tall, tall / height
    wide = math.floor(width / height * size)
    return wide, size, wide / width


def _clips(tracklets: Sequence[Tracklet], config: MViTConfig, parity: bool) -> list[_Clip]:
    """Every clip, in the order in which its last frame arrives; people share equal clips."""
    people = defaultdict(list)
    for who, tracklet in enumerate(tracklets):
        seen = np.flatnonzero(tracklet.detected)
        if not len(seen):
            seen = np.flatnonzero(tracklet.score)
        if not len(seen):
            raise LartError(
                f"Expected a person who is seen, but track {tracklet.track_id} never is."
            )
        offsets = clip_offsets(config, PUBLISHED_FPS if parity else tracklet.video.fps)
        for group, centre in enumerate(group_centres(len(tracklet))):
            at = np.clip(centre + offsets, 0, len(tracklet) - 1)
            nearest = seen[np.abs(seen - centre).argmin()]
            box = _scaled_box(tracklet, nearest, config.crop_size)
            people[tuple(tracklet.frame[at].tolist())].append((who, group, box))
    clips = [_Clip(frames, tuple(who)) for frames, who in people.items()]
    return sorted(clips, key=lambda clip: clip.frames[-1])


def _scaled_box(tracklet: Tracklet, at: int, size: int) -> NDArray[np.float32]:
    """Box (4,) in the clip's pixels; corner and size lose their fraction, as upstream."""
    x1, y1, x2, y2 = tracklet.box[at]
    box = np.array([int(x1), int(y1), int(x1) + int(x2 - x1), int(y1) + int(y2 - y1)], np.float32)
    width, height = tracklet.video.width, tracklet.video.height
    left, top = centre_crop(width, height)
    *_, scale = short_side(width - 2 * left, height - 2 * top, size)
    return ((box - np.array([left, top, left, top])) * scale).astype(np.float32)


def _ready(
    frames: Iterable[Frame], clips: list[_Clip], size: int
) -> Iterator[tuple[_Clip, NDArray[np.uint8]]]:
    """Each clip with its pictures (T, h, w, 3) as soon as the video has shown its last frame."""
    oldest = np.minimum.accumulate([clip.frames[0] for clip in clips][::-1])[::-1]
    held: dict[int, Frame] = {}
    done = 0
    for now, frame in enumerate(frames):
        if done == len(clips):
            return
        if now >= oldest[done]:
            held[now] = _shrunken(frame, size)
        while done < len(clips) and clips[done].frames[-1] == now:
            yield clips[done], np.stack([held[i] for i in clips[done].frames])
            done += 1
            for i in [i for i in held if done == len(clips) or i < oldest[done]]:
                del held[i]
    if done < len(clips):
        raise LartError(
            f"Expected frame {clips[done].frames[-1]} of the video, which a tracklet names, but "
            f"the video ends before it; the tracklets belong to another video."
        )


def _shrunken(frame: Frame, size: int) -> Frame:
    height, width = frame.shape[:2]
    left, top = centre_crop(width, height)
    frame = frame[top : height - top, left : width - left]
    wide, tall, _ = short_side(frame.shape[1], frame.shape[0], size)
    if (wide, tall) == (frame.shape[1], frame.shape[0]):
        return np.ascontiguousarray(frame)
    return np.asarray(cv2.resize(frame, (wide, tall), interpolation=cv2.INTER_LINEAR), np.uint8)


def _batches(
    clips: Iterator[tuple[_Clip, NDArray[np.uint8]]], size: int
) -> Iterator[list[tuple[_Clip, NDArray[np.uint8]]]]:
    batch = []
    for clip in clips:
        batch.append(clip)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
