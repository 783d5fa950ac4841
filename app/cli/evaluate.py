"""`lart evaluate`: AVA's figure for a file of predictions."""

import argparse
import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from lart_core.errors import LartError

if TYPE_CHECKING:
    from analysis import Evaluation


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--gt", type=Path, required=True, help="ground truth, AVA CSV (or .gz)")
    parser.add_argument("--pred", type=Path, required=True, help="predictions, AVA CSV (or .gz)")
    parser.add_argument("--labels", type=Path, help="label map; default: AVA's 60 classes")
    parser.add_argument("--exclude", type=Path, help="excluded timestamps, AVA CSV")
    parser.add_argument("--keep", metavar="NAME", help="also keep the files for the app's pages")
    parser.add_argument("--json", action="store_true", help="figures as JSON, in full precision")


def run(args: argparse.Namespace) -> int:
    """Evaluate; what looks wrong goes to stderr."""
    import analysis
    from analysis.ava import result_set
    from analysis.ava.file_checks import recognise

    label_map = analysis.read_label_map(args.labels) if args.labels else analysis.ava_label_map()
    ground_truth = analysis.read_ground_truth(args.gt)
    predictions = analysis.read_predictions(args.pred)
    excluded = analysis.read_exclusions(args.exclude) if args.exclude else None
    for finding in recognise(ground_truth, predictions, label_map):
        if finding.fatal:
            raise LartError(finding.text)
        print(f"lart evaluate: {finding.text}", file=sys.stderr)
    evaluation = analysis.average_precision(ground_truth, predictions, label_map, excluded)
    if args.json:
        print(json.dumps(_everything(evaluation), indent=1, allow_nan=False))
    else:
        print(_table(evaluation))
    if args.keep:
        set_id = result_set.add(args.keep, predictions, ground_truth, label_map, excluded)
        print(f"lart evaluate: kept as {set_id}", file=sys.stderr)
    return 0


def _everything(evaluation: "Evaluation") -> dict[str, object]:
    """All figures, as JSON knows them: None for what has no ground truth."""
    from analysis.errors.costs import summary, type_costs
    from analysis.errors.sensitivity import sensitivity
    from analysis.errors.verdicts import judge

    verdicts = judge(evaluation)
    errors = summary(verdicts, type_costs(verdicts)).drop(columns="worst_class")
    buckets = sensitivity(verdicts).astype(object)
    return {
        "metrics": {k: None if math.isnan(v) else v for k, v in evaluation.metrics().items()},
        "groups": evaluation.by_group(),
        "errors": errors.to_dict("records"),
        "buckets": buckets.where(buckets.notna(), None).to_dict("records"),
    }


def _table(evaluation: "Evaluation") -> str:
    scored = {i: ap for i, ap in evaluation.ap.items() if not math.isnan(ap)}
    lines = [f"mAP@0.5  {100 * evaluation.mean_ap:6.2f}   ({len(scored)} classes)"]
    lines += [f"  {100 * ap:6.2f}  {group}" for group, ap in evaluation.by_group().items()]
    lines += ["", "    AP     boxes  class"]
    for class_id, ap in sorted(scored.items(), key=lambda item: -item[1]):
        name = evaluation.label_map.names[class_id]
        lines.append(f"{100 * ap:6.2f}  {evaluation.positives[class_id]:8,d}  {name}")
    return "\n".join(lines)
