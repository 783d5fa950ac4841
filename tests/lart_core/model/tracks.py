"""Made-up people for tests of model, inference and training."""

import numpy as np
from scipy.spatial.transform import Rotation

from lart_core.tracklet import Tracklet, VideoFacts


def tracklet(frames=40, seed=0, track_id=1, first=0, gaps=(), appearance=0, video="made-up"):
    """A person whose pose wanders at random; `gaps` are (start, stop) rows without detection."""
    rng = np.random.default_rng(seed)
    turns = rng.normal(0, 0.3, (24, 3)) + np.cumsum(rng.normal(0, 0.02, (frames, 24, 3)), axis=0)
    rotations = Rotation.from_rotvec(turns.reshape(-1, 3)).as_matrix()
    rotations = rotations.reshape(frames, 24, 3, 3).astype(np.float32)
    detected = np.ones(frames, bool)
    for start, stop in gaps:
        detected[start:stop] = False
    every = np.arange(first, first + frames, 6)
    return Tracklet(
        track_id=track_id,
        video=VideoFacts(video, 320, 240, 30.0, first + frames),
        frame=np.arange(first, first + frames),
        box=np.tile(np.float32([10, 10, 60, 200]), (frames, 1)),
        score=detected.astype(np.float32),
        detected=detected,
        global_orient=rotations[:, 0],
        body_pose=rotations[:, 1:],
        betas=np.tile(rng.normal(0, 1, 10).astype(np.float32), (frames, 1)),
        camera=np.tile(np.float32([0.1, 0.2, 30.0]), (frames, 1)),
        joints=rng.normal(0, 0.5, (frames, 45, 3)).astype(np.float32),
        appearance=rng.normal(0, 1, (len(every) if appearance else 0, appearance)).astype(
            np.float32
        ),
        appearance_frame=every if appearance else np.zeros(0, np.int64),
    )
