"""Judge predictions in AVA's CSV layout: mAP@0.5, what each error type costs, the worst failures.

    python examples/03_judge_an_ava_csv.py [GROUND_TRUTH.csv PREDICTIONS.csv]

Without files it writes made-up ones first.
"""

import sys
from pathlib import Path

import analysis
from analysis.ava import example
from analysis.ava.csv_file import to_csv
from analysis.errors.cases import Casebook, case_id
from analysis.errors.costs import summary, type_costs
from analysis.errors.verdicts import judge

if sys.argv[2:]:
    truth_file, predictions_file = Path(sys.argv[1]), Path(sys.argv[2])
else:
    out = Path("out") / "03"
    out.mkdir(parents=True, exist_ok=True)
    truth_file, predictions_file = out / "truth.csv", out / "predictions.csv"
    truth = example.made_up_truth()
    truth_file.write_bytes(to_csv(truth.assign(score=1.0)))
    predictions_file.write_bytes(to_csv(example.made_up_predictions(truth, example.MODELS[0])))

evaluation = analysis.average_precision(
    analysis.read_ground_truth(truth_file),
    analysis.read_predictions(predictions_file),
    analysis.ava_label_map(),
)
print(f"mAP@0.5 {100 * evaluation.mean_ap:.2f}")

verdicts = judge(evaluation)
errors = summary(verdicts, type_costs(verdicts)).sort_values("delta_map", ascending=False)
print("\nmAP that would be won without each type of error:")
for row in errors.itertuples():
    print(f"  {100 * row.delta_map:5.2f}  {row.type} ({row.count} boxes)")

book = Casebook(verdicts)
print("\nThe five costliest failures:")
for row in book.failures.head(5).itertuples():
    print(f"  {100 * row.cost:5.3f}  {book.case(case_id(row.of_truth, row.row)).sentence}")
