"""MViT against the published code's numbers, and the clips that the appearance encoder makes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from lart_core.errors import LartError
from lart_core.perception.appearance_rate import group_centres
from lart_core.perception.published.mvit import MViT, load_mvit, positions
from lart_core.perception.published.mvit_appearance import (
    MViTAppearance,
    centre_crop,
    clip_offsets,
    short_side,
)
from lart_core.perception.published.mvit_config import MViTConfig
from lart_core.tracklet import Tracklet, VideoFacts
from tests.lart_core.perception.published.tiny import TINY


def tiny_net(seed: int = 0) -> MViT:
    torch.manual_seed(seed)
    net = MViT(TINY)
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    return net.eval()


# The published code's numbers


@pytest.mark.parametrize("shape", ["square", "wide"])
def test_map_feature_and_scores_are_the_published_codes(golden: Path, shape: str):
    net = load_mvit(golden / "mvit_small.config.yaml", golden / "mvit_small.state_dict.pt")
    want = {
        key.removeprefix(f"{shape}_"): torch.from_numpy(value)
        for key, value in np.load(golden / "mvit_small.npz").items()
        if key.startswith(shape)
    }
    with torch.inference_mode():
        torch.testing.assert_close(net.features(want["x"]), want["map"], atol=1e-4, rtol=0)
        feature, score = net(want["x"], want["boxes"])
    torch.testing.assert_close(feature, want["feat"], atol=1e-4, rtol=0)
    torch.testing.assert_close(score, want["preds"], atol=1e-4, rtol=0)


def test_names_and_shapes_of_the_real_network(golden: Path):
    lines = (golden / "mvit_L_40x3_ava_roi.params.txt").read_text().splitlines()
    with torch.device("meta"):
        net = MViT(MViTConfig())
    got = [f"{name}\t{tuple(value.shape)}" for name, value in net.state_dict().items()]
    assert len(lines) == 1165
    assert sorted(got) == sorted(lines)
    assert net.dim == 1152


# Files


def written(path: Path, **settings: object) -> Path:
    """A SlowFast YAML file of the real network, with settings ``SECTION_KEY=value`` replaced."""
    q_stride = [[i, *stride] for i, stride in MViTConfig().q_stride]
    tree: dict = {
        "DATA": {"NUM_FRAMES": 40, "SAMPLING_RATE": 3, "MEAN": [0.1] * 3, "STD": [0.2] * 3}
        | {"TRAIN_CROP_SIZE": 312, "TEST_CROP_SIZE": 312},
        "DETECTION": {"ENABLE": True, "ALIGNED": False, "SPATIAL_SCALE_FACTOR": 32},
        "MODEL": {"MODEL_NAME": "MViT", "NUM_CLASSES": 80, "HEAD_ACT": "sigmoid"},
        "MVIT": {"DEPTH": 48, "NUM_HEADS": 2, "EMBED_DIM": 144, "PATCH_KERNEL": "(3, 7, 7)"}
        | {"PATCH_PADDING": [1, 3, 3], "POOL_KVQ_KERNEL": [3, 3, 3], "POOL_Q_STRIDE": q_stride}
        | {"DIM_MUL": [[2, 2.0], [8, 2.0], [44, 2.0]], "HEAD_MUL": [[2, 2.0], [8, 2.0], [44, 2.0]]}
        | {"POOL_KV_STRIDE_ADAPTIVE": [1, 8, 8], "USE_ABS_POS": False, "REL_POS_SPATIAL": True}
        | {"REL_POS_TEMPORAL": True, "RESIDUAL_POOLING": True, "DIM_MUL_IN_ATT": True},
    }
    for key, value in settings.items():
        section, _, name = key.partition("_")
        tree[section] = {**tree[section], name: value}
        if value is None:
            del tree[section][name]
    path.write_text(yaml.safe_dump(tree))
    return path


def test_yaml_says_mean_std_scale_and_aligned(tmp_path: Path):
    config = MViTConfig.from_yaml(written(tmp_path / "mvit.yaml"))
    assert config == replace(MViTConfig(), mean=(0.1,) * 3, std=(0.2,) * 3, aligned=False)


@pytest.mark.parametrize("scale", [None, 16])
def test_a_scale_that_does_not_fit_the_stride_is_refused(tmp_path: Path, scale: int | None):
    file = written(tmp_path / "mvit.yaml", DETECTION_SPATIAL_SCALE_FACTOR=scale)
    with pytest.raises(LartError, match=r"SPATIAL_SCALE_FACTOR 32.*but got 16"):
        MViTConfig.from_yaml(file)


@pytest.mark.parametrize(
    ("key", "value"),
    [("MVIT_USE_ABS_POS", None), ("MVIT_POOL_FIRST", True), ("MODEL_HEAD_ACT", "softmax")],
)
def test_another_kind_of_network_is_refused(tmp_path: Path, key: str, value: object):
    with pytest.raises(LartError, match=key.replace("_", r"\.", 1)):
        MViTConfig.from_yaml(written(tmp_path / "mvit.yaml", **{key: value}))


@pytest.mark.parametrize("text", ["", "a: [", "- 1"])
def test_a_file_that_is_no_config_is_refused(tmp_path: Path, text: str):
    (tmp_path / "mvit.yaml").write_text(text)
    with pytest.raises(LartError, match="YAML"):
        MViTConfig.from_yaml(tmp_path / "mvit.yaml")


def test_checkpoints_are_read_as_slowfast_writes_them_or_refused(golden: Path, tmp_path: Path):
    config = golden / "mvit_small.config.yaml"
    state = torch.load(golden / "mvit_small.state_dict.pt", weights_only=True)
    torch.save({"epoch": 3, "model_state": state, "cfg": "text"}, tmp_path / "mvit.pyth")
    net = load_mvit(config, tmp_path / "mvit.pyth")
    torch.testing.assert_close(net.head.projection.weight, state["head.projection.weight"])

    del state["norm.weight"]
    torch.save(state, tmp_path / "short.pyth")
    with pytest.raises(LartError, match=r"norm\.weight"):
        load_mvit(config, tmp_path / "short.pyth")
    torch.save({"model_state": Path("runs code")}, tmp_path / "code.pyth")
    with pytest.raises(LartError, match="named tensors"):
        load_mvit(config, tmp_path / "code.pyth")


# Relative positions


@pytest.mark.parametrize(("queries", "keys"), [(4, 4), (4, 2), (2, 4), (5, 3)])
def test_positions_are_distances(queries: int, keys: int):
    reach = 2 * max(queries, keys) - 1
    table = torch.arange(reach)[:, None].float()
    got = positions(table, queries, keys)[..., 0]
    assert got.shape == (queries, keys)
    assert got.min() >= 0
    assert got.max() <= reach - 1
    assert (got.diff(dim=0) >= 0).all()
    assert (got.diff(dim=1) <= 0).all()


# Clips of tracked people


def person(frames: int, *, first: int = 0, track_id: int = 1, size=(80, 60), box=None, seen=None):
    video = VideoFacts("clip", size[0], size[1], 25.0, 400)
    eye = np.eye(3, dtype=np.float32)
    return Tracklet(
        track_id=track_id,
        video=video,
        frame=np.arange(first, first + frames),
        box=np.tile(np.float32([10, 10, 40, 50]), (frames, 1)) if box is None else box,
        score=np.ones(frames, np.float32),
        detected=np.ones(frames, bool) if seen is None else seen,
        global_orient=np.tile(eye, (frames, 1, 1)),
        body_pose=np.tile(eye, (frames, 23, 1, 1)),
        betas=np.zeros((frames, 10), np.float32),
        camera=np.tile(np.float32([0, 0, 20]), (frames, 1)),
        joints=np.zeros((frames, 45, 3), np.float32),
    )


def video(frames: int, size=(80, 60), seed: int = 0) -> list[np.ndarray]:
    shape = (frames, size[1], size[0], 3)
    return list(np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8))


def test_groups_and_offsets_are_the_published_ones():
    assert group_centres(14).tolist() == [3, 9, 13]
    assert group_centres(1).tolist() == [0]
    offsets = clip_offsets(MViTConfig())
    assert (len(offsets), offsets[0], offsets[-1]) == (40, -60, 60)
    assert offsets[:4].tolist() == [-60, -57, -54, -51]
    np.testing.assert_array_equal(clip_offsets(MViTConfig(), 29.97), offsets)


@pytest.mark.parametrize("fps", [12.0, 25.0, 30.0, 60.0])
def test_a_clip_lasts_four_seconds_at_any_frame_rate(fps: float):
    seconds = clip_offsets(MViTConfig(), fps) / fps
    assert len(seconds) == 40
    np.testing.assert_allclose(seconds[[0, -1]], [-2, 2], atol=0.5 / fps)
    assert abs(np.diff(seconds).mean() - 4 / 39) < 0.01


@pytest.mark.parametrize(
    ("size", "cut"),
    [((1280, 720), (208, 0)), ((720, 1280), (0, 190)), ((100, 90), (0, 0)), ((121, 100), (0, 0))],
)
def test_pictures_are_cropped_to_the_published_aspect(size, cut):
    assert centre_crop(*size) == cut


def test_the_short_side_is_scaled():
    assert short_side(864, 720, 312) == (374, 312, 374 / 864)
    assert short_side(720, 900, 312) == (312, 390, 390 / 900)


def test_one_vector_and_80_scores_a_group():
    encoder = MViTAppearance(tiny_net(), batch=2)
    (tracklet, scores), (late, _) = encoder.encode_and_score(
        video(40), [person(14), person(9, first=20, track_id=2)]
    )
    assert tracklet.appearance.shape == (3, encoder.dim)
    assert tracklet.appearance_frame.tolist() == [3, 9, 13]
    assert late.appearance_frame.tolist() == [23, 27]
    assert scores.shape == (3, 5)
    assert ((scores > 0) & (scores < 1)).all()


@pytest.mark.parametrize(
    ("fps", "parity", "as_at"), [(25, False, 25), (60, False, 60), (60, True, 30)]
)
def test_the_vector_is_the_networks_for_the_documented_clip(fps: float, parity: bool, as_at: float):
    net = tiny_net()
    pictures = video(40, size=(32, 32))
    box = np.float32([[2.9, 3.2, 20.8, 30.1]]).repeat(10, 0)
    tracklet = person(10, first=5, size=(32, 32), box=box)
    tracklet = replace(tracklet, video=replace(tracklet.video, fps=fps))
    (got,) = MViTAppearance(net, parity=parity).encode(iter(pictures), [tracklet])

    at = np.clip(8 + clip_offsets(TINY, as_at), 5, 14)
    clip = torch.from_numpy(np.stack(pictures)[at]).float() / 255
    clip = (clip - torch.tensor(TINY.mean)) / torch.tensor(TINY.std)
    with torch.inference_mode():
        want, _ = net(clip.permute(3, 0, 1, 2)[None], torch.tensor([[0.0, 2, 3, 19, 29]]))
    np.testing.assert_allclose(got.appearance[0], want[0], atol=1e-5)


def test_batches_do_not_change_the_vectors():
    people = [person(20), person(20, track_id=2, box=np.float32([[5, 5, 30, 30]]).repeat(20, 0))]
    people.append(person(13, first=7, track_id=3))
    one, many = (
        MViTAppearance(tiny_net(), batch=batch).encode(video(30), people) for batch in (1, 4)
    )
    for a, b in zip(one, many, strict=True):
        np.testing.assert_allclose(a.appearance, b.appearance, atol=1e-5)
    assert not np.allclose(one[0].appearance, one[1].appearance)


def test_a_gap_takes_the_nearest_seen_box():
    box = np.float32([[1, 1, 20, 20], [1, 1, 20, 20], [40, 10, 70, 50]] + [[0, 0, 9, 9]] * 3)
    seen = np.array([True, True, True, False, False, False])
    given = person(6, box=box, seen=seen)
    steady = person(6, box=box[2:3].repeat(6, 0))
    got, want = MViTAppearance(tiny_net()).encode(video(6), [given, steady])
    np.testing.assert_allclose(got.appearance, want.appearance, atol=1e-6)


def test_a_video_that_is_too_short_is_said():
    with pytest.raises(LartError, match="ends before it"):
        MViTAppearance(tiny_net()).encode(video(9), [person(20)])


def test_the_network_may_compute_in_half_precision():
    """As the encoder has it on a GPU."""
    net = tiny_net()
    clips = torch.from_numpy(np.random.RandomState(5).standard_normal((2, 3, 4, 32, 38))).float()
    boxes = torch.tensor([[0.0, 2, 2, 20, 30], [1, 5, 5, 25, 25]])
    with torch.inference_mode():
        feature, score = net(clips, boxes)
        half_feature, half_score = net.half()(clips.half(), boxes)
    torch.testing.assert_close(half_feature.float(), feature, atol=3e-2, rtol=3e-2)
    torch.testing.assert_close(half_score.float(), score, atol=3e-2, rtol=0)
