"""Writes ``protocol-{0,2,4}.pkl`` with the real chumpy 0.70, as SMPL's owners write their files.

chumpy needs an old NumPy and does not import on Python 3.11 without one line of help, so it is no
package of the tests; these files were made once, in an environment of their own:

    pip install "numpy<1.24" "scipy<1.11" "setuptools<70" six
    pip install --no-build-isolation chumpy==0.70
    python make.py

The numbers are made up: SMPL's entries and kinds, with 5 vertices in place of 6,890.
"""

import inspect
import pickle
from collections import namedtuple
from pathlib import Path

import numpy as np
from scipy.sparse import csc_matrix

_Spec = namedtuple("_Spec", "args varargs keywords defaults")
inspect.getargspec = lambda of: _Spec(*inspect.getfullargspec(of)[:4])  # gone since Python 3.11

import chumpy as ch  # noqa: E402

V, J = 5, 24


def content() -> dict:
    """What an official file holds: chumpy arrays, a selection of one, a sparse matrix, text."""
    shapes = ch.array(np.arange(V * 3 * 12, dtype=float).reshape(V, 3, 12))
    template = ch.array(np.arange(V * 3, dtype=float).reshape(V, 3))
    assert template.r.shape == (V, 3)  # a value that was looked at is kept beside the array
    return {
        "v_template": template,
        "shapedirs": shapes[:, :, :10],
        "posedirs": ch.array(np.arange(V * 3 * 207, dtype=float).reshape(V, 3, 207) / 1000),
        "weights": ch.array(np.full((V, J), 1 / J)),
        "J_regressor": csc_matrix(np.eye(J, V)),
        "kintree_table": np.array([[2**32 - 1, *range(J - 1)], range(J)], np.uint32),
        "f": np.array([[0, 1, 2], [2, 3, 4]], np.uint32),
        "bs_style": "lbs",
        "bs_type": "lrotmin",
    }


if __name__ == "__main__":
    for protocol in (0, 2, 4):
        file = Path(__file__).with_name(f"protocol-{protocol}.pkl")
        file.write_bytes(pickle.dumps(content(), protocol))
