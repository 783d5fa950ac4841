"""What people corrected: ground truth in AVA's layout, and data to train on."""

from functools import partial
from pathlib import Path

from analysis.exports.format import Format, Report, Wish, folder_or_zip


def _ava(wish: Wish, path: Path, report: Report) -> None:
    from analysis.ava.csv_file import to_csv
    from analysis.runs.corrections import truth_table

    path.write_bytes(to_csv(truth_table(wish.run, begins_at=wish.begins_at)))


def _labels(wish: Wish, path: Path, report: Report) -> None:
    """A folder that `lart train --data` takes, or that folder as a zip."""
    from lart_core.training.corrected import write_labelled

    folder_or_zip(path, partial(write_labelled, wish.run))


FORMATS = (
    Format("corrections", "Corrections as ground truth in AVA's layout (CSV)", ".csv",
           ("begins_at",), _ava, quick=True, corrected=True),
    Format("labels", "Corrected people with labels for lart train (zip)", ".zip", (), _labels,
           corrected=True, folder=True),
)  # fmt: skip
