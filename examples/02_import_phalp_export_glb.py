"""Import a PHALP result (.pkl), read without running anything in it, and export 3-D bodies (.glb).

    python examples/02_import_phalp_export_glb.py [RESULT.pkl]

Without RESULT.pkl it writes one of a made-up person first. The .glb opens in Blender or any viewer.
"""

import sys
from pathlib import Path

import made_up

import lart_core
from lart_core.formats.writer import export_tracklets
from lart_core.pipeline.import_run import import_run
from lart_core.rendering.gltf import write_glb

out = Path("out") / "02"
out.mkdir(parents=True, exist_ok=True)
if sys.argv[1:]:
    file = Path(sys.argv[1])
else:
    person = lart_core.from_joints(made_up.waving(45), fps=30.0, name="waving.mp4")
    file = out / "waving.pkl"
    export_tracklets([person], "phalp", file)

folder = out / f"{file.stem}-run"
run = lart_core.open_run(folder) if folder.exists() else import_run(file, folder)
people = run.tracklets()
print(f"{len(people)} people in {run.video.name}, {run.video.fps:g} frames a second")

glb = out / f"{file.stem}.glb"
write_glb(glb, people, first=min(p.first for p in people), last=max(p.last for p in people))
print(f"Bodies with their motion: {glb} ({glb.stat().st_size / 1e6:.1f} MB)")
