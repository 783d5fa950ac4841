"""Names, labels and messages are text on every page: nothing in them is Markdown or a link."""

import re
from pathlib import Path

import plotly.graph_objects as go
import pytest
from streamlit.testing.v1 import AppTest

from app import jobs, spaces
from app.jobs import table
from app.pages import __file__ as pages
from app.server import __file__ as server
from app.storage import notes
from app.ui import chart, theme
from lart_core.runs.corrections import Corrections, Span
from lart_core.runs.run import Run
from tests.app.spaces import opened

HOSTILE = "![x](http://a.example/b.png) <img src=x> :red[$x$] [y](https://a.example) `c` **b**"
MAIN = Path(server).with_name("main.py")


def show(page: str) -> AppTest:
    test = AppTest.from_file(str(MAIN), default_timeout=60)
    test.switch_page(str(Path(pages).with_name(f"{page}.py")))
    return test.run()


def written(test: AppTest) -> str:
    parts = [*test.title, *test.header, *test.subheader, *test.markdown, *test.caption, *test.error]
    return "\n".join(str(part.value) for part in parts)


@pytest.mark.parametrize("page", ["home", "jobs"])
def test_a_job_of_a_hostile_name(run: Run, page: str) -> None:
    job = jobs.add("video", f"Video {HOSTILE}", upload="walk-00000000", settings={})
    table.save(job, state="failed", error=f"It failed: {HOSTILE}", ended=job.created)
    notes.rename("synthetic", HOSTILE[:100])
    test = show(page)
    assert not test.exception
    said = re.sub(r"\\.", "", written(test))  # without what is escaped
    assert "It failed" in said
    assert not re.search(r"\]\(|<img|:red\[|\$x|`c`|https?:", said), said


def test_a_sentence_of_a_form_is_text(home: Path) -> None:
    def script(words: str) -> None:
        from app.ui import errors
        from lart_core.errors import LartError

        with errors.said_here():
            raise LartError(f"Expected a video, but got {words}.")

    test = AppTest.from_function(script, args=(HOSTILE,)).run()
    assert [error.value for error in test.error] == [
        theme.plain(f"Expected a video, but got {HOSTILE}.")
    ]


def test_what_an_import_is_refused_for_is_text(home: Path) -> None:
    test = show("home")
    (field,) = [each for each in test.text_input if each.label.startswith("Or a file or folder")]
    field.set_value("/nope/*b*[y](https://a.example)")
    (button,) = [each for each in test.button if each.label == "Import"]
    button.click().run()
    (said,) = [error.value for error in test.error]
    assert "no file or folder" in said and "\\*b\\*\\[y\\]" in said


def test_the_only_corrected_video_of_a_hostile_name(run: Run) -> None:
    run.correct(Corrections((Span(1, 12, 0, 40),)))
    notes.rename("synthetic", HOSTILE[:100])
    (said,) = [info.value for info in show("models").info]
    assert theme.plain(HOSTILE[:100]) in said


def test_a_file_of_a_hostile_name_in_a_run(run: Run) -> None:
    (run.path / "**b** :red[x].txt").touch()
    (run.path / "layers").mkdir()
    named = list(show("files").table[0].value.index)
    assert theme.plain("**b** :red[x].txt") in named
    assert {"run.json", "layers/"} <= set(named)


def test_plain_text_stays_what_it_is() -> None:
    assert theme.plain("my clip (2).mp4") == "my clip (2).mp4"
    assert theme.plain("a\n# b") == r"a \# b"
    assert theme.plain("1. one").replace("\u2060", "") == "1. one"
    assert "http:" not in theme.plain("see http://a.example")
    assert "www." not in theme.plain("www.a.example")


def test_no_link_in_a_figure() -> None:
    figure = go.Figure(go.Bar(x=[1, 2], y=['<a href="https://a.example">run</a>', "walk"]))
    figure.update_layout(title="<b>ours</b>")
    shown = chart.without_links(figure)
    assert shown.data[0].y[0].startswith("&lt;a href") and shown.data[0].y[1] == "walk"
    assert shown.layout.title.text == "<b>ours</b>"
    plain = go.Figure(go.Bar(x=[1], y=["a < b"]))
    assert chart.without_links(go.Figure(go.Bar(x=[1], y=["walk"]))).data[0].y == ("walk",)
    assert chart.without_links(plain).data[0].y[0] == "a &lt; b"


def test_a_stranger_without_a_cookie_is_told_so(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(monkeypatch):
        test = AppTest.from_file(str(MAIN), default_timeout=60).run()
    assert not test.exception
    assert "allow cookies" in written(test)
    assert not (home / "runs").exists() and not spaces.public()
