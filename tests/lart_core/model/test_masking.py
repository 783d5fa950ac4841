"""Both kinds of masking, sentence by sentence of the paper's B.2."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lart_core.errors import LartError
from lart_core.model import LART, LARTConfig
from lart_core.model.attention import Attention, Sight
from lart_core.model.lart import random_mask

TINY = {"frames": 6, "width": 16, "depth": 2, "heads": 2, "head_width": 8, "mlp_width": 24}
SHAPES = {
    "paper": LARTConfig.paper(appearance_size=5, people=3, pose_layers=(12, 12), **TINY),
    "paper, pose only": LARTConfig.paper(appearance_size=0, people=3, **TINY),
    "published": LARTConfig.published(
        appearance_size=5,
        people=3,
        pose_layers=(8, 8),
        joints_layers=(8, 4),
        appearance_layers=(8, 4),
        **TINY,
    ),
}
B, T, P = 2, 6, 3


@pytest.fixture(scope="module", params=list(SHAPES))
def model(request):
    torch.manual_seed(4)
    return LART(SHAPES[request.param]).eval()


def batch_of(model, seed, missing=0.3, masked=0.2):
    chance = torch.Generator().manual_seed(seed)

    def draw(size):
        return torch.randn(B, T, P, size, generator=chance)

    seen = (torch.rand(B, T, P, 1, generator=chance) > missing).float()
    mask = (torch.rand(B, T, P, 1, generator=chance) < masked).float() * seen
    if masked and not mask.any():  # A mask of nothing asks the network to draw one.
        mask.view(-1)[seen.view(-1).argmax()] = 1
    return {
        "pose_shape": draw(229),
        "joints_3D": draw(135),
        "apperance_emb": draw(5),
        "has_detection": seen,
        "mask_detection": mask,
    }


def tokens(model, batch, masking):
    with torch.no_grad():
        return model.encode(batch, masking)


def disturbed(batch, where):
    """The same batch with other contents under some (B, T, P) tokens."""
    chance = torch.Generator().manual_seed(99)
    return batch | {
        key: torch.where(
            where[..., None], 5 * torch.randn(batch[key].shape, generator=chance), batch[key]
        )
        for key in ("pose_shape", "joints_3D", "apperance_emb")
    }


def same(a, b, where=...):
    torch.testing.assert_close(a[where], b[where], rtol=0, atol=2e-6)


seeds = st.integers(0, 2**31)
few = settings(max_examples=10, deadline=None)


@few
@given(seed=seeds)
def test_what_stands_under_a_random_mask_changes_nothing(model, seed):
    batch = batch_of(model, seed)
    other = disturbed(batch, batch["mask_detection"][..., 0] == 1)
    same(tokens(model, batch, "random"), tokens(model, other, "random"))


@few
@given(seed=seeds)
def test_no_other_token_depends_on_a_masked_one(model, seed):
    """Neither on its contents nor on the mask token itself nor on its place."""
    batch = batch_of(model, seed)
    masked = batch["mask_detection"][..., 0] == 1
    others = (batch["has_detection"][..., 0] == 1) & ~masked
    before = tokens(model, batch, "random")
    kept = model.mask_token.detach().clone()
    with torch.no_grad():
        model.mask_token += 3.0
    try:
        after = tokens(model, batch, "random")
    finally:
        with torch.no_grad():
            model.mask_token.copy_(kept)
    same(before, after, others)


@few
@given(seed=seeds)
def test_a_masked_token_attends_to_others(model, seed):
    batch = batch_of(model, seed, missing=0.1)
    masked = batch["mask_detection"][..., 0] == 1
    others = (batch["has_detection"][..., 0] == 1) & ~masked
    changed = tokens(model, batch, "random") - tokens(model, disturbed(batch, others), "random")
    for sample in range(B):
        if others[sample].any():
            assert (changed[sample][masked[sample]].abs().amax(-1) > 1e-4).all()


@few
@given(seed=seeds)
def test_a_missing_detection_is_no_key(model, seed):
    batch = batch_of(model, seed)
    missing = batch["has_detection"][..., 0] == 0
    before = tokens(model, batch, "random")
    same(before, tokens(model, disturbed(batch, missing), "random"), ~missing)


@few
@given(seed=seeds)
def test_a_missing_detection_is_no_query(seed):
    """In the paper's network; in the published one it looks, but no loss sees what it says."""
    torch.manual_seed(4)
    model = LART(SHAPES["paper"]).eval()
    batch = batch_of(model, seed)
    missing = batch["has_detection"][..., 0] == 0
    before = tokens(model, batch, "random")
    same(before, tokens(model, disturbed(batch, ~missing), "random"), missing)


