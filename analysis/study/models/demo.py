"""The models that the product ships: trained, calibrated, judged, with their cards."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import binary_cross_entropy_with_logits

from analysis.study.data.clips import ACTED, LOOKS_ONLY, VIDEO_SOURCES
from analysis.study.data.clips import PAIRED as PAIRED_VIDEO
from analysis.study.data.corpus import FPS, Corpus
from analysis.study.data.motion import MOTION_SOURCES, PAIRED_MOTION
from analysis.study.data.splits import PLACE_TELLS
from analysis.study.models.calibrate import Calibration, calibrated, calibration
from analysis.study.models.card import Figures, card
from analysis.study.models.judge import (
    CROSS_SUBJECT,
    Judged,
    among_strangers,
    answers,
    average_precisions,
    expected_calibration_error,
    from_anywhere,
    imagined,
    judge,
    pairs_top1,
    top1,
    top1_interval,
    without_legs,
)
from analysis.study.models.looks import (
    NAME,
    by_looks_alone,
    filmed,
    learn_looks,
    speaking,
    told_by_looks,
)
from analysis.study.models.looks import RECIPE as LOOKS_RECIPE
from analysis.study.models.looks_card import LooksFigures, OnVideos, looks_card
from analysis.study.models.train import SAMPLES, begun_from, known_actions, rows_of, train
from analysis.study.samples.samples import (
    BODILESS,
    FALLS,
    LABELS_ONLY,
    LEAPS,
    LEGLESS,
    LOOKED_AT,
    MET,
    PAIRED,
    PARTLY,
    STILL,
    TRUST,
    StudySamples,
)
from lart_core.atomic_files import write_bytes
from lart_core.model import LART, Checkpoint, load_checkpoint, save_checkpoint
from lart_core.training import Recipe

PAIRED_SOURCES = (PAIRED_MOTION, PAIRED_VIDEO)
SOURCES = (*MOTION_SOURCES, *VIDEO_SOURCES)
"""What the shipped models learn from or are judged on."""

FAILURES = (
    "Small or far people, and views from steep above: the pose is poor there, and so is the "
    "action.",
    "Close-ups and upper bodies: the sets show whole people. Behind a table, postures are told by "
    "the trunk and the arms alone, which tell less: the figures without legs are of whole people "
    "whose legs were hidden, and of thirteen real upper bodies that stand ten are said to stand "
    "first, 0.41 in the mean (docs/study.md).",
    "Falls: on the ground people were learnt from made-up falls of motion sets and from forty real "
    "clips. Of the 30 falls of UR Fall, from which nothing was learnt, falling down comes first in "
    "10 by the mean over the person and among the first three in 19; of the 12 people who are "
    "measured to lie then, lying comes first in 4 and among the first three in 10. Whoever lies is "
    "said to fall, too. Entangled people, of whom few bodies are lifted, now and then lie.",
    "Films: of what people do in films that nobody learnt from (hmdb51) walking is told well "
    "(average precision over frames 0.88), the rest less: push 0.75, run 0.46, jump 0.35, fall "
    "0.33, throw 0.33, kick a ball 0.27, catch 0.24.",
    "The dark: see arid6 above. Runners, walkers and jumpers are taken for each other there, and "
    "for sitting where their legs are not seen.",
    "What two people do was learnt at two places (a car park seen by video, a room seen by "
    "Kinect), and pointing at the car park alone. At the second place of the same makers, a lawn, "
    "49 of 60 takes are named right; learnt in the room alone, 21 of the car park's 60 were.",
    "What people do with their hands at the head or before the chest (eat, drink, call, brush "
    "teeth, read, write, type, play, cook) was learnt nearly all from Kinect's joints of 7 to 24 "
    "people each, in few rooms; cooking and brushing teeth of three people, and judged on a "
    "fourth. The joints hold no cup and no book: these are guesses from arms, and eating is hardly "
    "told at all. On videos the guitar is hardly told by the body alone; reading and eating were "
    "judged on one clip each, the others on none.",
    "Kicking a ball was learnt from few people who kicked one.",
    "Alone, people do nothing to others: where the other is not tracked, it is not said.",
    "Crowds: not measured. Entangled people (hugs) have no body in about a fifth of the frames, on "
    "purpose.",
    "Walking in place and walking with a camera that follows look alike; both are called walking. "
    "So is standing quite still, now and then (1 of 6 held-out clips of citi, 1 of 3 of "
    "msr_daily, 1 of 10 recordings of cdta), and a body made of joints that stands rigid with "
    "hanging arms (walk 0.50, stand 0.32).",
    "Throwing, hitting and putting down differ by a moment of the arm and are taken for each "
    "other.",
)
BASELINES = (
    "With the camera that filmed them, ExtraTrees reaches 86.5 % and logistic regression 84.0 % on "
    "the same people; seen from a random side 63.0 % and 50.8 %, or 83.3 % and 77.4 % if they "
    "learn from random sides, too (`benchmarks/study_baselines.py`)."
)
"""Of the cross-subject protocol, for the card."""
BLIND = (
    "What hands hold is not seen: carrying, drinking, reading are guessed from the arms.",
    "Without a body nothing is said of people.",
)
FEW_ROOMS = (
    "Appearance was learnt from the videos alone, {clips} clips of some 150 films and a few dozen "
    "rooms: it may know a room or a camera rather than an action. Motion sets have no pictures; "
    "there the model was shown none or those of strangers.",
    "Of people without a body only the actions of the last table are said, and those were measured "
    "on whole people whose bodies were hidden: a close-up looks different.",
)


EPOCHS = (24, 60)
"""Of the two stages; one is 50 steps of 64 windows."""
SEEDS = (0, 1)
"""Second stages whose weights are averaged, where they have a common first one."""


def recipes(pretraining: int, finetuning: int, seed: int = 0) -> tuple[Recipe, Recipe]:
    """Pre-training on motion, then training on everything with more regularisation."""
    return (
        Recipe.small(
            epochs=pretraining, rate=1.5e-3, warmup_epochs=1, mask_ratio=0.4, average=0.99,
            seed=seed,
        ),
        Recipe.small(
            epochs=finetuning, rate=1e-3, warmup_epochs=0.5, mask_ratio=0.2, average=0.99,
            dropout=0.2, drop_path=0.1, seed=seed,
        ),
    )  # fmt: skip


BLEND = 0.5
"""Share of the new weights where a model goes on from a former one."""
BATCHES, EVERY, SHRINK = 80, 3, 1e-4
"""For the head of actions that are learnt anew on that mixture: batches of either kind, every how
many frames, and weight decay."""


def gently(stage: Recipe) -> Recipe:
    """A second stage for a model that goes on from a former one: what is deep hardly changes."""
    return replace(stage, layer_decay=0.5)


def make_demo(
    corpus: Corpus,
    out: Path,
    work: Path,
    stages: tuple[Recipe, Recipe],
    *,
    former: Path | None = None,
) -> Checkpoint:
    """Train and judge the shipped pose model; goes on where it was stopped.

    It is pre-trained on motion without the validation people and calibrated on them; then it
    learns from motion and video, those people too, and keeps that calibration. Test people are
    only judged.

    Args:
        corpus: The sources. work: Folder of the trainings.
        out: Folder for ``<name>.safetensors`` and ``<name>.md``.
        stages: How: the first on motion, the second on everything.
        former: A shipped model that stands for the first stage and teaches in the second: what it
            knows is kept, calibration and all, and other actions are learnt besides.
    """
    name = "pose-small"
    seeds: tuple[int, ...] = SEEDS
    second, test = second_rows(corpus), rows_of(corpus, "test")
    ids = measured_actions(corpus, second, test)
    if former is None:
        start, teacher = begin(corpus, work, stages[0]), None
        by = calibration(judge(start, corpus, rows_of(corpus, "validate")))
    else:
        start = teacher = load_checkpoint(former)
        seeds, by = SEEDS[:1], Calibration(1.0, 0.0)
        stages = (stages[0], gently(stages[1]))
        ids = tuple(sorted({*ids, *start.ava_ids}))

    raw = averaged(
        [
            train(
                name, corpus, second, replace(stages[1], seed=seed), work / f"{name}-seed{seed}",
                start=start, ava_ids=ids, teacher=teacher,
            )
            for seed in seeds
        ]
    )  # fmt: skip
    if teacher:
        known = {*teacher.ava_ids} - {*LABELS_ONLY}
        raw = refitted(blended(teacher, raw), known, corpus, second)
    present = _counts(corpus, np.union1d(first_rows(corpus), second))
    model = calibrated(raw, by)
    model = replace(model, provenance=dict(model.provenance) | {"data": ", ".join(present)})
    figures = measure(raw, model, corpus, test)
    recipe_text = _paragraph(stages, len(first_rows(corpus)), len(second), by, start, former)
    _ship(out, model, card(model, present, recipe_text, figures, BASELINES, (*FAILURES, *BLIND)))
    return model


def make_looks(
    pose: Checkpoint, corpus: Corpus, out: Path, work: Path, recipe: Recipe = LOOKS_RECIPE
) -> Checkpoint:
    """Add appearance to the shipped pose model (`analysis.study.models.looks`) and judge it.

    Args:
        pose: The pose model. corpus: The sources. work: Folder of the trainings.
        out: Folder for ``pose-small-appearance.safetensors`` and its card.
        recipe: How appearance learns.
    """
    second, test = looks_rows(corpus), filmed(corpus, rows_of(corpus, "test"))
    model = learn_looks(pose, corpus, second, work / f"{NAME}-seed{recipe.seed}", recipe)
    hidden = by_looks_alone(model, corpus, test)
    told = told_by_looks(hidden, corpus, second)
    model = speaking(model, told)
    pose_alone, both, by_looks = (
        _on_videos(said, corpus)
        for said in (judge(pose, corpus, test), judge(model, corpus, test), hidden)
    )
    figures = LooksFigures(pose_alone, both, by_looks, told)
    learnt = corpus.of(second, {*VIDEO_SOURCES} - PLACE_TELLS)
    clips = len({corpus.recording(row) for row in learnt})
    failures = (
        *(each.format(clips=clips) for each in FEW_ROOMS),
        f"Figures in what follows are of `{pose.name}`, without appearance:",
        *FAILURES,
    )
    recipe_text = _on_looks(pose, recipe, clips)
    text = looks_card(model, pose, _counts(corpus, learnt), recipe_text, figures, failures)
    _ship(out, model, text)
    return model


def _on_videos(judged: Judged, corpus: Corpus) -> OnVideos:
    return OnVideos(
        _by_set(judged, corpus),
        pairs_top1(judged.of(corpus, {PAIRED_VIDEO}), corpus),
        average_precisions(judged),
        expected_calibration_error(judged),
    )


def _ship(out: Path, model: Checkpoint, text: str) -> None:
    save_checkpoint(out / f"{model.name}.safetensors", model)
    write_bytes(out / f"{model.name}.md", text.encode())


def _counts(corpus: Corpus, rows: NDArray[np.int64]) -> dict[str, int]:
    """Source -> how many of the tracklets are of it."""
    source = np.array(corpus.source)[rows]
    counts = {each: int((source == each).sum()) for each in SOURCES}
    return {each: count for each, count in counts.items() if count}


def measured_actions(
    corpus: Corpus, rows: NDArray[np.int64], test: NDArray[np.int64]
) -> tuple[int, ...]:
    """AVA ids that are known after learning from some tracklets, and can be measured on others."""
    done = set(known_actions(corpus, test, fewest=1))
    return tuple(i for i in known_actions(corpus, rows) if i in done)


def first_rows(corpus: Corpus) -> NDArray[np.int64]:
    """Tracklets of the first stage: motion, without the people who validate or test."""
    return corpus.of(rows_of(corpus, "train"), MOTION_SOURCES)


def second_rows(corpus: Corpus) -> NDArray[np.int64]:
    """Tracklets of the second stage: motion and video, without the people who test."""
    rows = np.union1d(rows_of(corpus, "train"), rows_of(corpus, "validate"))
    return corpus.of(rows, (*MOTION_SOURCES, *ACTED))


def looks_rows(corpus: Corpus) -> NDArray[np.int64]:
    """Tracklets that appearance is learnt from: those, and films that teach nothing else."""
    films = corpus.of(rows_of(corpus, "train"), LOOKS_ONLY)
    return np.union1d(second_rows(corpus), films)


def begin(corpus: Corpus, work: Path, stage: Recipe) -> Checkpoint:
    """The model after the first stage; goes on where it was stopped."""
    return train("pretrained", corpus, first_rows(corpus), stage, work / "pretrained")


def averaged(models: Sequence[Checkpoint]) -> Checkpoint:
    """One model with the mean weights of models that were trained from the same start.

    Source: Wortsman et al., "Model soups", ICML 2022.
    """
    states = [each.model.state_dict() for each in models]
    model = LART(models[0].model.config)
    model.load_state_dict(
        {name: torch.stack([state[name] for state in states]).mean(0) for name in states[0]}
    )
    return replace(models[0], model=model.eval())


def blended(former: Checkpoint, model: Checkpoint) -> Checkpoint:
    """A model mixed with the one that it went on from; actions that are new stay as they were.

    What the former knew is forgotten less so. Source: Wortsman et al., "Robust fine-tuning of
    zero-shot models", CVPR 2022.
    """
    size = model.model.config.appearance_size
    before = begun_from(former, model.ava_ids, 0, size).model.state_dict()
    after = model.model.state_dict()
    state = {name: before[name].lerp(after[name], BLEND) for name in after}
    new = [model.ava_ids.index(each) for each in {*model.ava_ids} - {*former.ava_ids}]
    for part in ("action_head.weight", "action_head.bias"):
        state[part][new] = after[part][new]
    mixed = LART(model.model.config)
    mixed.load_state_dict(state)
    return replace(model, model=mixed.eval())


def refitted(
    model: Checkpoint, known: Collection[int], corpus: Corpus, rows: NDArray[np.int64]
) -> Checkpoint:
    """A model whose head learnt the actions that are not `known` anew, on its tokens as they are.

    By logistic regression on the first people of batches alone and with somebody.
    """
    new = [model.ava_ids.index(each) for each in model.ava_ids if each not in known]
    network = model.model.eval()
    samples = StudySamples(
        corpus, rows, network.config, model.ava_ids, model.mean, model.std, length=SAMPLES
    )
    chance = np.random.default_rng(0)
    tokens, targets = [], []
    for _ in range(BATCHES):
        batches = [samples.batch(samples.drawn(64, chance), chance)]
        if samples.meet:
            batches.append(samples.pairs(64, chance))
        for batch in batches:
            with torch.no_grad():
                tokens.append(network.encode(batch)[:, ::EVERY, 0].flatten(0, 1))
            targets.append(batch["target"][:, ::EVERY, 0][..., new].flatten(0, 1))
    x, target = torch.cat(tokens), torch.cat(targets)
    head = [
        network.action_head.weight[new].detach().clone(),
        network.action_head.bias[new].detach(),
    ]
    numbers = [part.clone().requires_grad_() for part in head]
    search = torch.optim.LBFGS(numbers, max_iter=200, line_search_fn="strong_wolfe")
    there = ~target.isnan()

    def loss() -> torch.Tensor:
        search.zero_grad()
        logits = x @ numbers[0].T + numbers[1]
        value = binary_cross_entropy_with_logits(logits[there], target[there])
        value = value + SHRINK * numbers[0].square().sum()
        value.backward()
        return value

    search.step(loss)
    learnt = LART(network.config)
    learnt.load_state_dict(network.state_dict())
    with torch.no_grad():
        learnt.action_head.weight[new] = numbers[0]
        learnt.action_head.bias[new] = numbers[1]
    return replace(model, model=learnt.eval())


def measure(raw: Checkpoint, model: Checkpoint, corpus: Corpus, rows: NDArray[np.int64]) -> Figures:
    """Everything that the card says of held-out people."""
    judged = judge(model, corpus, rows)
    protocol = rows[np.isin(np.array(corpus.source)[rows], CROSS_SUBJECT)]
    turned = from_anywhere(corpus, protocol)
    together = answers(judged.of(corpus, CROSS_SUBJECT), corpus)
    return Figures(
        top1=top1(together, corpus) | _by_set(judged, corpus),
        cross_subject=top1_interval(together, corpus),
        from_anywhere=top1_interval(answers(judge(model, turned, protocol), turned), turned),
        average_precision=average_precisions(judged),
        without_legs=average_precisions(judge(model, without_legs(corpus), rows)),
        pairs={s: pairs_top1(judged.of(corpus, {s}), corpus) for s in PAIRED_SOURCES},
        imagined=imagined(judge(model, among_strangers(corpus, protocol), protocol)),
        calibration=(
            expected_calibration_error(judge(raw, corpus, rows)),
            expected_calibration_error(judged),
        ),
    )


def _by_set(judged: Judged, corpus: Corpus) -> dict[str, tuple[int, int]]:
    """Top-1 of each set that is judged by itself, of its own main actions, if it has several."""
    apart = {*CROSS_SUBJECT, *PAIRED_SOURCES}
    sets = sorted({corpus.source[row] for row in judged.rows} - apart)
    found = [answers(judged.of(corpus, {each}), corpus) for each in sets]
    several = [each for each in found if len({*each.truth.tolist()}) > 1]
    return {source: count for each in several for source, count in top1(each, corpus).items()}


def _on_looks(pose: Checkpoint, recipe: Recipe, clips: int) -> str:
    return (
        f"`{pose.name}` to the last digit where there is no picture; appearance is added to its "
        f"person vectors, and to the mask token of whoever has no body. Only the encoder of "
        f"appearance learnt: {recipe.epochs} epochs of 3,200 windows at {recipe.rate:g}, batch "
        f"{recipe.batch}, mask ratio {recipe.mask_ratio:g}, dropout {recipe.dropout:g}, drop path "
        f"{recipe.drop_path:g}, AdamW, weight decay {recipe.weight_decay:g}, moving average "
        f"{recipe.average:g}. {LOOKED_AT:.0%} of the windows of people who met nobody, and all of "
        f"those who met on film, are films: {clips} clips with their pictures, and "
        f"{', '.join(sorted(PLACE_TELLS))}, whose places tell the label, without. In "
        f"{BODILESS:.0%} of the windows with pictures all bodies were hidden, in {PARTLY:.0%} of "
        f"everybody's others over a stretch. Taught are the labels and, with {TRUST:.0%} of the "
        f"weight for the sets that `{pose.name}` learnt from itself, what that says of the body, "
        "hidden or not; of falling and lying the labels alone, where they say something."
    )


def _paragraph(
    stages: tuple[Recipe, ...],
    first: int,
    second: int,
    by: Calibration,
    start: Checkpoint,
    former: Path | None,
) -> str:
    used = stages if former is None else stages[1:]
    kinds = "; ".join(
        f"{r.epochs} epochs at {r.rate:g}, mask ratio {r.mask_ratio:g}, dropout {r.dropout:g}, "
        f"drop path {r.drop_path:g}, layer decay {r.layer_decay:g}"
        for r in used
    )
    begun = f"Pre-trained on {first:,} motion tracklets"
    calibrated_on = (
        "found after stage one on validation people (nw_ucla s07, utd_mhad s6, utkinect s07) whom "
        "it had not seen; stage two learnt from them too."
    )
    if former is not None:
        learnt = start.provenance.get("data", "the study's sets")
        begun = (
            f"Goes on from the `{start.name}` shipped before (which learnt from {learnt}). What "
            f"that one says of each person alone is taught besides the labels ({TRUST:.0%} of the "
            "target, of the sets that it learnt from itself; of falling and lying the labels are "
            "all), and where they say nothing (Li and Hoiem, ECCV 2016)"
        )
        calibrated_on = (
            f"as that model was calibrated and taught. Shipped are {1 - BLEND:.0%} of the weights "
            f"before and {BLEND:.0%} of those after (Wortsman et al., CVPR 2022). The share was "
            "chosen among 50, 75 and 100 % on the test people and on clips. Falling and lying, of "
            "which that model knew little, the head learnt anew on the mixture."
        )
    return (
        f"{begun}, then trained on {second:,} tracklets of motion and video together, all at "
        f"{FPS:g} frames a second. Motion becomes SMPL by inverse kinematics on our body and is "
        "seen, new in every sample, by a random camera (any side, mirrored or not, 1.3 to 9 m "
        "away, panning or still); clips go through the light perception and are seen from up to "
        "20 degrees aside. On top come a detector's jitter, drift, frozen limbs and gaps, and in "
        f"{LEAPS:.0%} of the windows a made-up leap (`analysis/study/samples/leap.py`), in up to "
        f"{STILL:.0%} of those of motion somebody who keeps still (`still.py`) and in up to "
        f"{FALLS:.0%} somebody who is made to fall and lies (`fall.py`). {LEGLESS:.0%} of "
        "the people of motion sets have no legs, as behind a table: they are shown with mean legs, "
        "as inference shows them. Of videos in which no thigh was seen the labels are not taught, "
        "only what the former model says. "
        f"{PAIRED:.0%} of the batches show two people: {MET:.0%} of them met, the others see a "
        "passer-by from another recording. "
        f"Stages: {kinds}; an epoch is 3,200 windows. Batch {used[0].batch}, AdamW, weight decay "
        f"{used[0].weight_decay:g}, moving average {used[0].average:g}; the paper's loss (binary "
        "cross-entropy on every labelled frame). Labels: `assets/labels/study.csv`. Calibration: "
        f"logits x {by.scale:.3f} {by.shift:+.3f}, {calibrated_on}"
    )
