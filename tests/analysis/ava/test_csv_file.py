"""AVA CSVs: every layout in use is read alike; what is not one is refused by row."""

import gzip
import os
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.ava.csv_file import read_exclusions, read_ground_truth, read_predictions, to_csv
from lart_core.errors import LartError

ROWS = "v1,0902,0.1,0.2,0.3,0.4,12,0.5\nv2,0903,0.1,0.2,0.35,0.4,80,0.25\n"
LAYOUTS = {
    "official and SlowFast": ROWS,
    "MMAction2": "v1,902,0.1000,0.2000,0.3000,0.4000,12,0.5000\n"
    "v2,903,0.1000,0.2000,0.3500,0.4000,80,0.2500\n",
    "float seconds": ROWS.replace("0902", "902.000000").replace("0903", "903.0"),
    "Windows line ends, byte order mark": "\ufeff" + ROWS.replace("\n", "\r\n"),
    "header": "video_id,timestamp,x1,y1,x2,y2,action_id,score\n" + ROWS,
    "header in another order": "score,label,video,time,xmin,ymin,xmax,ymax,note\n"
    "0.5,12,v1,902,0.1,0.2,0.3,0.4,hm\n0.25,80,v2,903,0.1,0.2,0.35,0.4,\n",
    "header in another order, floats": "x1,y1,x2,y2,label,video,time,score\n"
    "0.1,0.2,0.3,0.4,12.0,v1,902,0.5\n0.1,0.2,0.35,0.4,80.0,v2,903,0.25\n",
    "header with an index and names of actions": ",action,action_id,video,timestamp,x1,y1,x2,"
    "y2,score\n0,stand,12,v1,902,0.1,0.2,0.3,0.4,0.5\n1,watch,80,v2,903,0.1,0.2,0.35,0.4,0.25\n",
    "names of files": ROWS.replace("v1", "v1.mp4").replace("v2", "v2.MKV"),
    "blanks": ROWS.replace(",", " , "),
    "floats as pandas writes them": ROWS.replace(",12,", ",12.0,").replace(",80,", ",80.0,"),
    "quoted": ROWS.replace("v1", '"v1"').replace("v2", '"v2"'),
}


@pytest.mark.parametrize("text", LAYOUTS.values(), ids=LAYOUTS)
def test_every_layout_is_read_alike(text: str) -> None:
    table = read_predictions(text.encode())
    assert table["video"].astype(str).tolist() == ["v1", "v2"]
    assert table["timestamp"].tolist() == [902.0, 903.0]
    assert table[["x1", "y1", "x2", "y2"]].to_numpy()[1].tolist() == [0.1, 0.2, 0.35, 0.4]
    assert table["action_id"].tolist() == [12, 80]
    assert table["score"].tolist() == [0.5, 0.25]


def test_a_table_that_pandas_wrote_with_empty_keyframes(tmp_path: Path) -> None:
    table = read_predictions(ROWS.encode()).astype({"video": str})
    empty = pd.DataFrame({"video": ["v1", "v3"], "timestamp": [905.0, 906.0]})
    for header in (True, False):
        path = tmp_path / f"{header}.csv.gz"
        whole = pd.concat([table.head(1), empty, table.tail(1)])
        whole.to_csv(path, index=False, header=header)
        read = read_predictions(path)
        assert read["action_id"].tolist() == [12, 80, 0, 0]
        assert read["timestamp"].tolist() == [902, 903, 905, 906]
        assert read["video"].astype(str).tolist() == ["v1", "v2", "v1", "v3"]
        assert read["score"].tolist() == [0.5, 0.25, 0, 0]
        pd.testing.assert_frame_equal(
            read.head(2).astype({"video": str}), table, check_categorical=False
        )


def test_names_that_would_become_one_stay_apart() -> None:
    table = read_predictions(b"v.mp4,1,0,0,1,1,12,0.5\nv.mkv,1,0,0,1,1,12,0.5\n")
    assert sorted(table["video"].astype(str)) == ["v.mkv", "v.mp4"]
    table = read_predictions(b"v.mp4,1,0,0,1,1,12,0.5\nv.mp4 ,1,0,0,1,1,12,0.5\n")
    assert set(table["video"].astype(str)) == {"v"}


