"""From joints of a motion-capture system to a body and to probabilities of actions.

    python examples/05_motion_capture_to_actions.py [JOINTS.npy FPS]

JOINTS.npy holds (T, 20, 3) metres in the order of Microsoft's Kinect, y up; NaN where unseen.
Without it, somebody who waves is made up.
"""

import sys

import made_up
import numpy as np

import lart_core
from lart_core.ava_labels import ava_actions

if sys.argv[2:]:
    joints, fps = np.load(sys.argv[1], allow_pickle=False), float(sys.argv[2])
else:
    joints, fps = made_up.waving(90), 30.0

person = lart_core.from_joints(joints, "kinect20", fps=fps)
print(f"{len(person)} frames; a body in {person.detected.mean():.0%} of them")

model = lart_core.load_checkpoint(lart_core.demo_models()["pose-small"])
actions = lart_core.predict(model, [person])
probability = actions.people[person.track_id].probability.mean(axis=0)
for column in probability.argsort()[::-1][:5]:
    print(f"  {probability[column]:4.0%}  {ava_actions()[actions.ava_ids[column]].name}")
