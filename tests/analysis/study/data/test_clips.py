"""Second-by-second labels as people typed them."""

import pytest

from analysis.study.data.clips import parse_intervals, read_clips
from analysis.study.data.splits import role
from lart_core.errors import LartError


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("Sitting[0 to 1]; Sleeping[2 to 8]", [("Sitting", 0, 1), ("Sleeping", 2, 8)]),
        ("Falling (SW)[1.8 to 5]:; Walking[0 to 1.8]", [("Falling", 1.8, 5), ("Walking", 0, 1.8)]),
        ("Falling (BW[5.9 to 10]", [("Falling", 5.9, 10)]),
        ("Fall (FW)[0 to 3]", [("Falling", 0, 3)]),
        ("Eating[0.9 4.6]", [("Eating", 0.9, 4.6)]),
        ("Standing[2.4 to 3.6; 6.6 to 7.9; Walking[3.6 to 5.2]",
         [("Standing", 2.4, 3.6), ("Standing", 6.6, 7.9)]),
        ("Sitting[9.7 to 3]; Standing [0 to 0.5]", [("Standing", 0, 0.5)]),
        ("Reading; Sitting[0.8 to 8.1]", [("Sitting", 0.8, 8.1)]),
        ("", []),
    ],
)  # fmt: skip
def test_intervals(cell, found):
    assert [tuple(f) for f in parse_intervals(cell)][: len(found)] == found


def test_interval_after_a_missing_bracket_is_not_lost():
    cell = "Standing[2.4 to 3.6; 6.6 to 7.9; Walking[3.6 to 5.2; 7.9 to 9.2]"
    assert ("Walking", 3.6, 5.2) in parse_intervals(cell)


def test_no_such_set(tmp_path):
    with pytest.raises(LartError, match="video sets"):
        list(read_clips(tmp_path, "arid6"))
    (tmp_path / "index.tsv").write_text("file\tlabel\tgroup\na/b.mp4\tx\tg\n")
    with pytest.raises(LartError, match="none"):
        list(read_clips(tmp_path, "arid6"))


def test_ucf101_is_read_as_its_makers_lay_it_out(tmp_path):
    for name in ("PlayingGuitar/v_PlayingGuitar_g07_c02.avi", "Drumming/v_Drumming_g01_c01.avi"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).touch()
    (clip,) = read_clips(tmp_path, "ucf101")
    assert (clip.name, clip.group) == (
        "ucf101/PlayingGuitar/v_PlayingGuitar_g07_c02.avi", "PlayingGuitar_g07",
    )  # fmt: skip
    assert (clip.labels[0][0], role("ucf101", clip.group)) == ("PlayingGuitar", "test")
    with pytest.raises(LartError, match="UCF101"):
        list(read_clips(tmp_path / "Drumming", "ucf101"))
