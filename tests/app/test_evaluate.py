"""`lart evaluate`: figures, JSON in full precision, and sentences for what is wrong."""

import gzip
import json
from pathlib import Path

import pytest

import analysis
from analysis import ava_label_map, average_precision
from analysis.ava import example, result_set
from analysis.ava.csv_file import to_csv
from app.cli import main
from lart_core.errors import LartError

TRUTH = example.made_up_truth()
SAID = example.made_up_predictions(TRUTH, example.MODELS[0])


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Ground truth, packed predictions, a label map and one excluded timestamp."""
    bare = TRUTH.drop(columns="person_id").assign(score=0)
    found = {name: tmp_path / name for name in ("gt.csv", "pred.csv.gz", "list.pbtxt", "out.csv")}
    found["gt.csv"].write_bytes(to_csv(bare).replace(b",0\n", b"\n"))
    found["pred.csv.gz"].write_bytes(gzip.compress(to_csv(SAID)))
    items = ava_label_map(60).names.items()
    text = "".join(f'item {{\n  name: "{name}"\n  id: {i}\n}}\n' for i, name in items)
    found["list.pbtxt"].write_text(text)
    first = TRUTH.iloc[0]
    found["out.csv"].write_text(f"{first['video']},{first['timestamp']}\n")
    return found


def arguments(files: dict[str, Path], *more: str) -> list[str]:
    return ["evaluate", "--gt", str(files["gt.csv"]), "--pred", str(files["pred.csv.gz"]), *more]


def test_json_has_the_official_names_in_full_precision(
    files: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    labels = ["--labels", str(files["list.pbtxt"]), "--json"]
    assert main(arguments(files, *labels)) == 0
    found = json.loads(capsys.readouterr().out)
    metrics = found["metrics"]
    assert {b["attribute"] for b in found["buckets"]} > {"box size", "people in the picture"}
    assert len(found["errors"]) == 9 and len(found["groups"]) == 3
    bare = TRUTH.drop(columns="person_id")
    expected = average_precision(bare, SAID, ava_label_map(60))
    assert metrics["PascalBoxes_Precision/mAP@0.5IOU"] == expected.mean_ap
    assert metrics["PascalBoxes_PerformanceByCategory/AP@0.5IOU/sit"] == expected.ap[11]
    assert metrics["PascalBoxes_PerformanceByCategory/AP@0.5IOU/swim"] is None
    assert len(metrics) == 61


def test_exclusions_count(files: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    figures = []
    for more in ([], ["--exclude", str(files["out.csv"])]):
        main(arguments(files, "--json", *more))
        figures.append(json.loads(capsys.readouterr().out)["metrics"])
    assert figures[0] != figures[1]


def test_the_table_for_people(files: dict[str, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments(files)) == 0
    written = capsys.readouterr().out
    assert written.startswith("mAP@0.5") and "person interaction" in written and "sit" in written


def test_kept_for_the_app(
    files: dict[str, Path], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments(files, "--keep", "Mine")) == 0
    (kept,) = result_set.sets()
    assert kept.name == "Mine" and kept.id in capsys.readouterr().err


def test_what_cannot_be_judged_is_not_kept(
    files: dict[str, Path], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*tables: object) -> None:
        raise LartError("It fails.")

    monkeypatch.setattr(analysis, "average_precision", fails)
    assert main(arguments(files, "--keep", "Mine")) == 2
    assert result_set.sets() == []


def test_swapped_files_end_in_one_sentence(
    files: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    files["gt.csv"], files["pred.csv.gz"] = files["pred.csv.gz"], files["gt.csv"]
    assert main(arguments(files)) == 2
    assert "swapped" in capsys.readouterr().err
