"""Train a small model on labels of your own, and ask it about somebody new.

    python examples/04_train_on_own_labels.py [EPOCHS]

The labels are for two of AVA's actions and lie beside the tracklets, as `lart train` reads them.
Needs the extra `train` (Lightning).
"""

import sys
from pathlib import Path

import made_up
import numpy as np

import lart_core
from lart_core.model import LARTConfig, save_checkpoint
from lart_core.tracklet import save_tracklets
from lart_core.training import (
    FrameLabels,
    Machine,
    Recipe,
    dataset,
    fit,
    new_model,
    open_tracks,
    save_labels,
)

STAND, WAVE = 12, 69
epochs = int(sys.argv[1]) if sys.argv[1:] else 20
out = Path("out") / "04"

people, labels = [], []
for number in range(16):
    waves = number % 2
    frames = 24 + number
    joints = made_up.waving(frames) if waves else made_up.standing(frames)
    person = lart_core.from_joints(joints, fps=30.0, name=f"person-{number}")
    people.append(person)
    target = np.tile(np.float32([1 - waves, waves]), (frames, 1))
    labels.append(FrameLabels(person.frame, target, np.ones(frames, bool)))
save_tracklets(out / "people", people)
save_labels(out / "people" / "labels.safetensors", (STAND, WAVE), labels)

config = LARTConfig.small(actions=2)
tracks, ava_ids = open_tracks([out / "people"], config)
start = new_model("stand-or-wave", config, ava_ids, tracks)
recipe = Recipe.small(epochs=epochs, warmup_epochs=1, batch=8)
machine = Machine(accelerator="cpu", progress=False)
model = fit(start, recipe, dataset(start, recipe, tracks), out / "training", machine=machine)
save_checkpoint(out / "stand-or-wave.safetensors", model)

somebody = lart_core.from_joints(made_up.waving(60), fps=30.0)
said = lart_core.predict(model, [somebody]).people[1].probability.mean(axis=0)
print(f"Somebody who waves: stand {said[0]:.0%}, hand wave {said[1]:.0%}")
print(f"The model is in {out / 'stand-or-wave.safetensors'}; `lart actions --model` takes it.")
