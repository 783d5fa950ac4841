"""Training samples of the study: balanced, from a random camera, disturbed as a detector would."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from analysis.study.data.clips import PAIRED as PAIRED_VIDEO
from analysis.study.data.clips import VIDEO_SOURCES
from analysis.study.data.corpus import FPS, NO_APPEARANCE, Corpus, Windows
from analysis.study.data.labels import UNSURE, meaning
from analysis.study.data.motion import PAIRED_MOTION
from analysis.study.data.poses import Poses
from analysis.study.data.posture import LIE
from analysis.study.samples.fall import with_falls
from analysis.study.samples.leap import FALL, with_leaps
from analysis.study.samples.noise import EMBEDDED, disturb
from analysis.study.samples.still import held
from analysis.study.samples.view import look_around, middles
from lart_core.camera import FOCAL
from lart_core.model import Checkpoint, LARTConfig
from lart_core.model.unseen_legs import with_mean_legs
from lart_core.motion.from_joints import LENS
from lart_core.tracklet.person_vector import CAMERA, PERSON_VECTOR, person_vector
from lart_core.tracklet.sight import foreshortened
from lart_core.training.dataset import Sample

TURN_MOTION, TURN_VIDEO = np.pi, 0.35
"""Radians by which a random camera walks round people. Videos were seen by a detector: they are
already disturbed, and depth is too poor to see them from far elsewhere."""
STRENGTH_MOTION, STRENGTH_VIDEO = 1.5, 0.5
"""Greatest factor on the detector's noise."""
LEAPS = 0.08
"""Share of windows of people who met nobody in which somebody is made to leap."""
STILL = 0.06
"""Share of motion windows of people alone in which somebody is made to keep still, if it can be
held (`analysis.study.samples.still`)."""
FALLS = 0.12
"""Share of the other motion windows of people alone in which somebody is made to fall."""
LEGLESS = 0.2
"""Share of people of motion sets whose legs are not seen, as behind a table: they are shown with
mean legs, as inference shows them (`lart_core.model.unseen_legs`), and the teacher sees them whole.
Of videos whose legs were not seen the teacher alone is heeded: nobody stands there, so that whoever
has no legs in a film would jump, run or get up."""
UNSEEN, STRANGE = 0.3, 0.5
"""Share of windows without appearance; and share of motion windows, which have none of their own,
with that of anybody, so that appearance alone does not tell motion sets from videos."""

PAIRED = 0.5
"""Share of batches of people with somebody else, for networks that see two."""
TRUST = 0.75
"""Weight of what a teacher says, against a label that says something, of recordings of the sets
that it learnt from itself. Of others it knows no better than their labels."""
LABELS_ONLY = (FALL, LIE)
"""AVA ids of which a teacher is heeded only where labels say nothing: the shipped models before
knew no one on the ground."""
FILMED = 0.5
"""Share of videos among the windows of people who met nobody, for networks that learn from pairs:
at least as many as among those who met, so that a video is not yet an interaction."""
MET = 0.5
"""Share of those who did meet; the others see a passer-by."""
BESIDE, BEHIND = (0.6, 3.0), 2.0
"""Metres sideways, and at most in depth, of somebody who passes by."""


BODILESS, PARTLY = 0.4, 0.3
"""Share of windows of videos in which bodies are hidden throughout, and, of every person's others,
over a stretch, for networks in which appearance speaks for itself."""
LOOKED_AT = 0.8
"""Share of videos among the windows of people who met nobody, for such networks: motion teaches
them only not to heed strangers' looks."""


