"""A network small enough for tests."""

from lart_core.perception.published.mvit_config import MViTConfig

TINY = MViTConfig(
    frames=4,
    crop_size=32,
    dim=8,
    heads=1,
    depth=2,
    dim_mul=((1, 2.0),),
    head_mul=((1, 2.0),),
    q_stride=((0, (1, 1, 1)), (1, (1, 2, 2))),
    kv_stride=(1, 2, 2),
    classes=5,
    scale_factor=8,
)
