"""Result sets: predictions with their ground truth, kept as Parquet under LART_HOME.

A set is a folder ``$LART_HOME/results/<id>``: set.json, predictions.parquet, ground_truth.parquet
and, where given, excluded.parquet. The id is made of the name and the content, so that the same
files opened twice are one set, and links to it stay true.
"""

import hashlib
import json
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from analysis.labelmap import LabelMap
from analysis.recognise import recognise
from lart_core.errors import LartError
from lart_core.files import replacing
from lart_core.home import lart_home

FORMAT = "lart-lens results 1"
SET_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,80}")


@dataclass(frozen=True, eq=False)
class ResultSet:
    """Predictions and the ground truth that they are judged against.

    Attributes:
        id: What links carry.
        name: What people read.
        predictions, ground_truth, excluded: Tables as `analysis.ava_csv` reads them.
        label_map: The classes that count.
        notes: What was found odd when the files were opened.
        made_up: Whether the set is the example that a programme drew.
    """

    id: str
    name: str
    predictions: pd.DataFrame
    ground_truth: pd.DataFrame
    excluded: pd.DataFrame | None
    label_map: LabelMap
    notes: list[str] = field(default_factory=list)
    made_up: bool = False


@dataclass(frozen=True)
class SetFacts:
    """One line of the list of result sets: id, name, made_up, and `truth`, which is the same for
    sets on the same ground truth and classes."""

    id: str
    name: str
    made_up: bool
    truth: str


def folder() -> Path:
    """Where the result sets of this machine lie."""
    return lart_home() / "results"


def add(
    name: str,
    predictions: pd.DataFrame,
    ground_truth: pd.DataFrame,
    label_map: LabelMap,
    excluded: pd.DataFrame | None = None,
    *,
    made_up: bool = False,
) -> str:
    """Check a set, keep it, and return its id.

    Raises:
        LartError: The files cannot belong together; the message says which of the usual mistakes
            it looks like.
    """
    findings = recognise(ground_truth, predictions, label_map)
    for finding in findings:
        if finding.fatal:
            raise LartError(finding.text)
    classes = json.dumps([label_map.names, label_map.groups], sort_keys=True)
    truth = _digest([ground_truth, *([] if excluded is None else [excluded])], classes)
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:50] or "set"
    set_id = f"{slug}-{_digest([predictions], truth)}"
    facts = {
        "format": FORMAT,
        "name": name,
        "made_up": made_up,
        "truth": truth,
        "notes": [finding.text for finding in findings],
        "classes": {str(i): [n, label_map.groups[i]] for i, n in label_map.names.items()},
    }
    with replacing(folder() / set_id) as made:
        made.mkdir()
        predictions.to_parquet(made / "predictions.parquet", index=False)
        ground_truth.to_parquet(made / "ground_truth.parquet", index=False)
        if excluded is not None:
            excluded.to_parquet(made / "excluded.parquet", index=False)
        (made / "set.json").write_text(json.dumps(facts, indent=1), encoding="utf-8")
    return set_id


def open_set(set_id: str) -> ResultSet:
    """Open a set by its id.

    Raises:
        LartError: There is none of that id, or its files are damaged.
    """
    path = folder() / set_id
    facts = _facts(path) if SET_ID.fullmatch(set_id) else None
    if facts is None:
        raise LartError(
            f"There is no result set {set_id[:80]!r} on this machine; open its files on "
            "AVA results."
        )
    try:
        excluded = path / "excluded.parquet"
        return ResultSet(
            set_id,
            facts["name"],
            pd.read_parquet(path / "predictions.parquet"),
            pd.read_parquet(path / "ground_truth.parquet"),
            pd.read_parquet(excluded) if excluded.exists() else None,
            LabelMap(
                {int(i): name for i, (name, _) in facts["classes"].items()},
                {int(i): group for i, (_, group) in facts["classes"].items()},
            ),
            facts["notes"],
            facts["made_up"],
        )
    except (OSError, pa.ArrowException, KeyError, ValueError) as error:
        raise LartError(
            f"The result set {facts['name']!r} is damaged ({error}); open its files again."
        ) from None


def sets() -> list[SetFacts]:
    """Every set of this machine, the latest first; damaged folders are left out."""
    found = []
    for path in folder().glob("*/set.json"):
        facts = _facts(path.parent)
        if facts is not None:
            one = SetFacts(path.parent.name, facts["name"], facts["made_up"], facts["truth"])
            found.append((path.stat().st_mtime, one))
    return [one for _, one in sorted(found, key=lambda pair: -pair[0])]


def remove(set_id: str) -> None:
    """Delete a set; the files that it was made of stay where they are."""
    if SET_ID.fullmatch(set_id):
        shutil.rmtree(folder() / set_id, ignore_errors=True)


def _facts(path: Path) -> dict[str, Any] | None:
    try:
        facts = json.loads((path / "set.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return facts if isinstance(facts, dict) and facts.get("format") == FORMAT else None


def _digest(tables: list[pd.DataFrame], text: str) -> str:
    digest = hashlib.sha256(text.encode())
    for table in tables:
        plain = table.astype({"video": str})
        digest.update(pd.util.hash_pandas_object(plain, index=False).to_numpy().tobytes())
    return digest.hexdigest()[:10]
