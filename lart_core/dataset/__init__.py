"""A data set: one folder that holds the runs of any number of videos, and knows what is done."""

from lart_core.dataset.index import SHARDS, shard_of
from lart_core.dataset.manifest import Line
from lart_core.dataset.share import Share
from lart_core.dataset.status import Status, status
from lart_core.dataset.videoset import Shard, ShardBusy, VideoSet

__all__ = [
    "SHARDS",
    "Line",
    "Shard",
    "ShardBusy",
    "Share",
    "Status",
    "VideoSet",
    "shard_of",
    "status",
]
