"""Run a video: people, bodies, tracks and actions, into a folder that resumes and reopens.

    python examples/01_run_a_video.py [VIDEO]

Without VIDEO it takes the sample clip, which is fetched once with the small models (30 MB).
"""

import sys
from pathlib import Path

import lart_core
from lart_core import weights
from lart_core.ava_labels import ava_actions

video = Path(sys.argv[1]) if sys.argv[1:] else weights.path("sample-clip")
run = lart_core.run(video, Path("out") / "01" / video.stem)

model = run.models()[0]
actions = run.actions(model)
for person in run.tracklets():
    mean = actions.people[person.track_id].probability.mean(axis=0)
    likeliest = ava_actions()[actions.ava_ids[mean.argmax()]].name
    print(
        f"person {person.track_id}: frames {person.first} to {person.last}, "
        f"{model} says {likeliest} ({mean.max():.0%})"
    )
print(f"The run is in {run.path}; `lart app` and lart_core.open_run open it again.")
