"""How badly a detection fits a track: PHALP's association cost, published constants and modes."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lart_core.errors import LartError
from lart_core.tracking.features import BODY, DEPTH, ROOT, SPREAD, Features, Floats

TextureEmbedding = Callable[[Floats, Floats], tuple[Floats, Floats]]
"""Gives the (P, D) embeddings of P tracks' and of P detections' (P, 4, H, W) UV maps, pair by pair
compared where both are valid."""


@dataclass(frozen=True)
class _Equation:
    """Weights of appearance, pose, image position and nearness, and the largest pose distance."""

    appearance: float
    pose: float
    position: float
    nearness: float
    pose_limit: float


EQUATIONS = {
    "EQ_019": _Equation(4.0536, 1.3070, 0.3792, 4.1658, 1.5),
    "EQ_010": _Equation(3.8303, 1.5207, 0.4930, 4.5831, 1.2),
}
EQ_010_AT_A_CUT = _Equation(7.8303, 1.5207, 1e100, 1e100, 1.2)
PARTS = ("A0", "P0", "L0", "LC", "N0", "NC")
PUBLISHED_SCALE = 1e3
"""HMAR's appearance embeddings are divided by this before they are compared."""


def association_cost(
    tracks: Features,
    detections: Features,
    *,
    terms: str = "APL",
    distance: str = "EQ_019",
    shot: bool = False,
    appearance_scale: float = PUBLISHED_SCALE,
    texture_embedding: TextureEmbedding | None = None,
    position: Floats | None = None,
    parity: bool = False,
) -> Floats:
    """Cost of every pair of T predicted tracks and N detections. Source: PHALP `_pdist`.

    ``(1 + a A) (1 + p P) exp(L / (0.1 + tanh c_xy) / l) exp(N / (0.1 + tanh c_n) / n)`` with the
    distances A of appearance, P of pose, L in the image and N of nearness, and the predictions'
    uncertainties c_xy, c_n.

    Args:
        terms: ``"A"`` compares appearance vectors, ``"T"`` textures instead; without either
            appearance costs nothing.
        distance: ``"EQ_019"`` (PHALP's default) or ``"EQ_010"``; or one part alone: ``"A0"``,
            ``"P0"``, ``"L0"``, ``"LC"`` (c_xy), ``"N0"``, ``"NC"`` (c_n).
        shot: A cut lies before this frame; only EQ_010 knows of it.
        appearance_scale: Appearance vectors are divided by this.
        texture_embedding: Needed for ``"T"``.
        position: (T, N) distances L in the image; by default those of the roots.
        parity: NaN costs 0, the best match there is, as upstream has it. By default an unknown
            pose costs what half of the largest pose distance costs, unknown depth nothing, and so
            does unknown appearance but at a cut; what is NaN then cannot match.

    Returns:
        (T, N) costs, from 1; or distances where `distance` names one part.
    """
    squared = _squared_as_upstream if parity else _squared
    pose = squared(tracks.pose[:, BODY], detections.pose[:, BODY])
    if position is None:
        position = np.sqrt(squared(tracks.location[:, ROOT], detections.location[:, ROOT]))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        nearness = np.abs(
            np.log(tracks.location[:, DEPTH][:, None] / detections.location[:, DEPTH])
        )
        spread = tracks.location[:, SPREAD]
        position_spread = np.hypot(spread[:, 0], spread[:, 1])[:, None] + 0 * position
        nearness_spread = np.abs(np.log(1 / spread[:, 2]))[:, None] + 0 * position
    at_a_cut = shot and distance == "EQ_010"
    appearance = _appearance(
        tracks, detections, "A" if at_a_cut else terms, appearance_scale, texture_embedding
    )
    if distance in PARTS:
        parts = (appearance, pose, position, position_spread, nearness, nearness_spread)
        return dict(zip(PARTS, parts, strict=True))[distance]
    if distance not in EQUATIONS:
        known = ", ".join((*EQUATIONS, *PARTS))
        raise LartError(f"Expected a distance ({known}), but got {distance!r}.")
    equation = EQ_010_AT_A_CUT if at_a_cut else EQUATIONS[distance]
    if not parity:
        pose = np.where(np.isnan(pose), equation.pose_limit / 2, pose)
        appearance = np.nan_to_num(appearance, nan=np.inf if at_a_cut else 0)
        nearness = np.nan_to_num(nearness, nan=0)
        nearness_spread = np.nan_to_num(nearness_spread, nan=0)
    with np.errstate(over="ignore", invalid="ignore"):
        cost = (
            (1 + appearance * equation.appearance)
            * (1 + np.minimum(pose, equation.pose_limit) * equation.pose)
            * np.exp(position / (0.1 + np.tanh(position_spread)) / equation.position)
            * np.exp(nearness / (0.1 + np.tanh(nearness_spread)) / equation.nearness)
        )
    return np.nan_to_num(cost) if parity else np.where(np.isnan(cost), np.inf, cost)


def _squared(a: Floats, b: Floats) -> Floats:
    return ((a[:, None].astype(np.float64) - b[None]) ** 2).sum(-1)


def _squared_as_upstream(a: Floats, b: Floats) -> Floats:
    """The same by an expansion that cancels badly in float32, track by track and in this order:
    upstream's costs of small distances hang on its rounding."""
    ends_b = np.square(b).sum(axis=1)
    rows = [-2.0 * np.dot(x[None], b.T) + np.square(x[None]).sum(axis=1) + ends_b for x in a]
    return np.maximum(np.concatenate(rows), 0)


def _appearance(
    tracks: Features,
    detections: Features,
    terms: str,
    scale: float,
    embedding: TextureEmbedding | None,
) -> Floats:
    if "T" in terms and embedding and tracks.texture is not None and detections.texture is not None:
        seen = detections.texture
        rows = [embedding(np.broadcast_to(one, seen.shape), seen) for one in tracks.texture]
        return np.stack([((t - d) ** 2).sum(-1) * 100 for t, d in rows])
    if "T" in terms:
        raise LartError("Expected textures and their embedding for the term 'T', but got none.")
    if "A" in terms and tracks.appearance is not None and detections.appearance is not None:
        return _squared(tracks.appearance / scale, detections.appearance / scale)
    return np.zeros((len(tracks), len(detections)))
