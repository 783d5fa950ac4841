"""The full system: Detectron2, HMR 2.0, MViT-L and the published LART, as one set of backends."""

from lart_core import body, weights
from lart_core.perception.published.detectron2_detector import Detectron2Detector
from lart_core.perception.published.detectron2_models import build
from lart_core.perception.published.hmar import load_hmar
from lart_core.perception.published.hmar_appearance import HMARAppearance
from lart_core.perception.published.hmr2 import load_hmr2
from lart_core.perception.published.hmr2_estimator import HMR2Estimator
from lart_core.perception.published.mvit import load_mvit
from lart_core.perception.published.mvit_appearance import MViTAppearance
from lart_core.presets.backends import Backends, TrackingModels
from lart_core.presets.full.budget import batches, gpu_memory
from lart_core.presets.full.files import (
    PREDICTOR,
    at_hand,
    hmr2_checkpoint,
    lart_checkpoint,
    pose_predictor,
    read_joint_regressor,
    require_ava_classes,
    smpl_file,
)


def load(
    detector: str = "regnety", max_gpu_memory: float | None = None, min_score: float = 0.8
) -> Backends:
    """Build everything from the files under ``LART_HOME/weights``.

    On a GPU the networks of bodies and appearance compute in half precision. What PHALP's tracker
    compares beside bodies is built where its files are at hand.

    Args:
        detector: One of Detectron2's networks (`detectron2_models.MODELS`).
        max_gpu_memory: Bytes; by default all that the GPU has free.
        min_score: People whom the detector scores lower are left out.

    Raises:
        LartError: A file is missing or does not fit; nothing is downloaded.
    """
    memory = gpu_memory(max_gpu_memory)
    device = "cpu" if memory is None else "cuda"
    size = batches(memory, detector)
    require_ava_classes(weights.path("mvit-config"))
    net, picture = build(detector, weights.path(f"detectron2-{detector}"))
    return Backends(
        Detectron2Detector(net, picture, min_score, device, size.frames),
        HMR2Estimator(
            load_hmr2(hmr2_checkpoint()),
            body.load(smpl_file()),
            device=device,
            batch=size.crops,
            regressor=read_joint_regressor(weights.path("joint-regressor"))
            if at_hand("joint-regressor")
            else None,
        ),
        MViTAppearance(
            load_mvit(weights.path("mvit-config"), weights.path("mvit")), device, size.clips
        ),
        {"lart-published": lart_checkpoint()},
        TrackingModels(
            HMARAppearance(load_hmar(weights.path("hmar")), device) if at_hand("hmar") else None,
            pose_predictor() if at_hand(*PREDICTOR) else None,
        ),
    )
