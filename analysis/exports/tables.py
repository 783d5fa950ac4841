"""What models say, as tables: AVA's CSV at keyframes, or every probability."""

from pathlib import Path
from typing import TYPE_CHECKING

from analysis.exports.format import Format, Report, Wish
from lart_core.errors import LartError

if TYPE_CHECKING:
    import pandas as pd


def _ava(wish: Wish, path: Path, report: Report) -> None:
    from analysis.ava.csv_file import to_csv
    from analysis.runs.ava_predictions import predictions_of_run

    if wish.model is None:
        raise LartError("Expected a model whose actions are written, but this run has none.")
    path.write_bytes(to_csv(predictions_of_run(wish.run, wish.model, begins_at=wish.begins_at)))


def _csv(wish: Wish, path: Path, report: Report) -> None:
    from analysis.ava.csv_file import plain_csv

    table = _probabilities(wish)
    table["seconds"] = table["seconds"].map("{:.4f}".format)  # Five digits are too few of an hour.
    path.write_bytes(plain_csv(table, float_format="%.5g"))


def _parquet(wish: Wish, path: Path, report: Report) -> None:
    _probabilities(wish).to_parquet(path, index=False)


def _probabilities(wish: Wish) -> "pd.DataFrame":
    import pandas as pd

    from analysis.runs.probabilities import table

    if not wish.chosen:
        raise LartError("Expected a model whose probabilities are written, but this run has none.")
    video = wish.run.video
    tables = [table(wish.run.actions_of_people(model), video) for model in wish.chosen]
    return pd.concat(tables, ignore_index=True)


FORMATS = (
    Format("actions-csv", "Probabilities of every frame (CSV)", ".csv", ("models",), _csv),
    Format(
        "actions-parquet", "Probabilities of every frame (Parquet)", ".parquet", ("models",),
        _parquet,
    ),
    Format("ava", "Predictions at keyframes in AVA's layout (CSV)", ".csv", ("models", "begins_at"),
           _ava, one_model=True),
)  # fmt: skip
