"""SMPL bodies by smplx: vertices and joints of tracklets, in batches."""

import contextlib
import io
import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
import smplx
import torch
from numpy.typing import ArrayLike, NDArray
from smplx.lbs import batch_rigid_transform
from smplx.utils import Struct

from lart_core.body.smpl_file import read_smpl
from lart_core.paths import asset

SETTING = "LART_SMPL"
"""Environment variable that names the user's own SMPL file."""

BATCH = 64
"""Bodies a pass: about 100 MB."""


def chosen(path: Path | None = None) -> Path:
    """The SMPL file in use: `path`, else what ``$LART_SMPL`` names, else our own body."""
    named = path or os.environ.get(SETTING)
    return Path(named).expanduser().resolve() if named else asset("body/body.npz")


def load(path: Path | None = None) -> smplx.SMPLLayer:
    """The body model, read once a file and kept in memory; nothing is copied anywhere.

    Args:
        path: An SMPL file (.npz or .pkl); see `chosen` for the default.

    Returns:
        smplx's layer with 6,890 vertices, 10 betas and 45 joints, on the CPU, without gradients
        of its own. It is shared: do not change it.

    Raises:
        LartError: The file is missing or no SMPL body.
    """
    file = chosen(path)
    stamp = file.stat().st_mtime_ns if file.is_file() else 0
    return _load(file, stamp)


def faces() -> NDArray[np.int64]:
    """(F, 3) triangles of the body, corners counter-clockwise seen from outside."""
    return load().faces


def rest_joints(betas: ArrayLike) -> NDArray[np.float32]:
    """Joints of the T-pose.

    Args:
        betas: (..., 10) SMPL shape.

    Returns:
        (..., 24, 3) metres, y up, looking along +z.
    """
    template, directions = _joint_shapes(load())
    shape = torch.as_tensor(np.asarray(betas, np.float32))
    return (template + torch.einsum("...k,jdk->...jd", shape, directions)).numpy()


def vertices(
    global_orient: ArrayLike, body_pose: ArrayLike, betas: ArrayLike
) -> NDArray[np.float32]:
    """Body surfaces.

    Args:
        global_orient: (T, 3, 3) rotations.
        body_pose: (T, 23, 3, 3) rotations relative to the parent joint.
        betas: (T, 10) SMPL shape.

    Returns:
        (T, 6890, 3) metres.
    """
    body = load()
    parts = list(_surfaces(body, global_orient, body_pose, betas))
    return np.concatenate(parts) if parts else np.zeros((0, len(body.v_template), 3), np.float32)


def regressed_joints(
    global_orient: ArrayLike,
    body_pose: ArrayLike,
    betas: ArrayLike,
    regressor: NDArray[np.float32],
    body: smplx.SMPLLayer | None = None,
) -> NDArray[np.float32]:
    """Joints that are means of the surface, a batch of surfaces in memory at a time.

    Args:
        As `vertices`.
        regressor: (J, 6890) shares of the vertices in each joint.
        body: The body model; `load()` by default.

    Returns:
        (T, J, 3) metres.
    """
    surfaces = _surfaces(body or load(), global_orient, body_pose, betas)
    parts = [regressor @ surface for surface in surfaces]
    return np.concatenate(parts) if parts else np.zeros((0, len(regressor), 3), np.float32)


def joints(
    global_orient: ArrayLike,
    body_pose: ArrayLike,
    betas: ArrayLike,
    body: smplx.SMPLLayer | None = None,
) -> NDArray[np.float32]:
    """The 45 joints, as smplx's forward gives them but without the other 6,869 vertices.

    Args:
        As `vertices`.

    Returns:
        (T, 45, 3) metres: SMPL's 24 joints and the 21 landmarks (`JOINTS_45`).
    """
    body = body or load()
    orient, pose, shape = _tensors(global_orient, body_pose, betas)
    marks = body.vertex_joint_selector.extra_joints_idxs
    with torch.inference_mode():
        rotations = torch.cat([orient[:, None], pose], dim=1)
        template, directions = _joint_shapes(body)
        rest = template + torch.einsum("tk,jdk->tjd", shape, directions)
        posed, transforms = batch_rigid_transform(rotations, rest, body.parents)
        skin = body.v_template[marks] + torch.einsum("tk,vdk->tvd", shape, body.shapedirs[marks])
        bends = (rotations[:, 1:] - torch.eye(3)).reshape(len(shape), 207)
        columns = body.posedirs.reshape(207, -1, 3)[:, marks]
        skin = skin + torch.einsum("tp,pvd->tvd", bends, columns)
        blend = torch.einsum("vj,tjab->tvab", body.lbs_weights[marks], transforms)
        landmarks = (blend[..., :3, :3] @ skin[..., None])[..., 0] + blend[..., :3, 3]
        return torch.cat([posed, landmarks], dim=1).numpy()


def _surfaces(body: smplx.SMPLLayer, *pose: ArrayLike) -> Iterator[NDArray[np.float32]]:
    """Surfaces of orientations, poses and shapes, `BATCH` at a time."""
    orient, bends, shape = _tensors(*pose)
    for at in range(0, len(orient), BATCH):
        span = slice(at, at + BATCH)
        with torch.inference_mode():
            out = body(
                global_orient=orient[span, None],
                body_pose=bends[span],
                betas=shape[span],
                pose2rot=False,
            )
        yield out.vertices.numpy()


@lru_cache(maxsize=4)
def _load(file: Path, stamp: int) -> smplx.SMPLLayer:
    arrays = read_smpl(file)
    with contextlib.redirect_stdout(io.StringIO()):  # smplx prints that there are only ten shapes
        body = smplx.SMPLLayer(str(file), data_struct=Struct(**arrays))
    return body.requires_grad_(False).eval()


@lru_cache(maxsize=4)
def _joint_shapes(body: smplx.SMPLLayer) -> tuple[torch.Tensor, torch.Tensor]:
    """(24, 3) rest joints of the template and (24, 3, 10) of its shape directions."""
    regressor = body.J_regressor
    return regressor @ body.v_template, torch.einsum("jv,vdk->jdk", regressor, body.shapedirs)


def _tensors(*arrays: ArrayLike) -> tuple[torch.Tensor, ...]:
    return tuple(torch.as_tensor(np.asarray(a, np.float32)) for a in arrays)
