"""The model files of the full system: all are its authors', none is fetched unasked.

Addresses are those that PHALP, LART, 4D-Humans and Detectron2 name in their code. None of them
publishes a size or checksum beside the file, so both are unknown here.
"""

from lart_core.weights.record import Https, Record, UserFile

PHALP_3D = "https://www.cs.utexas.edu/~pavlakos/phalp/3D"
PHALP_WEIGHTS = "https://www.cs.utexas.edu/~pavlakos/phalp/weights"
PHALP_AVA = "https://www.cs.utexas.edu/~pavlakos/phalp/ava"
LART_AVA = "https://people.eecs.berkeley.edu/~jathushan/projects/phalp/ava"
DETECTRON2 = "https://dl.fbaipublicfiles.com/detectron2"
UNSTATED = "not stated by its authors (LART's repository has no licence file)"
LART_REPOSITORY = "https://github.com/brjathu/LART"
PHALP_LICENCE = "https://github.com/brjathu/PHALP/blob/master/LICENSE"
CC_BY_SA = "https://creativecommons.org/licenses/by-sa/3.0/"


PHALP_CACHE = ".cache/phalp"
HMR2_CACHE = ".cache/4DHumans"
DETECTRON2_CACHES = ("$FVCORE_CACHE/detectron2", ".torch/iopath_cache/detectron2")
"""Where PHALP and LART, 4D-Humans, and Detectron2 keep what they fetched: the last by iopath's
`get_cache_dir`, under the address's own path."""

REGNETY = "new_baselines/mask_rcnn_regnety_4gf_dds_FPN_400ep_LSJ/42045954/model_final_ef3a80.pkl"
VITDET = "ViTDet/COCO/cascade_mask_rcnn_vitdet_h/f328730692/model_final_f05665.pkl"


def _record(
    name: str,
    purpose: str,
    url: str,
    licence: str,
    licence_url: str,
    *elsewhere: str,
    unpacked: str | None = None,
) -> Record:
    return Record(
        name=name,
        purpose=purpose,
        filename=url.rpartition("/")[2].partition("?")[0],
        sources=(Https(url),),
        size=None,
        sha256=None,
        licence=licence,
        licence_url=licence_url,
        unpacked=unpacked,
        elsewhere=elsewhere,
    )


