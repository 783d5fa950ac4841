"""`lart import` and `lart export`: runs out of other people's files, and the other way."""

from dataclasses import replace

import joblib
import numpy as np
import pyarrow.parquet as pq
import pytest

from app.cli import main
from lart_core.formats.lart import to_lart
from lart_core.formats.lart_names import file_name
from lart_core.formats.phalp import to_phalp
from lart_core.runs.actions import Actions, PersonActions
from lart_core.runs.run import Run
from lart_core.video import write_player


@pytest.fixture
def run(tmp_path, make):
    """A run of two people and one model."""
    people = [make(1, frames=70), make(2, frames=80, first=10)]
    run = Run.create(tmp_path / "run", people[0].video, source="street.mp4", settings={})
    run.write_tracklets(people)
    said = {t.track_id: PersonActions(t.frame, np.full((len(t), 2), 0.25, "f4")) for t in people}
    run.write_actions(Actions("m", (12, 14), said))
    return run


@pytest.mark.parametrize("layout", ["phalp", "lart"])
def test_there_and_back(run, tmp_path, layout, same, capsys):
    there, back = tmp_path / f"out.{layout}", tmp_path / "back"
    there = there.with_suffix(".pkl") if layout == "phalp" else there
    assert main(["export", str(run.path), "--format", layout, "--out", str(there)]) == 0
    assert main(["import", str(there), "--out", str(back)]) == 0
    assert "2 people" in capsys.readouterr().out
    opened = Run.open(back)
    assert opened.video == run.video
    for got, want in zip(opened.tracklets(), run.tracklets(), strict=True):
        same(got, want if layout == "phalp" else replace(want, mask=None))


def test_parquet_and_npz_hold_every_number(run, tmp_path):
    for layout in ("parquet", "npz"):
        out = tmp_path / f"out.{layout}"
        assert main(["export", str(run.path), "--format", layout, "--out", str(out)]) == 0
    person = run.tracklets()[1]
    table = pq.read_table(tmp_path / "out.parquet").filter(
        pq.read_table(tmp_path / "out.parquet")["track_id"].to_numpy() == 2
    )
    poses = np.stack(table["body_pose"].to_numpy(zero_copy_only=False)).reshape(-1, 23, 3, 3)
    np.testing.assert_array_equal(poses, person.body_pose)
    np.testing.assert_array_equal(table["frame"].to_numpy(), person.frame)
    with np.load(tmp_path / "out.npz", allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["2/joints"], person.joints)
        np.testing.assert_array_equal(arrays["2/appearance"], person.appearance)


def test_csv_has_avas_columns(run, tmp_path):
    out = tmp_path / "out.csv"
    assert main(["export", str(run.path), "--format", "csv", "--out", str(out)]) == 0
    rows = [line.split(",") for line in out.read_text().splitlines()]
    assert rows and all(len(row) == 8 and row[0] == "street" for row in rows)
    assert {row[6] for row in rows} == {"12", "14"}
    assert all(float(row[7]) == pytest.approx(0.25, abs=1e-4) for row in rows)


def test_the_video_gives_facts_and_a_player_copy(tmp_path, make, capsys):
    person = make(1, frames=20, first=0)
    picture = np.full((480, 640, 3), 90, np.uint8)
    write_player(tmp_path / "film.mp4", [picture] * 25, 30)
    write_player(tmp_path / "slow.mp4", [picture] * 25, 25)
    data = to_lart(person)
    del data["lart_lens"], data["lart_lens_joints"]
    joblib.dump(data, tmp_path / file_name(person))
    command = ["import", str(tmp_path / file_name(person)), "--out", str(tmp_path / "run")]
    assert main([*command, "--video", str(tmp_path / "slow.mp4")]) == 2
    assert "Expected a film of 30 frames a second" in capsys.readouterr().err
    assert main([*command, "--video", str(tmp_path / "film.mp4")]) == 0
    made = Run.open(tmp_path / "run")
    assert made.begins_at == 900 and made.least_score == 0.8
    assert made.video.fps == 30 and made.video.name == "film.mp4" and made.player is not None
    assert made.tracklets()[0].video == made.video


def test_another_video_and_a_full_folder_are_refused(tmp_path, make, capsys):
    joblib.dump(to_phalp([make(1)]), tmp_path / "a.pkl")
    write_player(tmp_path / "film.mp4", [np.zeros((120, 160, 3), np.uint8)] * 5, 25)
    command = ["import", str(tmp_path / "a.pkl"), "--out", str(tmp_path / "run")]
    assert main([*command, "--video", str(tmp_path / "film.mp4")]) == 2
    assert "160x120" in capsys.readouterr().err and not (tmp_path / "run").exists()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "notes.txt").write_text("mine")
    assert main(command) == 2
    assert [p.name for p in (tmp_path / "run").iterdir()] == ["notes.txt"]


def test_csv_of_a_run_without_actions_is_a_sentence(tmp_path, make, capsys):
    run = Run.create(tmp_path / "run", make(1).video, source="x", settings={})
    run.write_tracklets([make(1)])
    command = ["export", str(run.path), "--format", "csv", "--out", str(tmp_path / "a.csv")]
    assert main(command) == 2
    assert "model" in capsys.readouterr().err
