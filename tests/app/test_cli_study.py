"""`lart study build`: names of sets are checked before anything is built."""

import pytest

from app.cli import main


def test_a_set_that_the_study_does_not_know_is_named_before_anything_is_built(tmp_path, capsys):
    command = ["study", "build", str(tmp_path), "--out", str(tmp_path / "out")]
    assert main([*command, "--only", "cdta", "nw_ucal"]) == 2
    said = capsys.readouterr().err
    assert "nw_ucal" in said and "nw_ucla" in said
    assert not (tmp_path / "out").exists()


def test_a_grid_of_a_folder_without_sets_is_refused_in_a_sentence(tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["study", "run", str(tmp_path / "NOTHERE"), "--out", str(out)]) == 2
    assert "NOTHERE holds none of its sets" in capsys.readouterr().err


def test_a_grid_of_no_models_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["study", "run", str(tmp_path), "--out", str(tmp_path), "--seeds", "0"])
    assert "--seeds: expected a whole number from 1" in capsys.readouterr().err


@pytest.mark.parametrize("source", ["nw_ucla", "weizmann"])
def test_a_set_that_is_not_there_is_said(source, tmp_path, capsys):
    assert main(["study", "build", str(tmp_path), "--out", str(tmp_path), "--only", source]) == 2
    assert str(tmp_path) in capsys.readouterr().err