class StudySamples:
    """Windows of random tracklets, `length` of them an epoch.

    A key is (epoch, index). Main actions (or labels, where they have none) are drawn with a chance
    of the square root of how often they come, and their tracklets evenly. A window begins anywhere
    in or shortly before its tracklet. A network that sees two people gets batches of people alone
    and batches of people with the one whom they met, or with a passer-by. Lightning asks for a
    batch at once (`__getitems__`); what is random in it is a function of seed and keys.

    Args:
        corpus: Labelled tracklets. rows: Those to learn from.
        config: For frames and inputs. ava_ids: The actions to learn.
        mean, std: (229,) normalisation of person vectors.
        length: Samples an epoch.
        mask_ratio: Share of seen tokens to mask.
        legless: Share of people whose legs are not seen.
        seed: Of everything random.
        teacher: A model whose actions the network has, too: what it says of each person alone is
            taught besides the labels, and where they say nothing (Li and Hoiem, "Learning without
            forgetting", ECCV 2016). Its person vectors are normalised in the same way.
    """

    def __init__(
        self,
        corpus: Corpus,
        rows: NDArray[np.int64],
        config: LARTConfig,
        ava_ids: Sequence[int],
        mean: NDArray[np.float32],
        std: NDArray[np.float32],
        *,
        length: int,
        mask_ratio: float = 0.0,
        legless: float = LEGLESS,
        seed: int = 0,
        teacher: Checkpoint | None = None,
    ) -> None:
        self.corpus, self.rows, self.config, self.teacher = corpus, rows, config, teacher
        self._trust = torch.zeros(len(corpus))
        if teacher:
            self._taught = torch.tensor([list(ava_ids).index(each) for each in teacher.ava_ids])
            known = teacher.provenance.get("data", ", ".join(corpus.source)).split(", ")
            self._trust = torch.tensor([TRUST * (each in known) for each in corpus.source])
            self._heeded = torch.tensor([float(i not in LABELS_ONLY) for i in teacher.ava_ids])
        self.columns = torch.tensor(ava_ids) - 1
        self.mean, self.std = torch.from_numpy(mean), torch.from_numpy(std)
        self.length, self.mask_ratio, self.seed = length, mask_ratio, seed
        # Where appearance speaks for itself, the body's part of the network learns nothing.
        self.legless = 0.0 if config.appearance_alone else legless
        if config.appearance_size:
            own = [
                corpus.shown[s : s + n]
                for s, n in zip(corpus.start[rows], corpus.length[rows], strict=True)
            ]
            self._shown = torch.cat(own).unique()
            self._shown = self._shown[self._shown >= 0]
        met = np.isin(corpus.other[rows], rows) if config.people > 1 else np.zeros(len(rows), bool)
        lonely = ~met
        if met.any():  # Whoever met somebody who was not found does not teach what people do alone.
            lonely &= ~np.isin(np.array(corpus.source)[rows], (PAIRED_MOTION, PAIRED_VIDEO))
        self._pairs, self._singles = (self._drawn_from(rows[part]) for part in (met, lonely))
        alone, weight = self._singles
        filmed = np.isin(np.array(corpus.source)[alone], VIDEO_SOURCES)
        # Motion can be seen from where a passer-by walks; films only where there is no motion.
        self._passers_by = self._drawn_from(alone if filmed.all() else alone[~filmed])
        if met.any() and filmed.any() and not filmed.all():
            share = LOOKED_AT if config.appearance_alone else FILMED
            films, motion = share / weight[filmed].sum(), (1 - share) / weight[~filmed].sum()
            self._singles = alone, weight * np.where(filmed, films, motion)

    def _drawn_from(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Tracklets, and the chance of each."""
        corpus = self.corpus
        return rows, balance([_kind(corpus.source[r], corpus.label[r]) for r in rows])

    def __len__(self) -> int:
        return self.length

    @property
    def meet(self) -> bool:
        """Whether any two people met."""
        return len(self._pairs[0]) > 0

    def __getitem__(self, key: tuple[int, int]) -> Sample:
        return self.__getitems__([key])[0]

    def __getitems__(self, keys: Sequence[tuple[int, int]]) -> list[Sample]:
        chance = np.random.default_rng([self.seed, *np.ravel(keys)])
        if self.meet and chance.random() < PAIRED:
            batch = self.pairs(len(keys), chance)
        else:
            batch = self.batch(self.drawn(len(keys), chance), chance)
        return [{name: value[i] for name, value in batch.items()} for i in range(len(keys))]

    def drawn(self, count: int, chance: np.random.Generator) -> NDArray[np.int64]:
        """Tracklets of people who are shown alone."""
        return _draw(self._singles, count, chance)

    def batch(self, rows: NDArray[np.int64], chance: np.random.Generator) -> dict[str, Tensor]:
        """`LART`'s batch of a random window of each tracklet, and `target` (B, T, 1, C)."""
        windows = self.corpus.windows(rows, self._begin(rows, chance), self.config.frames)
        generator = torch.Generator().manual_seed(int(chance.integers(2**62)))
        video = self._of_video(rows)
        leaping = torch.rand(len(rows), generator=generator) < LEAPS
        windows = with_leaps(windows, leaping, FPS, generator)
        still = ~leaping & ~video & (torch.rand(len(rows), generator=generator) < STILL)
        windows, still = held(windows, still, generator)
        falling = ~leaping & ~still & ~video & (torch.rand(len(rows), generator=generator) < FALLS)
        windows, falling = with_falls(windows, falling, FPS, generator)
        trust = self._trust[torch.from_numpy(rows)] * ~(still | falling)
        return self._shown_as(windows, trust, video, 1, generator)

    def pairs(self, count: int, chance: np.random.Generator) -> dict[str, Tensor]:
        """The same of people with somebody else, (B, T, 2, .): first those who met."""
        met = round(count * MET)
        rows = np.concatenate(
            [_draw(self._pairs, met, chance), _draw(self._singles, count - met, chance)]
        )
        others = self.corpus.other[rows]
        others[met:] = _draw(self._passers_by, count - met, chance)
        first = self._begin(rows, chance)
        begin = first + self.corpus.first[rows] - self.corpus.first[others]
        begin[met:] = self._begin(others[met:], chance)
        both = [
            self.corpus.windows(rows, first, self.config.frames),
            self.corpus.windows(others, begin, self.config.frames),
        ]
        generator = torch.Generator().manual_seed(int(chance.integers(2**62)))
        video = self._of_video(rows)
        leaping = torch.rand(count, generator=generator) < LEAPS
        leaping[:met] = False
        both[0] = with_leaps(both[0], leaping, FPS, generator)
        place_beside(_from(both[0].poses, met), _from(both[1].poses, met), generator)
        windows = Windows(
            Poses(*(_in_turn([vars(w.poses)[n] for w in both]) for n in vars(both[0].poses))),
            _in_turn([w.target for w in both]),
            _in_turn([w.shown for w in both]),
        )
        trust = self._trust[torch.from_numpy(np.stack([rows, others], axis=1).ravel())]
        return self._shown_as(windows, trust, video.repeat_interleave(2), 2, generator)

    def _begin(self, rows: NDArray[np.int64], chance: np.random.Generator) -> NDArray[np.int64]:
        """First frames of windows that begin anywhere in or shortly before tracklets."""
        frames = self.config.frames
        spare = self.corpus.length[rows] - frames
        low = np.minimum(spare, 0) - frames // 4 * (spare < 0)
        return chance.integers(low, np.maximum(spare, 0), endpoint=True)

    def _of_video(self, rows: NDArray[np.int64]) -> Tensor:
        return torch.tensor([self.corpus.source[r] in VIDEO_SOURCES for r in rows])

    def _shown_as(
        self,
        windows: Windows,
        trust: Tensor,
        video: Tensor,
        together: int,
        generator: torch.Generator,
    ) -> dict[str, Tensor]:
        """A batch of windows of people, `together` in a row seen by one camera.

        Args:
            trust: (B,) weight of what the teacher says, where a label says something, too.
        """
        poses = self._seen(windows.poses, video, together, generator)
        looks = None
        if self.config.appearance_size:
            looks = self._appearance(windows.shown, generator)
        known = windows.target[..., self.columns]
        target = known.float().masked_fill(known == UNSURE, torch.nan)
        if not self.config.appearance_alone:
            target[video[:, None] & ~poses.leg_seen] = torch.nan
        legless = (torch.rand(len(video), generator=generator) < self.legless) & ~video
        behind = legs_hidden(poses, legless[:, None])
        batch = inputs(behind, self.config, self.mean, self.std, looks)
        if self.teacher:
            whole = batch
            if legless.any():
                whole = inputs(poses, self.config, self.mean, self.std, looks)
            said = _said(self.teacher, whole, together)
            label = target[..., self._taught]
            told = torch.where(
                label.isnan(), said, label.lerp(said, trust[:, None, None] * self._heeded)
            )
            target[..., self._taught] = torch.where(poses.detected[..., None], told, label)
        own = windows.shown >= 0
        judged = behind.detected | own if self.config.appearance_alone else behind.detected
        target[~judged] = torch.nan
        batch["target"] = target[:, :, None]
        batch = {
            name: _beside(value.squeeze(2), together).transpose(1, 2)
            for name, value in batch.items()
        }
        mask = self._mask(batch["has_detection"][..., 0] == 1, generator)
        if self.config.appearance_alone:
            hidden = _hidden(own, together, generator)
            shown = batch["has_appearance"][..., 0] == 1
            mask = mask | (_beside(hidden, together).transpose(1, 2) & shown)
        batch["mask_detection"] = mask[..., None].float()
        return batch

    def _seen(
        self, poses: Poses, video: Tensor, together: int, generator: torch.Generator
    ) -> Poses:
        turn = torch.where(video, TURN_VIDEO, TURN_MOTION)
        strength = torch.where(video, STRENGTH_VIDEO, STRENGTH_MOTION)
        poses = look_around(poses, generator, turn, together)
        strength = strength * torch.rand(len(video), generator=generator)
        return disturb(poses, EMBEDDED, strength, generator)

    def _appearance(self, shown: Tensor, generator: torch.Generator) -> "Looks":
        """Appearance of the windows' own rows, of a stranger, or none."""
        count = len(shown)
        strange = torch.rand(count, generator=generator) < STRANGE
        anybody = torch.randint(len(self._shown), (count, 1), generator=generator)
        none = (shown < 0).all(1)
        shown = torch.where((none & strange)[:, None], self._shown[anybody], shown)
        share = 0.0 if self.config.appearance_alone else UNSEEN  # Without any, it learns nothing.
        unseen = torch.rand(count, generator=generator) < share
        shown = shown.masked_fill(unseen[:, None], NO_APPEARANCE)
        return Looks(self.corpus.seen(shown), shown >= 0)

    def _mask(self, seen: Tensor, generator: torch.Generator) -> Tensor:
        flat = seen.flatten(1)
        rank = torch.rand(flat.shape, generator=generator).masked_fill(~flat, 2.0)
        wanted = (flat.sum(1) * self.mask_ratio).floor()
        return (rank.argsort(1).argsort(1) < wanted[:, None]).view_as(seen)


@dataclass(frozen=True)
class Normalisation:
    """(229,) mean and standard deviation of person vectors."""

    mean: NDArray[np.float32]
    std: NDArray[np.float32]

    @staticmethod
    def of(corpus: Corpus, rows: NDArray[np.int64], config: LARTConfig) -> "Normalisation":
        """Measured on 2,048 random samples with the legs as they were lifted; numbers that hardly
        vary keep a floor of 0.05."""
        none, one = np.zeros(PERSON_VECTOR, np.float32), np.ones(PERSON_VECTOR, np.float32)
        seen = torch.ones_like(corpus.poses.leg_seen)
        corpus = replace(corpus, poses=replace(corpus.poses, leg_seen=seen))
        samples = StudySamples(corpus, rows, config, [1], none, one, length=2048, legless=0.0)
        chance = np.random.default_rng(0)
        batch = samples.batch(samples.drawn(2048, chance), chance)
        vectors = batch["pose_shape"][batch["has_detection"][..., 0] == 1]
        return Normalisation(vectors.mean(0).numpy(), vectors.std(0).clamp(min=0.05).numpy())


class Looks(NamedTuple):
    """(B, T, D) appearance vectors, zeros where there is none, and (B, T) where there is one."""

    appearance: Tensor
    shown: Tensor


def legs_hidden(poses: Poses, chosen: Tensor) -> Poses:
    """The people with the legs of the (B, T) chosen out of sight, and those of their bodies that
    are then not believed (`lart_core.tracklet.sight.judged`)."""
    guessed = chosen & torch.from_numpy(foreshortened(poses.joints.numpy()))
    return replace(poses, leg_seen=poses.leg_seen & ~chosen, detected=poses.detected & ~guessed)


def inputs(
    poses: Poses,
    config: LARTConfig,
    mean: Tensor,
    std: Tensor,
    looks: Looks | None = None,
) -> dict[str, Tensor]:
    """`LART`'s batch of B people, each alone: as `lart_core.model.inference` makes it of tracklets,
    for many at once."""
    arrays = (poses.global_orient, poses.body_pose, poses.betas, poses.camera)
    vector = person_vector(*(each.numpy() for each in arrays))
    shown = {"pose_shape": vector}
    if config.joints_layers:
        joints = poses.joints.numpy() + vector[:, :, None, CAMERA]
        shown["joints_3D"] = joints.reshape(*vector.shape[:2], -1)
    legless = (poses.detected & ~poses.leg_seen).numpy()
    shown = with_mean_legs(shown, legless, mean.numpy())
    batch = {name: torch.from_numpy(value) for name, value in shown.items()}
    batch["pose_shape"] = (batch["pose_shape"] - mean) / std
    batch["has_detection"] = poses.detected[..., None].float()
    if looks is not None:
        batch["apperance_emb"] = looks.appearance
    if looks is not None and config.appearance_alone:
        batch["has_appearance"] = looks.shown[..., None].float()
    return {name: value[:, :, None] for name, value in batch.items()}


@torch.no_grad()
def _said(teacher: Checkpoint, batch: dict[str, Tensor], together: int) -> Tensor:
    """(B, T, C) what a model says of people of a batch: of what two do (`together` in a row) with
    the other beside them, of all else of each alone."""
    model = teacher.model.eval()
    said = model.action_head(model.encode(batch))[:, :, 0].sigmoid()
    if together == 1 or not teacher.together:
        return said
    columns = [teacher.ava_ids.index(each) for each in teacher.together]
    both = {
        name: _beside(value.squeeze(2), together).transpose(1, 2) for name, value in batch.items()
    }
    for who in range(together):
        first = {name: value.roll(-who, dims=2) for name, value in both.items()}
        beside = model.action_head(model.encode(first)[:, :, 0]).sigmoid()
        said[who::together, :, columns] = beside[..., columns]
    return said


def _hidden(own: Tensor, together: int, generator: torch.Generator) -> Tensor:
    """(B, T) in which frames bodies are hidden of people with (B, T) appearance of their own."""
    count, frames = own.shape
    whole = torch.rand(count // together, generator=generator) < BODILESS
    partly = torch.rand(count, 1, generator=generator) < PARTLY
    ends = (torch.rand(count, 2, generator=generator) * (frames + 1)).sort(dim=1).values
    frame = torch.arange(frames)
    stretch = partly & (frame >= ends[:, :1]) & (frame < ends[:, 1:])
    return (whole.repeat_interleave(together)[:, None] | stretch) & own


def _beside(value: Tensor, together: int) -> Tensor:
    """(B, ...) people in a row -> (B / together, together, ...)."""
    return value.unflatten(0, (-1, together))


def _draw(
    among: tuple[NDArray[np.int64], NDArray[np.float64]], count: int, chance: np.random.Generator
) -> NDArray[np.int64]:
    rows, weight = among
    return chance.choice(rows, count, p=weight)


def place_beside(people: Poses, others: Poses, generator: torch.Generator) -> None:
    """Put each of B `others` beside the one of B `people` who has the same number."""
    metres = torch.tensor([1.0, 1.0, LENS / FOCAL])
    middle = [middles(each.camera, each.detected[..., None].float()) for each in (people, others)]
    count = len(people.camera)

    def draw(low: float, high: float) -> Tensor:
        return torch.rand(count, generator=generator) * (high - low) + low

    side = draw(*BESIDE) * (draw(-1, 1) > 0).float().mul(2).sub(1)
    beside = torch.stack([side, draw(-0.1, 0.1), draw(-BEHIND, BEHIND)], dim=1) / metres
    others.camera += middle[0] - middle[1] + beside[:, None]


def _from(poses: Poses, first: int) -> Poses:
    """The people from number `first` on: views of the same arrays."""
    return Poses(**{name: value[first:] for name, value in vars(poses).items()})


def _in_turn(both: Sequence[Tensor]) -> Tensor:
    """Two times (B, ...) -> (2 B, ...): the first of each, the second of each, and so on."""
    return torch.stack(list(both), dim=1).flatten(0, 1)


def _kind(source: str, label: str) -> str:
    main = meaning(source, label).main if label else None
    return str(main) if main else f"{source}/{label}"


def balance(labels: Sequence[str]) -> NDArray[np.float64]:
    """(N,) chance of each item, so that a label's is the square root of its count."""
    count = Counter(labels)
    chance = np.array([count[label] ** -0.5 for label in labels])
    return chance / chance.sum()
