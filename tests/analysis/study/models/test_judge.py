"""Held-out people are shown to models as the product shows them."""

from dataclasses import replace

import numpy as np
import torch
from scipy.spatial.transform import Rotation

from analysis.study.data.corpus import FPS, Corpus, Example, Span, save_source
from analysis.study.models.judge import judge
from lart_core import body
from lart_core.model import LART, Checkpoint, LARTConfig
from lart_core.model.inference import predict
from lart_core.tracklet import Tracklet, VideoFacts


def test_people_are_judged_as_inference_shows_them(tmp_path):
    """With legs, without, without hips, and unseen: the same word from study and product."""
    eye = np.tile(np.eye(3, dtype=np.float32), (60, 24, 1, 1))
    turns = Rotation.from_rotvec(np.random.default_rng(0).normal(0, 0.3, (60 * 24, 3)))
    pose = turns.as_matrix().reshape(60, 24, 3, 3).astype(np.float32)
    pose[:, 0] = eye[:, 0]
    unseen = np.zeros((60, 24), bool)
    unseen[15:30, [1, 2]] = True
    unseen[30:35, [0, 1, 2]] = True
    frames = np.arange(60)
    person = Tracklet(
        track_id=1,
        video=VideoFacts("clip", 512, 512, FPS, 60),
        frame=frames,
        box=np.tile(np.array([0, 0, 10, 20], np.float32), (60, 1)),
        score=np.ones(60, np.float32),
        detected=(frames < 40) | (frames > 43),
        global_orient=pose[:, 0],
        body_pose=pose[:, 1:],
        betas=np.zeros((60, 10), np.float32),
        camera=np.tile(np.array([0, 0, 60], np.float32), (60, 1)),
        joints=body.joints(pose[:, 0], pose[:, 1:], np.zeros((60, 10))),
        unseen=unseen,
    )
    torch.manual_seed(0)
    config = LARTConfig.small(actions=2, frames=48, joints_layers=(8, 4))
    mean = np.random.default_rng(1).normal(0, 0.3, 229).astype(np.float32)
    model = Checkpoint("m", LART(config), (11, 12), mean, np.ones(229, np.float32), fps=FPS)
    save_source(tmp_path / "gmdcsa24", [Example(person, "clip", "S3", (Span("Sitting", 0, 59),))])
    (judged,) = judge(model, Corpus.load([tmp_path / "gmdcsa24"]), np.array([0])).probability
    np.testing.assert_allclose(judged, predict(model, [person]).people[1].probability, atol=1e-6)
    whole = replace(person, unseen=np.zeros((60, 24), bool))
    assert np.abs(judged - predict(model, [whole]).people[1].probability)[15:35].max() > 0.01
