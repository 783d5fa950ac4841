"""What results mean: AVA files, average precision, verdicts, error types, comparisons, figures."""

from analysis.ava.csv_file import read_exclusions, read_ground_truth, read_predictions
from analysis.ava.evaluator import Evaluation, average_precision
from analysis.ava.label_map import LabelMap, ava_label_map, read_label_map

__all__ = [
    "Evaluation",
    "LabelMap",
    "ava_label_map",
    "average_precision",
    "read_exclusions",
    "read_ground_truth",
    "read_label_map",
    "read_predictions",
]
