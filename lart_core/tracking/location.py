"""Where a track will be: PHALP's ridge regression over its last sightings, with its uncertainty."""

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from lart_core import camera
from lart_core.tracking.features import CAMERA, DEPTH, ROOT, SPREAD, Floats

HISTORY = 7
"""Sightings that predictions look back on."""
MAX_LOOKAHEAD = 48
RIDGE = np.array([1.2, 2.0, 5.0])
"""Ridge penalty on the slope of x, y and log depth."""
UNKNOWN_SPREAD = np.array([0.1, 0.1, np.exp(0.5)])
"""Uncertainty of x, y (of the square) and depth (a factor) before two sightings: about how far a
person moves from one frame to the next in a shaky low-rate clip."""


def predict_location(
    history: Floats, time: NDArray[np.integer], lookahead: NDArray[np.integer]
) -> Floats:
    """Location vectors of N tracks, `lookahead` frames after the frame that follows the last one.

    x, y and log depth of the root each follow a ridge regression on time; the half width of the
    95 % prediction interval is the uncertainty, divided by the count of repeated times. The joints
    but the root stay where they were last. Source: PHALP `forward_for_tracking`, in closed form.

    Args:
        history: (N, 7, 99) location vectors.
        time: (N, 7) their frame numbers; repeated ones are padding of a young track.
        lookahead: (N,) frames since the track was last seen; capped at 48.

    Returns:
        (N, 99) of the history's dtype; the uncertainty is NaN where all times are the same
        (upstream's hazard; see `with_known_spread`).
    """
    t = time.astype(np.float64)[..., None]
    past = history.astype(np.float64)
    y = np.concatenate([past[:, :, ROOT], np.log(past[:, :, DEPTH : DEPTH + 1])], axis=2)
    target = t[:, -1] + 1 + np.minimum(lookahead, MAX_LOOKAHEAD)[:, None]
    mean_t, mean_y = t.mean(axis=1, keepdims=True), y.mean(axis=1, keepdims=True)
    spread_t = ((t - mean_t) ** 2).sum(axis=1)
    slope = ((t - mean_t) * (y - mean_y)).sum(axis=1) / (spread_t + RIDGE)
    ahead = target - mean_t[:, 0]
    x_p, y_p, log_depth = np.moveaxis(mean_y[:, 0] + slope * ahead, 1, 0)
    residual = y - (mean_y + slope[:, None] * (t - mean_t))
    freedom = HISTORY - 2
    error = np.sqrt((residual**2).sum(axis=1) / freedom)
    with np.errstate(divide="ignore", invalid="ignore"):
        half = _T_975 * error * np.sqrt(1 + 1 / HISTORY + ahead**2 / spread_t)
    half[:, 2] = np.exp(half[:, 2])
    repeated = 1 + (np.diff(time, axis=1) == 0).sum(axis=1)

    out = past[:, -1].copy()
    out[:, ROOT] = np.stack([x_p, y_p], axis=1)
    out[:, CAMERA] = root_camera(out[:, ROOT], np.exp(log_depth))
    out[:, SPREAD] = half / repeated[:, None]
    out[:, 96:] = (1, 1, 0)
    return out.astype(history.dtype)


def root_camera(root: Floats, depth: Floats) -> Floats:
    """(N, 3) camera of bodies whose root is at (N, 2) of the square (0..1) at (N,) metres."""
    xy = (root - 0.5) * depth[:, None] * camera.RESOLUTION / camera.FOCAL
    return np.concatenate([xy, depth[:, None]], axis=1)


def with_known_spread(location: Floats) -> Floats:
    """The same location vectors, with a usual uncertainty where none could be estimated."""
    out = location.copy()
    out[:, SPREAD] = np.where(np.isfinite(out[:, SPREAD]), out[:, SPREAD], UNKNOWN_SPREAD)
    return out


_T_975 = float(stats.t.ppf(0.975, HISTORY - 2))
