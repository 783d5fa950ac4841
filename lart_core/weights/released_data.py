"""The archives of LART's released tracklets, by the addresses of its `scripts/download_data.sh`.

Each unpacks by itself into one of three folders; sizes and checksums are published nowhere.
"""

from lart_core.weights.full_system import LART_REPOSITORY, UNSTATED
from lart_core.weights.record import Https, Record

ARCHIVES = {
    "ava_val": ("gqjfd6f4e9lvl76",),
    "ava_train": ("bib5lzrsv7res1b", "79yimgh6pv06krs", "rpvh6h4vzlmf5y4", "11hce70tn6twow7"),
    "kinetics_train": (
        "5khqhta387xmnqu", "mmzspxq3fzbhleg", "6j5eqw9l26iylek", "mo59q8rj72n1o5x",
        "qxvp4x4lfdxdscv", "5c8uv3yyi51w5tq", "xsufg8fvsb631af", "1kwc78seab180qc",
        "suaic1vbsgwkab5", "c6ji8uxo333yus2", "c4rm4v7mcc7har3", "p4n8bszdojmxj1q",
        "60mud6lizsyj0n4",
    ),
}  # fmt: skip
"""Folder -> Dropbox's names of its archives, in order: ``-aa``, ``-ab``, ... where several."""

ABOUT = {
    "ava_val": "AVA's validation films",
    "ava_train": "AVA's training films",
    "kinetics_train": "Kinetics-400's training clips",
}


def _record(folder: str, key: str, part: str) -> Record:
    file = f"{folder}{part}.tar.gz"
    return Record(
        name=f"lart-data-{folder.replace('_', '-')}{part}",
        purpose=f"LART's tracklets with labels and Hiera's appearance: {ABOUT[folder]}",
        filename=file,
        sources=(Https(f"https://www.dropbox.com/s/{key}/{file}?dl=1"),),
        size=None,
        sha256=None,
        licence=UNSTATED,
        licence_url=LART_REPOSITORY,
        folder=folder,
    )


RELEASED_DATA = tuple(
    _record(folder, key, f"-a{chr(ord('a') + number)}" if len(keys) > 1 else "")
    for folder, keys in ARCHIVES.items()
    for number, key in enumerate(keys)
)
