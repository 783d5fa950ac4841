"""Settings: one list of names, ranges and words."""

import doctest
import json
from dataclasses import asdict, fields
from pathlib import Path

import pytest

from lart_core import presets, settings
from lart_core.errors import LartError
from lart_core.settings import Settings, comparable


def test_the_examples_run() -> None:
    assert doctest.testmod(settings).failed == 0


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"crowd_tile": 2},
            r"Expected a setting \(detector_score, .*box_score\), but got 'crowd_t",
        ),
        ({"crowd_tiles": "two"}, "Expected a whole number for crowd_tiles, but got 'two'"),
        ({"crowd_tiles": 1.5}, "Expected a whole number for crowd_tiles, but got '1.5'"),
        ({"crowd_tiles": True}, "Expected a whole number"),
        ({"crowd_tiles": 9}, "Expected crowd_tiles from 1 to 4, but got 9"),
        ({"box_score": "nan"}, "Expected box_score from 0 to 1"),
        ({"track_life": "inf"}, "Expected track_life from 0.01 to 600"),
        ({"detector_score": None}, "Expected a number for detector_score"),
    ],
)
def test_what_is_wrong_is_one_sentence(given: dict[str, object], words: str) -> None:
    with pytest.raises(LartError, match=words):
        Settings.of(given)


def test_every_setting_is_explained_and_its_default_is_in_its_range() -> None:
    for each in fields(Settings):
        assert each.metadata["help"].endswith(".")
        assert each.metadata["only"] in ("", *presets.PRESETS)
    assert Settings.of({}) == Settings()


@pytest.mark.parametrize("text", ["- a\n- b\n", "crowd_tiles", "a: [", "\x00", "1: 2\n"])
def test_a_file_that_is_none_is_a_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(LartError, match=r"a\.yaml"):
        Settings.read(tmp_path / "a.yaml")
    with pytest.raises(LartError, match="Could not read"):
        Settings.read(tmp_path / "b.yaml")


def test_a_setting_of_another_preset_is_refused() -> None:
    Settings(crowd_tiles=2).check("light")
    Settings(track_life=9).check("full")
    with pytest.raises(LartError, match="crowd_tiles is one of the preset light, not of full"):
        presets.load("full", Settings(crowd_tiles=2))


def test_the_light_preset_is_built_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    from lart_core.perception.embedded import backends

    built = []
    monkeypatch.setattr(backends, "detector", lambda *given: built.append(given))
    monkeypatch.setattr(backends, "BlazePoseEstimator", lambda threads: threads)
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    presets.load("light")
    presets.load("embedded", Settings(0.4, 512, 3, 1))
    assert built == [(4, 384, 1, 0.2), (1, 512, 3, 0.4)]


def test_runs_of_older_versions_have_the_defaults() -> None:
    old = {"preset": "embedded", "boxes": None}
    new = {"preset": "light", "boxes": None, "options": asdict(Settings(threads=7))}
    assert comparable(old, "light") == comparable(json.loads(json.dumps(new)), "light")
    other = new | {"options": asdict(Settings(crowd_tiles=2))}
    assert comparable(old, "light") != comparable(other, "light")
