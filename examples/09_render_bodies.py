"""Render bodies: over a frame, and on a turntable as a video.

    python examples/09_render_bodies.py [RUN]

RUN is a run folder, as 01 makes one. Without it, somebody who waves is made up.
"""

import sys
from pathlib import Path

import cv2
import made_up
import numpy as np

import lart_core
from lart_core import video
from lart_core.rendering import Renderer, compose, figures

out = Path("out") / "09"
out.mkdir(parents=True, exist_ok=True)
if sys.argv[1:]:
    run = lart_core.open_run(sys.argv[1])
    people, facts = list(run.tracklets()), run.video
else:
    people = [lart_core.from_joints(made_up.waving(30), fps=30.0)]
    facts = people[0].video

middle = (people[0].first + people[0].last) // 2
bodies = next(figures(people, [middle]))
grey = np.full((facts.height, facts.width, 3), 90, np.uint8)
with Renderer() as renderer:
    layer = renderer.over_frame(bodies, (facts.width, facts.height))
    picture = compose(grey, layer)
    cv2.imwrite(str(out / "frame.png"), picture[..., ::-1])
    turn = (compose(np.full((256, 256, 3), 255, np.uint8), view)
            for view in renderer.turntable(bodies, (256, 256), steps=12))  # fmt: skip
    video.write_player(out / "turntable.mp4", turn, fps=6)
    print(f"Drawn by {renderer.backend}: {out / 'frame.png'}, {out / 'turntable.mp4'}")
