"""A training that was broken off goes on, and no other one takes its place."""

import pytest

from app.storage import models
from lart_core.errors import LartError


def test_only_the_same_training_goes_on(tmp_path):
    out = tmp_path / "mine"
    assert not models._goes_on(out, {"data": "ava", "epochs": 3})
    (out / "checkpoints").mkdir()
    (out / "checkpoints" / "last.ckpt").touch()
    assert models._goes_on(out, {"data": "ava", "epochs": 3})
    with pytest.raises(LartError, match="Another training of 'mine' was broken off"):
        models._goes_on(out, {"data": "kinetics", "epochs": 3})


def test_one_that_never_began_may_be_asked_anew(tmp_path):
    out = tmp_path / "mine"
    assert not models._goes_on(out, {"data": "ava", "epochs": 3})
    assert not models._goes_on(out, {"data": "kinetics", "epochs": 3})