@few
@given(seed=seeds)
def test_at_inference_the_mask_token_fills_the_gaps(model, seed):
    batch = batch_of(model, seed, masked=0.0)
    missing = batch["has_detection"][..., 0] == 0
    before = tokens(model, batch, "zero")
    same(before, tokens(model, disturbed(batch, missing), "zero"))
    as_mask = batch | {
        "has_detection": torch.ones_like(batch["has_detection"]),
        "mask_detection": missing[..., None].float(),
    }
    same(before, tokens(model, as_mask, "random"))
    changed = before - tokens(model, disturbed(batch, ~missing), "zero")
    for sample in range(B):
        if (~missing[sample]).any():
            assert (changed[sample][missing[sample]].abs().amax(-1) > 1e-4).all()


def test_inference_draws_no_mask(model):
    batch = batch_of(model, 1, masked=0.0)
    del batch["mask_detection"]
    same(tokens(model, batch, "zero"), tokens(model, batch, "zero"))


def test_training_draws_the_share_of_each_samples_seen_tokens():
    torch.manual_seed(0)
    seen = torch.rand(8, 50, 3) > 0.4
    mask = random_mask(seen, 0.4)
    assert not (mask & ~seen).any()
    assert mask.flatten(1).sum(1).tolist() == (seen.flatten(1).sum(1) * 0.4).floor().tolist()
    assert not torch.equal(mask, random_mask(seen, 0.4))


def test_a_given_mask_is_not_added_to(model):
    batch = batch_of(model, 2)
    same(tokens(model, batch, "random"), tokens(model, batch, "random"))
    del batch["mask_detection"]
    assert not torch.equal(tokens(model, batch, "random"), tokens(model, batch, "random"))


def published_attention(q, k, v, valid, masked):
    """The published scores, written out: forbidden ones are -1000 before the softmax."""
    scores = q @ k.transpose(-1, -2)
    scores = scores.masked_fill(~(valid[:, :, None] & valid[:, None]), -1e3)
    scores = scores.masked_fill(masked[:, None], -1e3)
    return scores.softmax(-1) @ v


@few
@given(seed=seeds, valid_share=st.floats(0, 1), masked_share=st.floats(0, 1))
def test_attention_is_the_published_one_for_any_mask(seed, valid_share, masked_share):
    """Also where a sample has no key at all, and where tokens are invalid."""
    torch.manual_seed(seed % 1000)
    attention = Attention(8, 1, 8, 0.0, blind_mean=True).eval()
    x = torch.randn(3, 10, 8)
    valid, masked = torch.rand(3, 10) < valid_share, torch.rand(3, 10) < masked_share
    sight = Sight.of(valid, valid & ~masked)
    with torch.no_grad():
        got = sight.restore(attention(sight.sort(x), sight))
        q, k, v = attention.qkv(x).chunk(3, -1)
        expected = attention.out(published_attention(q / 8**0.5, k, v, valid, masked))
    torch.testing.assert_close(got, expected, rtol=0, atol=2e-6)


@few
@given(seed=seeds, masking=st.sampled_from(["zero", "random"]), empty=st.booleans())
def test_kept_tokens_are_the_same_where_the_others_are_left_out(model, seed, masking, empty):
    """With the others' work left out: fewer tokens through the blocks, fewer still at the end."""
    batch = batch_of(model, seed)
    if empty:
        batch["has_detection"][0] = 0
    kept = torch.zeros(B, T, P, dtype=torch.bool)
    kept[0, 2:4, 0] = kept[1, 0, :2] = True
    sizes = []
    watches = [
        b.mlp.register_forward_hook(lambda m, i, o: sizes.append(o.shape[1])) for b in model.blocks
    ]
    with torch.no_grad():
        some = model.encode(batch, masking, kept)
    for watch in watches:
        watch.remove()
    same(some, tokens(model, batch, masking), kept)
    assert sizes[0] <= T * P and sizes[-1] == 2


def test_gradients_stay_finite_where_nobody_is_seen():
    torch.manual_seed(0)
    model = LART(SHAPES["paper"])
    batch = batch_of(model, 3)
    batch["has_detection"][0] = 0
    batch["mask_detection"][:] = 0
    model.encode(batch, "random").sum().backward()
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    assert gradients and all(g.isfinite().all() for g in gradients)


def test_an_unknown_masking_is_refused(model):
    with pytest.raises(LartError, match="'zero' or 'random'"):
        model.encode(batch_of(model, 0), "all")
