"""Labelled tracklets on disk and in memory."""

import numpy as np
import pytest
import torch

from analysis.study.data.corpus import Corpus, Example, Span, open_source, save_source
from lart_core.errors import LartError
from lart_core.tracklet import Tracklet, VideoFacts


def example(name: str, frames: int, spans: tuple[Span, ...]) -> Example:
    eye = np.tile(np.eye(3, dtype=np.float32), (frames, 1, 1))
    camera = np.tile(np.array([0, 0, 60], np.float32), (frames, 1))
    camera[:, 0] = np.arange(frames)
    tracklet = Tracklet(
        track_id=1,
        video=VideoFacts(name, 512, 512, 15.0, frames),
        frame=np.arange(frames),
        box=np.tile(np.array([0, 0, 10, 20], np.float32), (frames, 1)),
        score=np.ones(frames, np.float32),
        detected=np.ones(frames, bool),
        global_orient=eye,
        body_pose=np.tile(eye[:, None], (1, 23, 1, 1)),
        betas=np.zeros((frames, 10), np.float32),
        camera=camera,
        joints=np.zeros((frames, 45, 3), np.float32),
    )
    return Example(tracklet, name, "s01", spans)


@pytest.fixture
def folder(tmp_path):
    walk = (Span("walk around", 0, 9),)
    lift = (Span("pick up with one hand", 2, 7), Span("=14", 0, 3))
    save_source(tmp_path / "nw_ucla", [example("a", 10, walk), example("b", 8, lift)])
    return tmp_path / "nw_ucla"


def test_what_is_written_is_read(folder):
    first, second = open_source(folder)
    assert (first.name, first.group, len(first.tracklet)) == ("a", "s01", 10)
    assert second.spans == (Span("pick up with one hand", 2, 7), Span("=14", 0, 3))


def test_targets_follow_the_spans(folder):
    corpus = Corpus.load([folder])
    assert corpus.label == ["walk around", "pick up with one hand"]
    walk, lift = corpus.target[:10, 13], corpus.target[10:, 35]
    assert (walk == 1).all()
    assert lift.tolist() == [-1, -1] + [1] * 6, "frames outside the label's span are not known"
    assert corpus.target[10:, 13].tolist() == [-1, -1, 1, 1, 0, 0, 0, 0], "measured, then not"


def test_sets_that_were_not_built_are_left_out(folder):
    corpus = Corpus.built(folder.parent, [folder.name, "citi"])
    assert corpus.name == Corpus.load([folder]).name
    with pytest.raises(LartError, match="hold none"):
        Corpus.built(folder.parent, ["citi"])


def test_windows_reach_over_the_ends_unseen_and_unlabelled(folder):
    corpus = Corpus.load([folder])
    window = corpus.windows(np.array([1, 0]), np.array([-2, 4]), 6)
    assert window.poses.detected.tolist() == [[False] * 2 + [True] * 4, [True] * 6]
    assert window.poses.camera[0, :, 0].tolist() == [0, 0, 0, 1, 2, 3]
    assert window.poses.camera[1, :, 0].tolist() == [4, 5, 6, 7, 8, 9]
    assert (window.target[0, :2] == -1).all()
    assert torch.equal(window.target[1], corpus.target[4:10])


def test_damage_is_named(folder, tmp_path):
    with pytest.raises(LartError, match="labelled tracklets"):
        list(open_source(tmp_path))
    (folder / "labels.csv").write_text("name,group,spans\na,s01,\n")
    with pytest.raises(LartError, match="2 rows"):
        list(open_source(folder))
    with pytest.raises(LartError, match="hold none"):
        Corpus.load([])