def test_a_pipe_is_read_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=lambda: (tmp_path / "pipe").write_bytes(ROWS.encode()))
    writer.start()
    assert len(read_predictions(tmp_path / "pipe")) == 2
    writer.join()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid", "Git-LFS pointer"),
        (b"<html><body>login</body></html>", "web page"),
        (gzip.compress(ROWS.encode())[:-12], "damaged|gzip|Truncated|Could not read"),
        (b"\x93NUMPY\x01\x00", "NumPy array"),
        ("v,1,0,0,1,1,12,0.5\n".encode("utf-16"), "row 1"),
    ],
)
def test_what_is_no_table_at_all(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "p.csv"
    path.write_bytes(content)
    for source in (path, content):
        with pytest.raises(LartError, match=words) as caught:
            read_predictions(source)
        assert "\n" not in str(caught.value)


def test_gz_and_paths(tmp_path: Path) -> None:
    path = tmp_path / "p.csv.gz"
    path.write_bytes(gzip.compress(ROWS.encode()))
    assert read_predictions(path).equals(read_predictions(ROWS.encode()))
    assert read_predictions(path.read_bytes()).equals(read_predictions(ROWS.encode()))


def test_ground_truth_with_and_without_people() -> None:
    assert read_ground_truth(b"v,1,0,0,1,1,12,7\n")["person_id"].tolist() == [7]
    assert "person_id" not in read_ground_truth(b"v,1,0,0,1,1,12\n")


def test_rows_of_two_columns_are_keyframes_without_boxes() -> None:
    table = read_ground_truth(b"v,1\nv,2,0,0,1,1,12\nv,0003\n")
    assert sorted(table["timestamp"]) == [1.0, 2.0, 3.0]
    assert (table["action_id"] == 0).sum() == 2
    assert np.isnan(table.loc[table["action_id"] == 0, "x1"]).all()


def test_written_files_are_read_back() -> None:
    table = read_predictions(ROWS.encode())
    pd.testing.assert_frame_equal(read_predictions(to_csv(table)), table)
    assert to_csv(table).startswith(b"v1,0902,")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("v,1,0,0,1,1,12,0.5\nv,1,0,0,x,1,12,0.5\n", ["row 2", "x2", "'x'"]),
        ("v,1,0,0,1,1,12,0.5\n\nv,1,0,0,1,1,stand,0.5\n", ["row 3", "whole number", "'stand'"]),
        ("v,1,0,0,1,1,,0.5\n", ["row 1", "action_id", "''"]),
        ("v,1,0,0,1,1,12,0.5\nv,1,0,0,1,1,12\n", ["row 2", "7"]),
        ("v,1,0,0,1,1,12.5,0.5\n", ["row 1", "whole number", "'12.5'"]),
        ("v,2,,,,,,\nv,3\nv,1,0,0,1,1,,0.5\n", ["row 3", "whole number", "''"]),
        ("v,2,,,,,,\n\nv,1,0,,1,1,12,0.5\n", ["row 3", "y1", "''"]),
        ("v,2,,,,,,\nv,1,0,0,1,1,12,\n", ["row 2", "score", "''"]),
        ("v,now,0,0,1,1,12,0.5\n", ["seconds", "'now'"]),
        ("v,1,0,0,1,1,2000000000,0.5\n", ["row 1", "0 to 32,767", "'2000000000'"]),
        ("v,2,,,,,,\nv,1,0,0,1,1,32768,0.5\n", ["row 2", "0 to 32,767", "'32768'"]),
        ("v,1,0,0,1,1,3000000000,0.5\n", ["row 1", "0 to 32,767", "'3000000000'"]),
        ("v,1,0,0,1,1,-1,0.5\n", ["row 1", "whole number", "'-1'"]),
        ("score,label,video,time,x1,y1,x2,y2\nnan,12,v,1,0,0,1,1\n", ["row 2", "score"]),
        ("v,1,0,0,1,1,12,nan\n", ["finite", "score"]),
        ("v,1,0\n", ["row 1", "3"]),
        ("video,timestamp,x1,y1,x2\nv,1,0,0,1\n", ["y2", "action_id"]),
        ("", ["no row"]),
        ("v,1\nv,2\n", ["no row"]),
    ],
)
def test_what_does_not_fit_is_said_with_its_row(text: str, words: list[str]) -> None:
    with pytest.raises(LartError) as caught:
        read_predictions(text.encode(), "mine.csv")
    assert all(word in str(caught.value) for word in [*words, "mine.csv"])


def test_ground_truth_that_is_a_file_of_predictions() -> None:
    with pytest.raises(LartError, match="swapped"):
        read_ground_truth(ROWS.encode())


def test_inside_out_ground_truth_is_refused() -> None:
    with pytest.raises(LartError, match="x1 <= x2"):
        read_ground_truth(b"v,1,0.5,0,0.4,1,12\n")


def test_exclusions() -> None:
    table = read_exclusions(b"v,0902\nw,1000\n")
    assert table.to_numpy().tolist() == [["v", 902.0], ["w", 1000.0]]
    with pytest.raises(LartError, match="row 2"):
        read_exclusions(b"v,0902\nw,1000,3\n")


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(LartError, match=r"nothing\.csv"):
        read_predictions("/nowhere/nothing.csv")
