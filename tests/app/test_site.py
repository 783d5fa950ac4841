"""A run as a page without a server: it holds what the app serves, and asks for nothing."""

import base64
import gzip
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.cli import main
from app.site import write_gallery, write_page
from app.storage import catalogue
from app.watch import bodies, scene
from lart_core.errors import LartError
from lart_core.runs.corrections import Corrections, Span
from lart_core.runs.run import Run
from tests.synthetic import make_run


def held(page: str, kind: str) -> dict:
    """The JSON of a script of the page, by its id."""
    found = re.search(rf'<script type="application/json" id="{kind}">(.*?)</script>', page, re.S)
    assert found
    return json.loads(found[1])


def opened(text: str) -> bytes:
    return gzip.decompress(base64.b64decode(text))


def test_a_page_holds_what_the_app_serves(run: Run, tmp_path: Path) -> None:
    write_page(run, tmp_path / "page.html", ["pose", "other"])
    store = held((tmp_path / "page.html").read_text(encoding="utf-8"), "store")
    assert run.player is not None
    assert base64.b64decode(store["video"]) == run.player.read_bytes()
    assert json.loads(opened(store["overlay"][0])) == scene.overlay(run, 0)
    assert json.loads(opened(store["scores"][0])) == scene.scores(run, "pose", "other", 0)
    assert opened(store["poses"][0]) == bodies.poses(run, 0)
    assert opened(store["rest"]["2"]) == bodies.rest(run, 2)
    assert json.loads(opened(store["lanes"]))["bins"] == run.video.frames


def test_a_page_names_no_file_and_no_server(run: Run, tmp_path: Path) -> None:
    write_page(run, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    imports = json.loads(re.search(r'type="importmap">(.*?)</script>', page, re.S)[1])["imports"]
    for address in imports.values():
        source = base64.b64decode(address.partition(",")[2]).decode()
        for name in re.findall(r'from "([^"]+)"', source):
            assert name in imports, f"{name} would be asked for"
    assert set(re.findall(r'(?:src|href)="([^"]+)"', page)) == {
        "data:,",
        "https://arxiv.org/abs/2304.01199",
    }
    assert str(run.path) not in page


def test_names_are_text(run: Run, tmp_path: Path) -> None:
    facts = json.loads((run.path / "run.json").read_text(encoding="utf-8"))
    facts["video"]["name"] = '</script><script>alert("x")</script>'
    (run.path / "run.json").write_text(json.dumps(facts), encoding="utf-8")
    write_page(Run.open(run.path), tmp_path / "page.html")
    assert "<script>alert" not in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_a_gallery_is_a_page_a_run_and_a_first_page(home: Path, run: Run) -> None:
    runs = [run, make_run(home, "second"), make_run(home, "nobody", people=0)]
    write_gallery(runs, home / "gallery")
    names = sorted(path.name for path in (home / "gallery").iterdir())
    assert sum(name.endswith(".html") for name in names) == 4
    first = (home / "gallery" / "index.html").read_text(encoding="utf-8")
    for name in re.findall(r'(?:href|src)="([^":]+)"', first):
        assert name in names
    write_gallery(runs[:1], home / "gallery")
    assert len(list((home / "gallery").glob("*.html"))) == 2


def test_a_card_names_what_home_names(home: Path, run: Run) -> None:
    run.correct(Corrections((Span(1, 47, 0, 89),)))
    (row,) = catalogue.rows(None)[0]
    write_gallery([run], home / "gallery")
    first = (home / "gallery" / "index.html").read_text(encoding="utf-8")
    assert row.top[0] == "put down"
    assert re.search(",\\s*".join(map(re.escape, row.top)), first), first


def test_the_picture_of_a_run_is_where_most_people_are(home: Path) -> None:
    run = make_run(home, "late", fps=10)
    first, second = run.tracklets()
    run.write_tracklets([first, second.between(60, 89)])
    write_gallery([Run.open(run.path)], home / "gallery")
    assert len(list((home / "gallery").glob("*.html"))) == 2


def test_the_length_of_a_run_of_variable_rate_is_that_of_its_times(home: Path) -> None:
    times = np.concatenate([np.arange(60) / 30, 60 + np.arange(60) / 30])
    write_gallery([make_run(home, "varied", frames=120, times=times)], home / "gallery")
    page = (home / "gallery" / "index.html").read_text(encoding="utf-8")
    assert "2 people · 62 s" in page


def test_what_cannot_be_shared_is_said(home: Path, run: Run) -> None:
    (home / "mine").mkdir()
    (home / "mine" / "thesis.txt").write_text("do not lose me")
    with pytest.raises(LartError, match="other files"):
        write_gallery([run], home / "mine")
    with pytest.raises(LartError, match="at least one run"):
        write_gallery([], home / "new")
    with pytest.raises(LartError, match="nobody-model"):
        write_page(run, home / "page.html", ["nobody-model"])
    assert run.player is not None
    run.player.unlink()
    with pytest.raises(LartError, match="none yet"):
        write_page(run, home / "page.html")


def test_from_the_command(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    assert main(["export", str(run.path), "--format", "site", "--out", str(out)]) == 0
    assert held(out.read_text(encoding="utf-8"), "facts")["a"] == run.models()[0]
    out = tmp_path / "gallery"
    assert main(["export-library", str(run.path), "--out", str(out), "--title", "Ours"]) == 0
    assert "<h1>Ours</h1>" in (out / "index.html").read_text(encoding="utf-8")


def test_a_run_anywhere_can_be_a_page(tmp_path: Path, run: Run) -> None:
    """Not only those in the app's folder, which are found by id."""
    moved = run.path.rename(tmp_path / "elsewhere run")
    write_page(replace(run, path=moved), tmp_path / "page.html")
    assert (tmp_path / "page.html").stat().st_size > 100_000
