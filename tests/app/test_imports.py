"""What is made elsewhere comes in: tracklets of others, whole runs, checkpoints."""

import io
import zipfile
from pathlib import Path

import pytest

from app import jobs
from app.jobs import import_form, kinds
from app.storage import imports, models, runs, uploads
from lart_core.errors import LartError
from lart_core.formats.writer import export_tracklets
from lart_core.paths import asset
from lart_core.runs.run import Run
from lart_core.video import write_player
from tests.synthetic import make_run, pictures


def zipped(folder: Path) -> bytes:
    """A run's folder as people zip it: the folder itself in the archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder.parent))
    return file.getvalue()


def test_a_whole_run_comes_in(home: Path, tmp_path: Path) -> None:
    made = make_run(tmp_path / "elsewhere", "Walk")
    new = imports.accept([("Walk.zip", io.BytesIO(zipped(made.path)))])
    answer = kinds.import_files(lambda _: None, new, None, None, None)
    run = runs.find(answer["run"])
    assert run.models() == ["other", "pose"] and len(run.people()) == 2
    assert [entry.id for entry in runs.ready()] == [new]
    assert not (home / "imports" / new).exists()


def test_a_run_without_a_player_copy_can_be_watched(home: Path, tmp_path: Path) -> None:
    run = make_run(tmp_path / "elsewhere", "theirs")
    (run.path / "player.mp4").unlink()
    import_id = imports.accept([("theirs.zip", io.BytesIO(zipped(run.path)))])
    imports.make_run(import_id, None, None)
    assert runs.can_be_watched(import_id)


def test_a_phalp_result_without_its_video_can_be_watched(home: Path, tmp_path: Path) -> None:
    tracks = list(make_run(tmp_path / "elsewhere", "Walk", frames=20).tracklets())
    file = tmp_path / "demo_Walk.pkl"
    export_tracklets(tracks, "phalp", file)
    new = imports.accept([("demo_Walk.pkl", io.BytesIO(file.read_bytes()))])
    kinds.import_files(lambda _: None, new, None, None, 30.0)
    run = runs.find(new)
    assert run.player is not None and len(run.people()) == 2
    assert set(run.models()) <= set(models.demo_models()) and run.models()
    assert "grey" in run.facts["provenance"]["player"]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([], "choose one"),
        ([("a.txt", b"")], "Expected a .pkl"),
        ([("a.zip", b""), ("b.pkl", b"")], "got both"),
        ([("0.pkl", b"1"), ("0.pkl", b"2")], "two are '0.pkl'"),
        ([("a?.pkl", b"1"), ("a*.PKL", b"2")], "two are 'a_.pkl'"),
    ],
)
def test_what_cannot_be_imported_is_said(home: Path, files: list, words: str) -> None:
    with pytest.raises(LartError, match=words):
        imports.accept([(name, io.BytesIO(content)) for name, content in files])


class Sent(io.BytesIO):
    """A file as the form gives it."""

    def __init__(self, name: str, content: bytes) -> None:
        super().__init__(content)
        self.name = name


@pytest.fixture
def film(tmp_path: Path) -> Sent:
    path = tmp_path / "clip.mp4"
    write_player(path, pictures(10), 30)
    return Sent("clip.mp4", path.read_bytes())


def kept(home: Path) -> list[str]:
    """What uploads and imports hold."""
    return [file.name for name in ("uploads", "imports") for file in (home / name).rglob("*.*")]


@pytest.mark.parametrize(
    ("files", "path", "words"),
    [
        ([], "/nope/there.pkl", "no file or folder"),
        (["a.pkl"], "/", "files or a path on this machine, but got both"),
        (["a.txt"], "", "Expected a .pkl"),
        ([], "", "choose one above"),
    ],
)
def test_a_refused_import_keeps_nothing(
    home: Path, film: Sent, files: list[str], path: str, words: str
) -> None:
    with pytest.raises(LartError, match=words):
        import_form._start([Sent(name, b"x") for name in files], path, film, None)
    assert kept(home) == [] and jobs.every() == []


def test_a_refused_film_keeps_nothing(home: Path) -> None:
    with pytest.raises(LartError, match="could not be read"):
        import_form._start([Sent("a.pkl", b"x")], "", Sent("film.mp4", b"no film"), None)
    assert kept(home) == [] and jobs.every() == []


def test_what_was_brought_goes_once_the_run_is_there(
    home: Path, tmp_path: Path, film: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracks = list(make_run(tmp_path / "elsewhere", "clip", frames=10).tracklets())
    export_tracklets(tracks, "phalp", tmp_path / "demo_clip.pkl")
    sent = Sent("demo_clip.pkl", (tmp_path / "demo_clip.pkl").read_bytes())
    monkeypatch.setattr(import_form.st, "rerun", lambda: None)
    import_form._start([sent], "", film, None)
    (job,) = jobs.every()
    assert kept(home)
    with monkeypatch.context() as patch:
        patch.setattr(kinds, "draw_layer", broken_off)
        with pytest.raises(InterruptedError):
            kinds.import_files(lambda _: None, **job.arguments)
    assert kept(home) == []
    assert kinds.import_files(lambda _: None, **job.arguments) == {"run": job.arguments["id"]}


def test_an_import_without_its_video_goes_on(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracks = list(make_run(tmp_path / "elsewhere", "clip", frames=10).tracklets())
    export_tracklets(tracks, "phalp", tmp_path / "demo_clip.pkl")
    given = ("walk-0123abcd", str(tmp_path / "demo_clip.pkl"), None, 30.0)
    with monkeypatch.context() as patch:
        patch.setattr(imports.video, "write_player", broken_off)
        with pytest.raises(InterruptedError):
            kinds.import_files(lambda _: None, *given)
    assert not runs.can_be_watched("walk-0123abcd")
    kinds.import_files(lambda _: None, *given)
    assert runs.can_be_watched("walk-0123abcd")


def broken_off(*_: object, **__: object) -> None:
    raise InterruptedError


def archive(**members: bytes) -> bytes:
    """A ZIP of files; ``__`` in a name is a slash."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name, content in members.items():
            made.writestr(name.replace("__", "/"), content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no zip", "Expected a ZIP"),
        (archive(readme=b"x"), "no run.json"),
        (archive(**{"..__run.json": b"{}"}), "outside its folder"),
        (archive(**{"walk__run.json": b"{"}), "damaged"),
    ],
)
def test_archives_that_are_no_runs_leave_nothing(home: Path, content: bytes, words: str) -> None:
    new = imports.accept([("walk.zip", io.BytesIO(content))])
    with pytest.raises(LartError, match=words):
        imports.make_run(new, None, None)
    assert not runs.RUNS.path(new).exists()
    assert not [path for path in home.rglob("run.json")]


def test_a_checkpoint_says_what_it_knows_and_is_not_replaced(home: Path) -> None:
    content = asset("models/pose-small.safetensors").read_bytes()
    called, actions = imports.add_model("My Model.safetensors", io.BytesIO(content))
    assert called == "my-model" and called in models.models() and actions > 10
    with pytest.raises(LartError, match="already"):
        imports.add_model("My Model.safetensors", io.BytesIO(content))
    with pytest.raises(LartError, match="already"):
        imports.add_model("pose-small.safetensors", io.BytesIO(content))
    with pytest.raises(LartError, match=r"broken\.safetensors"):
        imports.add_model("broken.safetensors", io.BytesIO(b"no model"))
    assert "broken" not in models.models()


def test_ids_are_plain_and_names_are_kept(home: Path, run: Run) -> None:
    assert uploads.new_id("Über_Film").startswith("ber-film-")
    assert uploads.new_id("日本").startswith("video-")
