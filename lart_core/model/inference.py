"""Tracklets of any length and a model -> action probabilities of every frame."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lart_core.errors import LartError
from lart_core.model import Checkpoint
from lart_core.model.company import with_company
from lart_core.model.device import fastest
from lart_core.model.inputs import Inputs, check_encoder, inputs_of, normalised
from lart_core.model.unseen_legs import with_mean_legs
from lart_core.motion.rate import at_rate, at_times
from lart_core.runs.actions import Actions, PersonActions
from lart_core.tracklet import PUBLISHED_FPS, Tracklet, VideoFacts
from lart_core.tracklet.sight import infilled, legless, looked_at

TOKENS_A_BATCH = 3072
KEYFRAME_TOKENS = 12
STEP = 32
"""Frames of a window that are kept by a network that sees three times as many."""

Encode = Callable[[dict[str, Tensor], Tensor], Tensor]
"""A batch of `LART`'s keys, (B, T, P, size) each, and (B, T, P) bool which output is kept -> (B, T,
M) numbers of the first person."""


@dataclass(frozen=True)
class Window:
    """A stretch of one track that the network sees at once, and the part of it that is kept.

    Attributes:
        track: Index of the track.
        start: First frame seen, counted from the track's first.
        end: One past the last frame seen.
        keep: First frame whose output is kept.
        stop: One past the last frame whose output is kept.
    """

    track: int
    start: int
    end: int
    keep: int
    stop: int


def predict(
    checkpoint: Checkpoint, tracklets: Sequence[Tracklet], *, parity: bool = False
) -> Actions:
    """Probabilities of the model's actions for each frame of each tracklet, gaps included.

    Each person is shown alone, in overlapping windows, as in the published code's `smooth_tracks`,
    and for `checkpoint.together`'s actions with the nearest other person. A model that
    learnt from another frame rate (the published ones from 30 a second) sees the track at its own,
    and what it says is interpolated in between. Legs that were not seen are shown in their mean
    pose. Where no body was shown for more than a second, the model says 0 of everything: its mask
    token would give the mean of what it learnt. What it can tell by appearance (`by_appearance`)
    it says there, too, where the person was seen. People whose boxes were given get the mask
    token's word (B.2). The model computes where it is (`checkpoint.model.to("cuda")` for a GPU).

    Args:
        parity: Frames as they come, at any rate, as upstream takes them, and the mask token's word
            everywhere.

    Raises:
        LartError: A tracklet lacks what the model looks at, or two share an id.
    """
    device = fastest()
    model = checkpoint.model.eval().to(device)
    tracks, shown, windows, begins = [], [], [], []
    ids: set[int] = set()
    times: list[NDArray[np.float64] | None] = []
    for tracklet in tracklets:
        if tracklet.track_id in ids:
            raise LartError(
                f"Expected tracklets with different ids, but {tracklet.track_id} is twice."
            )
        ids.add(tracklet.track_id)
        if model.config.appearance_size:
            check_encoder(tracklet, checkpoint.provenance.get("appearance"))
        rate = None if parity else checkpoint.fps
        seen = tracklet if rate is None else at_rate(tracklet, rate)
        times.append(None if seen is tracklet else tracklet.times)
        inputs = inputs_of(seen, model.config)
        order = model.config.joints_order
        inputs = with_mean_legs(inputs, legless(seen), checkpoint.mean, order)
        vector = normalised(inputs["pose_shape"], checkpoint.mean, checkpoint.std)
        tracks.append(inputs | {"pose_shape": vector})
        shown.append(seen)
        windows.append(tracklet.keyframe)
        # Rows of a tracklet that was not resampled are frames of the video, whatever its rate.
        if rate is None or seen is tracklet:
            begins.append(seen.first)
        else:
            begins.append(round(float(tracklet.times[0]) * rate))
    beside = tracks
    if checkpoint.together:
        beside = with_company(tracks, shown, windows, begins, model.config.frames)
    said = probabilities(checkpoint, tracks, beside, device)
    people = {}
    for tracklet, at, values in zip(tracklets, times, said, strict=True):
        probability = values if at is None else at_times(values, at)
        if not parity and not len(tracklet.given):
            probability[~infilled(tracklet)] *= _told_by_appearance(checkpoint)
            probability[~infilled(tracklet) & ~looked_at(tracklet)] = 0
        people[tracklet.track_id] = PersonActions(tracklet.frame, probability)
    provenance = {**checkpoint.provenance, "inputs": model.config.inputs}
    if checkpoint.by_appearance:
        provenance["by_appearance"] = " ".join(map(str, checkpoint.by_appearance))
    return Actions(checkpoint.name, checkpoint.ava_ids, people, provenance)


def _told_by_appearance(checkpoint: Checkpoint) -> NDArray[np.bool_]:
    """(C,) of which actions the model speaks where there is no body."""
    return np.isin(checkpoint.ava_ids, checkpoint.by_appearance)


def probabilities(
    checkpoint: Checkpoint,
    tracks: Sequence[Inputs],
    beside: Sequence[Inputs],
    device: torch.device | str = "cpu",
) -> list[NDArray[np.float32]]:
    """(T, C) an array a track: what a model on `device` says of people.

    Args:
        tracks: (T, size) arrays a person, each alone.
        beside: The same with others beside them, (T, P, size); the person's own where nobody is.
    """
    model, columns = checkpoint.model, [checkpoint.ava_ids.index(i) for i in checkpoint.together]

    def encode(batch: dict[str, Tensor], kept: Tensor) -> Tensor:
        batch = {name: value.to(device) for name, value in batch.items()}
        tokens = model.encode(batch, kept=kept.to(device))
        return model.action_head(tokens[:, :, 0]).sigmoid().cpu()

    said = over_windows(encode, tracks, model.config.frames)
    met = [
        i for i, (track, other) in enumerate(zip(tracks, beside, strict=True)) if track is not other
    ]
    in_company = over_windows(encode, [beside[i] for i in met], model.config.frames)
    for i, values in zip(met, in_company, strict=True):
        said[i][:, columns] = values[:, columns]
    return said


def at_keyframes(
    person: PersonActions, keyframes: Sequence[int], video: VideoFacts, *, parity: bool = False
) -> NDArray[np.float32]:
    """(K, C) mean probabilities of the 0.4 seconds around each annotated frame.

    At 30 frames a second these are the 12 frames k-6 to k+5; as far as the track reaches. Source:
    paper B.2; published `test_type` "avg.6".

    Args:
        person: What a model says in each frame.
        keyframes: K of the person's frames.
        video: Says when its frames are shown.
        parity: 12 frames at any rate, as upstream counts them.

    Raises:
        LartError: The person is not tracked at a key frame.
    """
    frames = KEYFRAME_TOKENS if parity else KEYFRAME_TOKENS * video.fps / PUBLISHED_FPS
    half = max(1, round(frames / 2))
    by_time = video.variable and not parity
    seconds = video.second_of(person.frame) if by_time else np.zeros(0)
    first, last = int(person.frame[0]), int(person.frame[-1])
    pooled = np.empty((len(keyframes), person.probability.shape[1]), np.float32)
    for row, keyframe in enumerate(keyframes):
        if not first <= keyframe <= last:
            raise LartError(
                f"Expected key frames in {first}..{last}, where the person is tracked, but got "
                f"{keyframe}."
            )
        if by_time:
            since = np.round(seconds - seconds[keyframe - first], 6)
            reach = KEYFRAME_TOKENS / PUBLISHED_FPS / 2
            near = (since >= -reach) & (since < reach)
            pooled[row] = person.probability[near].mean(axis=0)
        else:
            pooled[row] = around_keyframe(person.probability, keyframe - first, half)
    return pooled


def around_keyframe(
    probability: NDArray[np.floating], row: int, half: int = KEYFRAME_TOKENS // 2
) -> NDArray[np.floating]:
    """(C,) mean of (T, C) probabilities, `half` rows before `row` and as many from it on."""
    return probability[max(row - half, 0) : row + half].mean(axis=0)


@torch.inference_mode()
def over_windows(
    encode: Encode, tracks: Sequence[Inputs], frames: int
) -> list[NDArray[np.float32]]:
    """Slide a network that sees at most `frames` frames over tracks of any length.

    The published code fills each window up to `frames` with absent tokens. Nobody looks at those
    and their output is thrown away, so they are left out here and the windows of all tracks share
    batches; only a window in which nobody is seen keeps its full length, since there every token,
    absent ones too, weighs the same. Windows in which as many frames are seen come together.

    Args:
        encode: The network.
        tracks: One mapping of arrays a track, with `has_detection` and maybe `has_appearance`:
            (T, size), or (T, P, size) with others beside the first.
        frames: Longest sequence of the network.

    Returns:
        (T, M) an array a track.
    """
    kept: list[NDArray[np.float32] | None] = [None] * len(tracks)
    every = (w for i, t in enumerate(tracks) for w in windows(i, len(t["has_detection"]), frames))
    sized = []
    for window in every:
        seen = _shown(tracks[window.track], window)
        length = window.end - window.start if seen else frames
        sized.append((_people(tracks[window.track]), length, seen, window))
    sized.sort(key=lambda each: each[:3], reverse=True)
    while sized:
        people, longest = sized[0][:2]
        alike = sum(each[0] == people for each in sized)
        count = min(max(TOKENS_A_BATCH // (longest * people), 1), alike)
        group, sized = [each[-1] for each in sized[:count]], sized[count:]
        batch, wanted = _batch(group, tracks, longest)
        for window, output in zip(group, encode(batch, wanted), strict=True):
            track = kept[window.track]
            if track is None:
                total = len(tracks[window.track]["has_detection"])
                track = kept[window.track] = np.empty((total, output.shape[1]), np.float32)
            from_start = output[window.keep - window.start : window.stop - window.start]
            track[window.keep : window.stop] = from_start.numpy()
    return [track for track in kept if track is not None]


def windows(track: int, length: int, frames: int) -> Iterator[Window]:
    """Windows that together keep each of `length` frames once.

    32 frames are kept of each, with up to 32 of context on both sides (the published step and
    window). A network that sees fewer than those 96 sees as many as it can, at the ends of a track
    too: a third of its window is kept, and a track that fits into one window is seen once.
    """
    if frames >= 3 * STEP:
        for keep in range(0, length, STEP):
            start, end = max(keep - STEP, 0), min(keep + 2 * STEP, length)
            yield Window(track, start, end, keep, min(keep + STEP, length))
        return
    step = length if length <= frames else max(frames // 3, 1)
    for keep in range(0, length, step):
        start = min(max(keep - (frames - step) // 2, 0), max(length - frames, 0))
        end = min(start + frames, length)
        yield Window(track, start, end, keep, min(keep + step, length))


def _shown(track: Inputs, window: Window) -> int:
    """Of how many people and frames of a window anything is shown."""
    marks = (track[name] for name in ("has_detection", "has_appearance") if name in track)
    return int(
        np.count_nonzero(np.any([mark[window.start : window.end] for mark in marks], axis=0))
    )


def _people(track: Inputs) -> int:
    shape = track["has_detection"].shape
    return shape[1] if len(shape) == 3 else 1


def _batch(
    group: Sequence[Window], tracks: Sequence[Inputs], longest: int
) -> tuple[dict[str, Tensor], Tensor]:
    """Inputs (B, T, P, size) of windows, and (B, T, P) bool which of them are kept."""
    batch, people = {}, _people(tracks[group[0].track])
    for name, value in tracks[group[0].track].items():
        filled = np.zeros((len(group), longest, people, value.shape[-1]), np.float32)
        for row, window in zip(filled, group, strict=True):
            part = tracks[window.track][name][window.start : window.end]
            row[: len(part)] = part.reshape(len(part), people, -1)
        batch[name] = torch.from_numpy(filled)
    kept = torch.zeros(len(group), longest, people, dtype=torch.bool)
    for row, window in zip(kept, group, strict=True):
        row[window.keep - window.start : window.stop - window.start, 0] = True
    return batch, kept
