"""LART's released tracklets: a folder of .pkl files, one person each, with labels inside.

Layout: DATASET.md and `phalp_action_datatset.py` of the published code.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lart_core.ava_labels import ava_actions
from lart_core.errors import LartError
from lart_core.formats.lart_names import RATE
from lart_core.model.config import JOINTS_VECTOR, LARTConfig
from lart_core.model.inputs import Inputs
from lart_core.motion.rate import SAME
from lart_core.tracklet.person_vector import PERSON_VECTOR
from lart_core.training.track import LabelledTrack
from lart_core.untrusted import joblib_pickle

PSEUDO, GROUND_TRUTH = 1, 2
"""Values of `has_gt`; 0 is a frame without label."""
LOOKED_AT = 16
"""Tracklets that are opened to see how long appearance vectors are."""


class LartFolder(Sequence[LabelledTrack]):
    """The tracklets of a folder, each read by the allow-list when it is asked for.

    Files are named ``<video>_<track id>_<frames>.pkl``. Labels and appearance are kept once for
    several frames, under the frame's `apperance_index` (-1 for none).

    Attributes:
        videos: Name of each track's video.
        spans: None; only the files know.

    Raises:
        LartError: There are no such files, or the model counts joints in another order than these.
    """

    spans = None

    def __init__(
        self, path: Path, config: LARTConfig, wanted: Sequence[int], fps: float | None = None
    ) -> None:
        if fps is not None and abs(fps / RATE - 1) >= SAME:
            raise LartError(
                f"Expected a model of {RATE} frames a second for LART's .pkl files, but this one "
                f"sees {fps:g}; make a set of them (`lart dataset import`), and train on that."
            )
        self._files = sorted(path.glob("*.pkl"))
        if not self._files:
            raise LartError(
                f"Expected tracklets to train on in {path}: a set of ours with its labels, or "
                f"LART's .pkl files."
            )
        if config.joints_layers and config.joints_order != "phalp":
            raise LartError(
                "Expected a model that takes joints in PHALP's order, since LART's .pkl files hold "
                "them so; take the published network or leave the joints out."
            )
        self._config, self._columns = config, np.array(wanted) - 1
        self.videos = [file.stem.rsplit("_", 2)[0] for file in self._files]
        self.keyframes: list[int | None] = [None] * len(self._files)

    @staticmethod
    def known_ids(_path: Path) -> tuple[int, ...]:
        """AVA ids that the published head is trained for: the 60 that are evaluated."""
        return tuple(i for i, action in ava_actions().items() if action.evaluated)

    @staticmethod
    def appearance_size(path: Path) -> int:
        """Length of the appearance vectors in the first of the files that have some, or 0."""
        for file in sorted(path.glob("*.pkl"))[:LOOKED_AT]:
            content = joblib_pickle.load(file)
            vectors = content.get("apperance_dict") if isinstance(content, Mapping) else None
            for vector in vectors.values() if isinstance(vectors, Mapping) else ():
                return int(np.size(vector))
        return 0

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, row: int) -> LabelledTrack:  # type: ignore[override]
        file = self._files[row]
        content = joblib_pickle.load(file)
        try:
            return self._track(content, self.videos[row], file.name)
        except (KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
            raise LartError(
                f"Expected LART's tracklet layout in {file.name}, but {type(error).__name__}: "
                f"{error}."
            ) from None

    def _track(self, content: Mapping[str, Any], video: str, name: str) -> LabelledTrack:
        vector = np.asarray(content["pose_shape"], np.float32).reshape(-1, PERSON_VECTOR)
        count = len(vector)
        index = np.asarray(content["apperance_index"]).reshape(count).astype(int)
        inputs: Inputs = {
            "pose_shape": vector,
            "has_detection": np.asarray(content["has_detection"], np.float32).reshape(count, 1),
        }
        if self._config.joints_layers:
            joints = np.asarray(content["3d_joints"], np.float32).reshape(count, 45, 3)
            camera = np.asarray(content["camera"], np.float32).reshape(count, 1, 3)
            inputs["joints_3D"] = (joints + camera).reshape(count, JOINTS_VECTOR)
        if self._config.appearance_size:
            size, vectors = self._config.appearance_size, content["apperance_dict"]
            if wrong := {np.size(vector) for vector in vectors.values()} - {size}:
                raise LartError(
                    f"Expected appearance vectors of {size} numbers in {name}, since the model "
                    f"looks at them, but got {wrong.pop()}; take a model for such vectors, or a "
                    f"pose-only one."
                )
            inputs["apperance_emb"] = _indexed(vectors, index, size)
            if self._config.appearance_alone:
                inputs["has_appearance"] = inputs["has_detection"] * (index[:, None] >= 0)
        source = np.asarray(content["has_gt"]).reshape(count)
        target = _indexed(content["action_label_psudo"], index, len(ava_actions()))
        truth = np.asarray(content["action_label_gt"], np.float32).reshape(target.shape)
        target[source == GROUND_TRUTH] = truth[source == GROUND_TRUTH]
        target[(source != PSEUDO) & (source != GROUND_TRUTH)] = np.nan
        first = int(np.asarray(content["fid"]).reshape(count)[0])
        return LabelledTrack(video, first, inputs, target[:, self._columns], source == GROUND_TRUTH)


def _indexed(vectors: Mapping[Any, Any], index: NDArray[np.int_], size: int) -> NDArray[np.float32]:
    """(T, size) the vector of each frame's index; zeros where that is -1."""
    values = np.zeros((len(index), size), np.float32)
    for key in set(index.tolist()) - {-1}:
        values[index == key] = np.asarray(vectors[key], np.float32).reshape(size)
    return values