FULL_SYSTEM = (
    _record(
        "detectron2-regnety",
        "finds people and their masks (Mask R-CNN, RegNetY-4gf, 400 epochs, LSJ)",
        f"{DETECTRON2}/{REGNETY}",
        "CC BY-SA 3.0 (Meta)",
        CC_BY_SA,
        *(f"{cache}/{REGNETY}" for cache in DETECTRON2_CACHES),
    ),
    _record(
        "detectron2-vitdet",
        "finds people and their masks, slower and better (Cascade Mask R-CNN, ViTDet-H)",
        f"{DETECTRON2}/{VITDET}",
        "CC BY-SA 3.0 (Meta)",
        CC_BY_SA,
        *(f"{cache}/{VITDET}" for cache in DETECTRON2_CACHES),
    ),
    _record(
        "hmr2",
        "lifts people to SMPL bodies (HMR 2.0b: checkpoint inside an archive)",
        "https://people.eecs.berkeley.edu/~jathushan/projects/4dhumans/hmr2_data.tar.gz",
        "MIT (4D-Humans); SMPL's licence for what derives from it",
        "https://github.com/shubham-goel/4D-Humans/blob/main/LICENSE.md",
        f"{HMR2_CACHE}/logs/train/multiruns/hmr2/0/checkpoints/epoch=35-step=1000000.ckpt",
        f"{HMR2_CACHE}/hmr2_data.tar.gz",
        unpacked="hmr2.ckpt",
    ),
    Record(
        name="smpl-neutral",
        purpose="the official neutral SMPL body, which HMR 2.0's shapes belong to",
        filename="basicModel_neutral_lbs_10_207_0_v1.0.0.pkl",
        sources=(UserFile("https://smplify.is.tue.mpg.de (after registration)"),),
        size=None,
        sha256=None,
        licence="SMPL-Model licence (non-commercial)",
        licence_url="https://smpl.is.tue.mpg.de/modellicense.html",
        elsewhere=(
            f"{HMR2_CACHE}/data/smpl/SMPL_NEUTRAL.pkl",
            f"{PHALP_CACHE}/3D/models/smpl/SMPL_NEUTRAL.pkl",
        ),
    ),
    _record(
        "mvit-config",
        "how MViT-L 40x3 is built and fed",
        f"{LART_AVA}/mvit.yaml",
        UNSTATED,
        LART_REPOSITORY,
        f"{PHALP_CACHE}/ava/mvit.yaml",
    ),
    _record(
        "mvit",
        "appearance vectors and pseudo-labels (MViT-L 40x3, MaskFeat, fine-tuned on AVA)",
        f"{LART_AVA}/mvit.pyth",
        UNSTATED,
        LART_REPOSITORY,
        f"{PHALP_CACHE}/ava/mvit.pyth",
    ),
    _record(
        "lart-config",
        "how the published LART is built",
        f"{LART_AVA}/lart_mvit.config",
        UNSTATED,
        LART_REPOSITORY,
        f"{PHALP_CACHE}/ava/lart_mvit.config",
    ),
    _record(
        "lart",
        "names the actions (LART with pose and appearance, fine-tuned on AVA)",
        f"{LART_AVA}/lart_mvit.ckpt",
        UNSTATED,
        LART_REPOSITORY,
        f"{PHALP_CACHE}/ava/lart_mvit.ckpt",
    ),
    _record(
        "lart-hiera",
        "names the actions (LART with Hiera's appearance of 2,048 numbers, 45.1 mAP on AVA); an "
        "archive, whose .ckpt `lart weights convert` takes",
        "https://www.dropbox.com/s/aja2sfo9ge8hqxf/lart_hiera_001.tar.gz?dl=1",
        UNSTATED,
        LART_REPOSITORY,
    ),
    _record(
        "phalp-mean-std",
        "mean and deviation of person vectors, which LART was trained with",
        f"{PHALP_3D}/mean_std.npy",
        "MIT (PHALP)",
        PHALP_LICENCE,
        f"{PHALP_CACHE}/3D/mean_std.npy",
    ),
    _record(
        "joint-regressor",
        "19 of PHALP's 45 joints, from the surface of SMPL's body",
        f"{PHALP_3D}/SMPL_to_J19.pkl",
        "MIT (PHALP); SMPL's licence for what derives from it",
        PHALP_LICENCE,
        f"{PHALP_CACHE}/3D/SMPL_to_J19.pkl",
        f"{HMR2_CACHE}/data/SMPL_to_J19.pkl",
    ),
    _record(
        "ava-class-mapping",
        "in which order the published LART names its 60 actions",
        f"{PHALP_AVA}/ava_class_mappping.pkl",
        "MIT (PHALP)",
        PHALP_LICENCE,
        f"{PHALP_CACHE}/ava/ava_class_mapping.pkl",
    ),
    _record(
        "hmar",
        "PHALP's own appearance in tracking (HMAR v2)",
        f"{PHALP_WEIGHTS}/hmar_v2_weights.pth",
        "MIT (PHALP)",
        PHALP_LICENCE,
        f"{PHALP_CACHE}/weights/hmar_v2_weights.pth",
    ),
    _record(
        "pose-predictor-config",
        "how PHALP's pose predictor is built",
        f"{PHALP_WEIGHTS}/config_40006.yaml",
        "MIT (PHALP)",
        PHALP_LICENCE,
        f"{PHALP_CACHE}/weights/pose_predictor.yaml",
    ),
    _record(
        "pose-predictor",
        "predicts unseen people's poses in tracking (PHALP)",
        f"{PHALP_WEIGHTS}/pose_predictor_40006.ckpt",
        "MIT (PHALP)",
        PHALP_LICENCE,
        f"{PHALP_CACHE}/weights/pose_predictor.pth",
    ),
)
