"""What the network is shown of a tracklet, under the batch keys of `LART`, before batching."""

import numpy as np
from numpy.typing import NDArray

from lart_core.errors import LartError
from lart_core.model.config import LARTConfig
from lart_core.series import nearest
from lart_core.tracklet import Tracklet
from lart_core.tracklet.joint_orders import phalp_joints
from lart_core.tracklet.sight import judged, seen

Inputs = dict[str, NDArray[np.float32]]
"""Key of `LART`'s batch -> (T, size) float32; the person vector not yet normalised."""


def inputs_of(tracklet: Tracklet, config: LARTConfig) -> Inputs:
    """Arrays over the tracklet's T frames, as many as the model looks at.

    Joints are before the camera, whose depth is divided by 200 as in the person vector (the
    published code divides in place before it adds the two). A frame's appearance is the nearest
    one in time, the later of two equally near; the published code makes one for each 6 frames.
    Frames without a body, and those whose body is not believed (`sight.judged`), are for the mask
    token. Whoever was not seen at all has no appearance there, for models that say something of it
    alone.

    Raises:
        LartError: The model looks at appearance, and the tracklet has none or of another length.
    """
    t = len(tracklet)
    vector = tracklet.person_vector()
    inputs: Inputs = {
        "pose_shape": vector,
        "has_detection": judged(tracklet)[:, None].astype(np.float32),
    }
    if config.joints_layers:
        joints = tracklet.joints
        if config.joints_order == "phalp":
            joints = phalp_joints(joints, tracklet.regressed)
        inputs["joints_3D"] = (joints + vector[:, None, -3:]).reshape(t, -1)
    if config.appearance_size:
        count, size = tracklet.appearance.shape
        if count == 0 or size != config.appearance_size:
            raise LartError(
                f"Expected appearance vectors of {config.appearance_size} numbers in track "
                f"{tracklet.track_id}, since the model looks at {config.inputs}, but got {count} "
                f"of {size}; make them with the pipeline or take a pose-only model."
            )
        rows = nearest(tracklet.appearance_frame, tracklet.frame)
        inputs["apperance_emb"] = tracklet.appearance[rows]
    if config.appearance_alone:
        inputs["has_appearance"] = seen(tracklet)[:, None].astype(np.float32)
    return inputs


def check_encoder(tracklet: Tracklet, wanted: str | None) -> None:
    """Refuse appearance vectors of another encoder than a model learnt from.

    Args:
        wanted: The encoder of the model's vectors; None where it does not say.

    Raises:
        LartError: The tracklet says that its vectors are another encoder's.
    """
    found = tracklet.provenance.get("appearance")
    if wanted and found and found != wanted:
        raise LartError(
            f"Expected appearance vectors of {wanted!r} in track {tracklet.track_id}, since the "
            f"model learnt from those, but got vectors of {found!r}; process the video anew or "
            "take a pose-only model."
        )


def normalised(
    vector: NDArray[np.float32], mean: NDArray[np.float32], std: NDArray[np.float32]
) -> NDArray[np.float32]:
    """(..., 229) person vectors as the network takes them. Source: the published code's epsilon."""
    return (vector - mean) / (std + np.float32(1e-10))
