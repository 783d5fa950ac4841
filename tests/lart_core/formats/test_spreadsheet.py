"""Text that a spreadsheet would run: made inert in CSV, and read back as it was."""

import csv
import doctest
import io

import pandas as pd
import pytest

from analysis.ava.csv_file import plain_csv, read_ground_truth, to_csv
from lart_core.formats import spreadsheet
from lart_core.formats.spreadsheet import inert, verbatim

RUN = ["=cmd|' /C calc'!A0", "=1+1", "@SUM(1)", "+1+1", "-2+3+cmd|' /C calc'!A0", "\t=1", "\r=1",
       "'=1", "''@x", "-x y"]  # fmt: skip
KEPT = ["-5KQ66BBWC4", "_mAfwH6i90E", "-0.5", "+3", "walk", "it's", "'", "a=b", ""]


@pytest.mark.parametrize("text", RUN)
def test_what_would_be_run_is_inert(text: str) -> None:
    assert inert(text)[0] == "'"
    assert verbatim(inert(text)) == text


@pytest.mark.parametrize("text", KEPT)
def test_ids_numbers_and_words_stay(text: str) -> None:
    assert inert(text) == text == verbatim(text)


def test_avas_files_read_back_as_they_were() -> None:
    videos = ["-5KQ66BBWC4", "=cmd|' /C calc'!A0", "'=x", "walk"]
    rows = [(v, 902.0, 0.1, 0.2, 0.5, 0.75, 12, 1) for v in videos]
    columns = ["video", "timestamp", "x1", "y1", "x2", "y2", "action_id", "person_id"]
    written = to_csv(pd.DataFrame(rows, columns=columns))
    assert not any(row[0].startswith("=") for row in csv.reader(io.StringIO(written.decode())))
    assert read_ground_truth(written)["video"].astype(str).tolist() == videos


def test_tables_for_people_have_inert_text_and_their_own_numbers() -> None:
    table = pd.DataFrame(
        {
            "model": pd.Categorical(["=cmd|x", "pose", "=cmd|x"]),
            "note": ["@x", None, "+1 2"],
            "value": [-0.5, 1.0, -2.0],
            "frame": [-1, 0, 1],
        }
    )
    rows = list(csv.DictReader(io.StringIO(plain_csv(table).decode())))
    assert [row["model"] for row in rows] == ["'=cmd|x", "pose", "'=cmd|x"]
    assert [row["note"] for row in rows] == ["'@x", "", "'+1 2"]
    assert [float(row["value"]) for row in rows] == [-0.5, 1.0, -2.0]
    assert [row["frame"] for row in rows] == ["-1", "0", "1"]


def test_the_examples_run() -> None:
    assert doctest.testmod(spreadsheet).failed == 0
