"""Appearance that speaks for itself: what is told of people without a body."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from lart_core.errors import LartError
from lart_core.model import LART, Checkpoint, LARTConfig, load_checkpoint, save_checkpoint
from lart_core.model.inference import predict
from tests.lart_core.model.tracks import tracklet

B, T, P, SIZE = 2, 6, 2, 5


def network(**other):
    torch.manual_seed(4)
    values = {"appearance_size": SIZE, "people": P, "frames": T, "actions": 3}
    config = LARTConfig.small(**values | {"appearance_alone": True} | other)
    return LART(config).eval()


def batch_of(body=1.0, looks=1.0):
    chance = torch.Generator().manual_seed(1)
    return {
        "pose_shape": torch.randn(B, T, P, 229, generator=chance),
        "apperance_emb": torch.randn(B, T, P, SIZE, generator=chance),
        "has_detection": torch.full((B, T, P, 1), body),
        "has_appearance": torch.full((B, T, P, 1), looks),
    }


def said(model, batch):
    with torch.no_grad():
        return model(batch)["action_logits_ava"]


def test_without_a_body_looks_are_told_and_the_pose_is_not():
    model, batch = network(), batch_of(body=0.0)
    told = said(model, batch)
    posed = said(model, batch | {"pose_shape": batch["pose_shape"] + 3})
    torch.testing.assert_close(posed, told, rtol=0, atol=0)
    other = said(model, batch | {"apperance_emb": batch["apperance_emb"].roll(1, dims=0)})
    assert (other - told).abs().amax(dim=(1, 2, 3)).min() > 1e-3


def test_without_a_picture_the_model_is_the_pose_model_to_the_last_digit():
    model = network()
    pose = network(appearance_size=0, appearance_layers=(), appearance_alone=False)
    shared = pose.state_dict().keys()
    pose.load_state_dict({k: v for k, v in model.state_dict().items() if k in shared})
    batch = batch_of(looks=0.0)
    batch["has_detection"][:, 2:4] = 0
    torch.testing.assert_close(said(model, batch), said(pose, batch), rtol=0, atol=0)
    shown = said(model, batch | {"has_appearance": torch.ones(B, T, P, 1)})
    assert (shown - said(pose, batch)).abs().max() > 1e-3


def test_others_look_at_somebody_without_a_body():
    model, batch = network(), batch_of()
    batch["has_detection"][:, :, 1] = 0
    before = said(model, batch)[:, :, 0]
    changed = batch["apperance_emb"].clone()
    changed[:, :, 1] += 3
    after = said(model, batch | {"apperance_emb": changed})[:, :, 0]
    assert (after - before).abs().max() > 1e-4
    unseen = batch["has_appearance"].clone()
    unseen[:, :, 1] = 0
    twice = [said(model, b | {"has_appearance": unseen})[:, :, 0] for b in (batch,)]
    twice.append(said(model, batch | {"has_appearance": unseen, "apperance_emb": changed})[:, :, 0])
    torch.testing.assert_close(twice[0], twice[1], rtol=0, atol=0)


def test_a_batch_must_say_where_there_is_appearance():
    batch = batch_of()
    del batch["has_appearance"]
    with pytest.raises(LartError, match="no 'has_appearance'"):
        said(network(), batch)


def test_appearance_alone_needs_appearance():
    with pytest.raises(LartError, match="appearance alone only where"):
        LARTConfig.small(appearance_alone=True)


def checkpoint(**other):
    values = {
        "name": "m",
        "model": network(frames=48),
        "ava_ids": (12, 14, 80),
        "mean": np.zeros(229),
        "std": np.ones(229),
        "by_appearance": (14, 80),
    }
    return Checkpoint(**values | other)


def test_what_is_told_by_appearance_is_kept_and_older_files_tell_nothing(tmp_path):
    file = tmp_path / "m.safetensors"
    save_checkpoint(file, checkpoint())
    assert load_checkpoint(file).by_appearance == (14, 80)
    assert load_checkpoint(file).model.config.appearance_alone
    older = checkpoint(model=network(appearance_alone=False), by_appearance=())
    save_checkpoint(file, older)
    with safe_open(file, "pt") as opened:
        tensors = {k: opened.get_tensor(k) for k in opened.keys()}  # noqa: SIM118
        header = opened.metadata()
    del header["by_appearance"]
    header["config"] = header["config"].replace(', "appearance_alone": false', "")
    save_file(tensors, file, header)
    read = load_checkpoint(file)
    assert read.by_appearance == () and read.model.config == older.model.config


@pytest.mark.parametrize(
    "wrong", [{"by_appearance": (1,)}, {"model": network(appearance_alone=False)}]
)
def test_what_cannot_be_told_by_appearance_is_refused(wrong):
    with pytest.raises(LartError, match="told by appearance among"):
        checkpoint(**wrong)


def without_a_body(frames=60, **other):
    person = tracklet(frames, appearance=SIZE, **other)
    return replace(person, detected=np.zeros(frames, bool))


def test_of_people_without_a_body_only_what_looks_tell_is_said():
    said = predict(checkpoint(), [without_a_body()])
    probability = said.people[1].probability
    assert (probability[:, 0] == 0).all() and (probability[:, 1:] > 0).all()
    assert said.provenance["by_appearance"] == "14 80"
    silent = predict(checkpoint(by_appearance=()), [without_a_body()]).people[1]
    assert not silent.probability.any()


def test_looks_differ_from_person_to_person():
    one, two = (without_a_body(seed=seed, track_id=seed + 1) for seed in (0, 1))
    said = predict(checkpoint(), [one, two]).people
    assert np.abs(said[1].probability - said[2].probability).max() > 1e-3


def test_nothing_is_said_long_after_somebody_was_seen():
    person = without_a_body(300)
    score = person.score.copy()
    score[50:260] = 0
    fps = round(person.video.fps)
    probability = predict(checkpoint(), [replace(person, score=score)]).people[1].probability
    said = probability[:, 1:].all(axis=1)
    assert said[: 49 + fps].all() and said[260 - fps :].all()
    assert not probability[49 + fps + 1 : 260 - fps].any()


def test_near_a_body_everything_is_said():
    person = tracklet(200, appearance=SIZE)
    detected = np.arange(200) < 50
    probability = predict(checkpoint(), [replace(person, detected=detected)]).people[1].probability
    fps = round(person.video.fps)
    assert (probability[: 49 + fps] > 0).all()
    assert not probability[49 + fps + 1 :, 0].any() and (probability[:, 1:] > 0).all()


def test_somebody_without_a_body_is_company():
    one, two = without_a_body(), without_a_body(seed=3, track_id=2)
    model = checkpoint(together=(14,))
    alone = predict(model, [one]).people[1].probability
    beside = predict(model, [one, two]).people[1].probability
    assert np.abs(beside[:, 1] - alone[:, 1]).max() > 1e-4
    np.testing.assert_allclose(beside[:, 2], alone[:, 2], atol=1e-6)
