"""Training samples: a random stretch of a track, the others who are there, masks and targets."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Sampler

from lart_core.model.config import LARTConfig
from lart_core.model.inputs import Inputs, normalised
from lart_core.model.unseen_legs import with_mean_legs
from lart_core.training.track import LabelledTrack

Sample = dict[str, Tensor]
"""Keys of `LART`'s batch without the batch axis, and `target` (T, P, C), NaN where no loss is."""


class Samples(Protocol):
    """What can be trained on: `TrackDataset`, or any other source of such samples."""

    def __len__(self) -> int:
        """Number of samples."""

    def __getitem__(self, key: tuple[int, int]) -> Sample:
        """The sample of (epoch, index)."""


class TrackDataset:
    """Samples of `config.frames` frames and `config.people` people.

    A key is (epoch, index): what is random in a sample is a function of seed, epoch and index
    alone, whatever process or worker makes it. Longer tracks start at a random frame (the paper's
    only augmentation), others at their first. Further places are given to random people of the
    same video and window who are there at the same time, who carry loss too, as in the published
    code.
    """

    def __init__(
        self,
        tracks: Sequence[LabelledTrack],
        config: LARTConfig,
        mean: NDArray[np.float32],
        std: NDArray[np.float32],
        *,
        mask_ratio: float = 0.0,
        ground_truth_only: bool = False,
        random_start: bool = True,
        seed: int = 0,
    ) -> None:
        self.tracks, self.config, self.mean, self.std = tracks, config, mean, std
        self.mask_ratio, self.ground_truth_only = mask_ratio, ground_truth_only
        self.random_start, self.seed = random_start, seed
        self._companions = _companions(tracks) if config.people > 1 else None

    def __len__(self) -> int:
        return len(self.tracks)

    def __getitem__(self, key: tuple[int, int]) -> Sample:
        epoch, index = key
        chance = np.random.default_rng([self.seed, epoch, index])
        ego = self.tracks[index]
        frames = self.config.frames
        spare = max(len(ego) - frames, 0)
        start = ego.first + (int(chance.integers(spare + 1)) if self.random_start else 0)
        people = [ego]
        if self._companions is not None:
            others = chance.permutation(self._companions[index])[: self.config.people - 1]
            people += [self.tracks[i] for i in others]
        sample: Sample = {}
        sizes = {name: value.shape[1] for name, value in ego.inputs.items()}
        sizes["target"] = ego.target.shape[1]
        for name, size in sizes.items():
            empty = np.nan if name == "target" else 0.0
            sample[name] = torch.full((frames, self.config.people, size), empty)
        for place, person in enumerate(people):
            at, part = self._part(person, start)
            for name, value in part.items():
                sample[name][at : at + len(value), place] = torch.from_numpy(value)
        sample["mask_detection"] = self._mask(sample["has_detection"], chance)
        shown = sample["has_detection"] + sample.get("has_appearance", torch.zeros(()))
        sample["target"][shown[..., 0] == 0] = torch.nan
        return sample

    def _part(self, person: LabelledTrack, start: int) -> tuple[int, Inputs]:
        """Place in a window from frame `start` on, and what is there of a person; maybe nothing."""
        stop = start + self.config.frames
        low = min(max(start, person.first), stop)
        high = max(min(stop, person.first + len(person)), low)
        rows = slice(low - person.first, high - person.first)
        part = {name: value[rows] for name, value in person.inputs.items()}
        part = with_mean_legs(part, person.legless[rows], self.mean, self.config.joints_order)
        part["pose_shape"] = normalised(part["pose_shape"], self.mean, self.std)
        part["target"] = person.target[rows]
        if self.ground_truth_only:
            known = person.ground_truth[rows, None]
            part["target"] = np.where(known, part["target"], np.float32(np.nan))
        return low - start, part

    def _mask(self, seen: Tensor, chance: np.random.Generator) -> Tensor:
        """(T, P, 1) with floor(ratio x count) of the seen tokens chosen."""
        mask = torch.zeros_like(seen)
        tokens = np.flatnonzero(seen.numpy())
        chosen = chance.permutation(tokens)[: int(len(tokens) * self.mask_ratio)]
        mask.view(-1)[torch.from_numpy(chosen)] = 1
        return mask


class ResumableBatches(Sampler[list[tuple[int, int]]]):
    """Batches of (epoch, index) keys for one process of several, from where training stands.

    Order is a function of seed and epoch; every process takes its share of each global batch, so
    that the batches do not depend on the number of processes. The last batch of an epoch is filled
    up from the epoch's start.

    Args:
        count: Number of samples.
        batch: Samples a step over all processes.
        world: Number of processes. rank: Which one this is.
        done: Says how many batches training has taken so far, over all epochs.
    """

    def __init__(
        self, count: int, batch: int, world: int, rank: int, seed: int, done: Callable[[], int]
    ) -> None:
        self.count, self.batch, self.world, self.rank = count, batch, world, rank
        self.seed, self.done = seed, done

    def __len__(self) -> int:
        return -(-self.count // self.batch)

    def __iter__(self) -> Iterator[list[tuple[int, int]]]:
        epoch, skip = divmod(self.done(), len(self))
        order = np.random.default_rng([self.seed, epoch]).permutation(self.count)
        filled = np.resize(order, len(self) * self.batch).reshape(len(self), self.batch)
        for batch in filled[skip:]:
            yield [(epoch, int(index)) for index in batch[self.rank :: self.world]]


def _companions(tracks: Sequence[LabelledTrack]) -> list[list[int]]:
    """For each track, the others of its video and window.

    Those at another time only where it is not known. Another window shows the same people again,
    so that its tracks would show somebody to himself.
    """
    videos = getattr(tracks, "videos", None)
    spans = getattr(tracks, "spans", None)
    keyframes = getattr(tracks, "keyframes", None)
    who: Sequence[int] = range(len(tracks))
    if videos is None:
        videos = [track.video for track in tracks]
        spans = [(track.first, track.first + len(track) - 1) for track in tracks]
        keyframes = [track.keyframe for track in tracks]
        who = [id(track) for track in tracks]  # One that is listed again is the same person.
    together = list(zip(videos, keyframes or [None] * len(videos), strict=True))
    members: dict[tuple[str, int | None], list[int]] = {}
    for row, window in enumerate(together):
        members.setdefault(window, []).append(row)

    def meet(a: int, b: int) -> bool:
        return spans is None or (spans[a][0] <= spans[b][1] and spans[b][0] <= spans[a][1])

    return [
        [other for other in members[window] if who[other] != who[row] and meet(row, other)]
        for row, window in enumerate(together)
    ]
