"""One model of the study: from a corpus to a calibrated checkpoint."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from analysis.study.data.corpus import FPS, Corpus
from analysis.study.data.labels import POSITIVE, TWO_PEOPLE
from analysis.study.data.splits import Role, role
from analysis.study.samples.samples import Normalisation, StudySamples
from lart_core.errors import LartError
from lart_core.model import LART, Checkpoint, LARTConfig, load_checkpoint
from lart_core.perception.embedded.i3d_pooling import PooledI3D, fast_in_half
from lart_core.training import Machine, Recipe, continue_from, fit
from lart_core.training.fitting import LAST, MODEL

FRAMES = 48
"""Frames a model sees at once: 4 s."""
PEOPLE = 2
"""Somebody, and the one who is nearest."""
SAMPLES = 3200
"""Samples of one epoch."""
APPEARANCE_LAYERS = (128, 64)
APPEARANCE_PARTS = ("appearance_encoder.", "appearance_project.")
"""Beginnings of the names of what an appearance that speaks for itself is made of."""
FEWEST = 5
"""Tracklets that an action must be in before a model is said to know it."""


def configuration(actions: int, *, joints: bool = True, appearance_size: int = 0) -> LARTConfig:
    """The network of the study: about 0.6 M numbers."""
    return LARTConfig.small(
        actions=actions,
        appearance_size=appearance_size,
        appearance_layers=APPEARANCE_LAYERS if appearance_size else (),
        frames=FRAMES,
        people=PEOPLE,
        pose_layers=(256, 128),
        joints_layers=(256, 128) if joints else (),
        mlp_width=256,
        depth=3,
    )


def rows_of(corpus: Corpus, wanted: Role) -> NDArray[np.int64]:
    """Tracklets of a corpus with a role."""
    roles = [role(s, g) for s, g in zip(corpus.source, corpus.group, strict=True)]
    return np.flatnonzero(np.array(roles) == wanted)


def known_actions(
    corpus: Corpus, rows: NDArray[np.int64], fewest: int | None = None
) -> tuple[int, ...]:
    """AVA ids that are done in at least `fewest` (by default `FEWEST`) of these tracklets."""
    done = np.zeros(corpus.target.shape[1], int)
    for row in rows:
        span = slice(corpus.start[row], corpus.start[row] + corpus.length[row])
        done += (corpus.target[span].numpy() == POSITIVE).any(axis=0)
    return tuple((np.flatnonzero(done >= (fewest or FEWEST)) + 1).tolist())


def train(
    name: str,
    corpus: Corpus,
    rows: NDArray[np.int64],
    recipe: Recipe,
    out: Path,
    *,
    start: Checkpoint | None = None,
    ava_ids: Sequence[int] | None = None,
    joints: bool = True,
    appearance: bool = False,
    alone: bool = False,
    teacher: Checkpoint | None = None,
) -> Checkpoint:
    """Train on some tracklets of a corpus; goes on where the training in `out` was stopped.

    Args:
        name: Of the model.
        corpus: Labelled tracklets. rows: Those to learn from.
        recipe: How. out: Folder of the training.
        start: A trained model to go on from, as it is or with appearance for a new input.
        ava_ids: The actions; by default those that the tracklets know.
        joints: Whether a new network sees the 45 joints besides the person vector.
        appearance: Whether the network sees appearance vectors.
        alone: Whether appearance is an input that speaks for itself (`LARTConfig`) and learns
            alone: what the model to go on from says without it stays to the last digit.
        teacher: A model whose actions are not to be forgotten (`StudySamples`).

    Raises:
        LartError: `out` has a training with another recipe.
    """
    if (out / MODEL).is_file():
        done = load_checkpoint(out / MODEL)
        if done.provenance.get("recipe") != str(recipe.to_dict()):
            raise LartError(f"The training in {out} had another recipe; choose another folder.")
        return done
    ids = tuple(ava_ids or known_actions(corpus, rows))
    size = corpus.appearance.shape[1] if appearance else 0
    if start is None:
        torch.manual_seed(recipe.seed)
        config = configuration(len(ids), joints=joints, appearance_size=size)
        norm = Normalisation.of(corpus, rows, config)
        start = Checkpoint(name, LART(config), ids, norm.mean, norm.std)
    else:
        start = begun_from(start, ids, recipe.seed, size, alone=alone)
    start = replace(start, name=name, fps=FPS, together=tuple(i for i in ids if i in TWO_PEOPLE))
    if size:
        start = replace(start, provenance=dict(start.provenance) | {"appearance": PooledI3D.name})
    samples = StudySamples(
        corpus, rows, start.model.config, ids, start.mean, start.std,
        length=SAMPLES, mask_ratio=recipe.mask_ratio, seed=recipe.seed, teacher=teacher,
    )  # fmt: skip
    precision = "bf16-mixed" if fast_in_half() else "32-true"
    machine = Machine(accelerator="cpu", precision=precision, progress=False)
    return fit(
        start, recipe, samples, out, machine=machine, resume=(out / LAST).is_file(),
        learns=APPEARANCE_PARTS if alone else (),
    )  # fmt: skip


def begun_from(
    former: Checkpoint,
    ava_ids: Sequence[int],
    seed: int,
    appearance_size: int = 0,
    *,
    alone: bool = False,
) -> Checkpoint:
    """A trained model for other actions and two people, with appearance for a new input, which
    speaks for itself if it is `alone`."""
    start = continue_from(former, ava_ids, seed)
    start = replace(start, model=seeing_two(start.model))
    if appearance_size and not start.model.config.appearance_size:
        grown = with_appearance_alone if alone else with_appearance
        start = replace(start, model=grown(start.model, appearance_size))
    return start


def seeing_two(model: LART) -> LART:
    """The same network for two people: no number of it depends on how many there are."""
    wider = LART(replace(model.config, people=PEOPLE))
    wider.load_state_dict(model.state_dict())
    return wider.train(model.training)


def with_appearance(model: LART, size: int) -> LART:
    """The same network with a new input, appearance of `size` numbers, not heeded yet."""
    wider = replace(model.config, appearance_size=size, appearance_layers=APPEARANCE_LAYERS)
    grown = LART(wider)
    old, state = model.state_dict(), grown.state_dict()
    weight = old.pop("project.weight", torch.eye(wider.width))  # No such layer: the identity.
    state |= old
    state["project.weight"][:] = 0
    state["project.weight"][:, : weight.shape[1]] = weight
    state["project.bias"] = old.get("project.bias", torch.zeros(wider.width))
    grown.load_state_dict(state)
    return grown.train(model.training)


def with_appearance_alone(model: LART, size: int) -> LART:
    """The same network with appearance of `size` numbers that speaks for itself, not heeded yet."""
    wider = replace(
        model.config,
        appearance_size=size,
        appearance_layers=APPEARANCE_LAYERS,
        appearance_alone=True,
    )
    grown = LART(wider)
    state = grown.state_dict() | model.state_dict()
    state["appearance_project.weight"] = torch.zeros_like(state["appearance_project.weight"])
    grown.load_state_dict(state)
    return grown.train(model.training)
