"""Files that the real chumpy, yacs and torch wrote; ``make.py`` beside them says how."""

from collections import defaultdict, deque
from pathlib import Path

import numpy as np
import pytest
import torch

from lart_core.untrusted.smpl_pickle import read_arrays
from lart_core.untrusted.torch_file import read_state_dict

HERE = Path(__file__).parent


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_the_real_chumpys_pickles_open(protocol: int) -> None:
    found = read_arrays(HERE / "chumpy" / f"protocol-{protocol}.pkl")
    shapes = np.arange(5 * 3 * 12, dtype=float).reshape(5, 3, 12)
    np.testing.assert_array_equal(found["v_template"], np.arange(15.0).reshape(5, 3))
    np.testing.assert_array_equal(found["shapedirs"], shapes[:, :, :10])
    np.testing.assert_array_equal(found["J_regressor"], np.eye(24, 5))
    assert found["posedirs"].shape == (5, 3, 207) and found["weights"].shape == (5, 24)
    assert found["kintree_table"].dtype == np.uint32 and found["f"].shape == (2, 3)


def test_a_checkpoint_with_the_real_yacs() -> None:
    found = read_state_dict(HERE / "yacs" / "slowfast.pyth", "model_state")
    expected = torch.arange(6.0).reshape(2, 3)
    assert torch.equal(found["head.projection.weight"], expected)


@pytest.mark.parametrize("zipped", [True, False], ids=["now", "before torch 1.6"])
def test_torch_files_of_every_age(zipped: bool, tmp_path: Path) -> None:
    file = tmp_path / "old.pth"
    content = {
        "state_dict": {"w": torch.arange(4.0), "n": torch.tensor([1, 2])},
        "losses": deque([1.0, 2.0], maxlen=5),
        "meters": defaultdict(list, {"a": [1]}),
        "where": Path("x"),
        "kinds": {"pose", "look"},
    }
    torch.save(content, file, _use_new_zipfile_serialization=zipped)
    found = read_state_dict(file)
    assert found["w"].tolist() == [0, 1, 2, 3] and found["n"].tolist() == [1, 2]
