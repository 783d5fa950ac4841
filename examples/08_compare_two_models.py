"""Compare two models on AVA's CSVs: differences with 95 % intervals by bootstrapping over videos.

    python examples/08_compare_two_models.py [GROUND_TRUTH.csv A.csv B.csv]

Without files it compares two made-up models.
"""

import sys
from pathlib import Path

import analysis
from analysis.ava import example
from analysis.errors.comparison import compare
from analysis.errors.verdicts import judge

if sys.argv[3:]:
    truth = analysis.read_ground_truth(Path(sys.argv[1]))
    both = [analysis.read_predictions(Path(name)) for name in sys.argv[2:4]]
else:
    made_up = example.made_up_truth()
    truth = made_up.drop(columns="person_id")
    both = [example.made_up_predictions(made_up, m, i) for i, m in enumerate(example.MODELS, 1)]

labels = analysis.ava_label_map()
a, b = (judge(analysis.average_precision(truth, predictions, labels)) for predictions in both)
comparison = compare(a, b)
for row in comparison.overall.itertuples():
    print(
        f"{row.name:20} A {100 * row.a:6.2f}   B {100 * row.b:6.2f}   "
        f"B - A {100 * row.difference:+6.2f}  [{100 * row.low:+.2f}, {100 * row.high:+.2f}]"
    )
