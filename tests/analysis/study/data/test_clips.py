"""Second-by-second labels as people typed them."""

import pytest

from analysis.study.data.clips import parse_intervals, read_clips
from analysis.study.data.splits import fold, role
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


def test_hmdb51_is_read_as_its_makers_lay_it_out(tmp_path):
    names = [
        "jump/Documentario_Le_Parkour_Londrina_jump_f_cm_np1_ba_bad_0.avi",
        "jump/Documentario_Le_Parkour_Londrina_jump_f_cm_np1_le_med_1.avi",
        "jump/Documentario_Le_Parkour_Londrina_jump_u_nm_np1_ri_goo_2.avi",  # The third of a film.
        "jump/KUNG_FU_HUSTLE_jump_f_cm_np2_fr_med_0.avi",  # Two people.
        "run/likebeckam_run_f_cm_np1_ri_med_4.avi",
        "smoke/Casino_smoke_h_nm_np1_fr_goo_0.avi",
    ]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = list(read_clips(tmp_path, "hmdb51"))
    assert [clip.name for clip in found] == [f"hmdb51/{names[i]}" for i in (4, 0, 1)]
    assert [clip.group for clip in found[:2]] == ["likebeckam", "Documentario_Le_Parkour_Londrina"]
    assert found[0].labels == (("run", 0.0, float("inf")),)
    with pytest.raises(LartError, match="HMDB51"):
        list(read_clips(tmp_path / "smoke", "hmdb51"))


def test_a_film_of_hmdb51_that_is_called_by_a_number_keeps_it(tmp_path):
    (tmp_path / "walk").mkdir()
    (tmp_path / "walk" / "21_walk_h_cm_np1_fr_med_5.avi").touch()
    assert [clip.group for clip in read_clips(tmp_path, "hmdb51")] == ["21"]


def test_a_third_of_hmdb51s_films_is_tested_on():
    films = [f"film {n}" for n in range(1000)]
    tested = [film for film in films if role("hmdb51", film) == "test"]
    assert 250 < len(tested) < 420
    assert {fold("hmdb51", film) for film in tested} == {0}
    assert (role("hmdb51", "CastAway"), role("hmdb51", "Juno")) == ("test", "train")


def test_a_film_whose_series_teaches_is_not_tested_on():
    parts = ("Fellowship", "Two_Towers", "RETURN_OF_THE_KING", "Return_of_the_King")
    assert len({fold("hmdb51", part) for part in parts}) == 1
    assert {role("hmdb51", part) for part in parts} == {"train", "unused"}
    assert role("hmdb51", "The_Matrix") == role("hmdb51", "goal_2_part") == "unused"


def test_sets_of_elsewhere_are_only_tested_on():
    assert role("weizmann", "daria") == role("urfd", "fall-01") == "test"
    assert role("ut_interaction", "set2_seq15") == "test"
