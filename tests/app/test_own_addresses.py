"""Every address of the server that is somebody's: it answers its visitor, and nobody else."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.runtime.media_file_storage import MediaFileKind, MediaFileStorageError

from app import spaces
from app.server import routes
from app.server.media import OwnMedia
from app.spaces import doors
from lart_core import paths
from lart_core.runs.corrections import Corrections, Span
from lart_core.runs.run import Run
from tests.analysis import films
from tests.app.http_client import Client, serving
from tests.app.spaces import arrive, of, opened, with_run
from tests.synthetic import make_run

QUERIES = {
    "/lart/runs/{run}/bodies.glb": "?first=0&last=3",
    "/lart/runs/{run}/lanes": "?first=0&last=9&bins=5&a=pose",
    "/lart/runs/{run}/scores/{chunk:int}": "?a=pose",
    "/lart/results/{set}/still/{name:path}": "?at=1",
    "/lart/results/{set}/video/{name:path}": "?at=1",
}
GIVEN = {"run": "mine", "model": "pose", "export": "a" * 16, "format": "corrections", "person": "1"}
GIVEN |= {"chunk": "0", "frame": "0", "name": films.VIDEOS[0]}
OWN = [
    route.path
    for route in routes.routes()
    if "{" in getattr(route, "path", "") and "PUT" not in (getattr(route, "methods", None) or ())
]


@pytest.fixture
def client(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    with opened(monkeypatch), serving() as client:
        yield client


def address(path: str, **given: str) -> str:
    """An address of a route; a new kind of part has to be given one here."""
    return re.sub(r"\{(\w+)[^}]*\}", lambda m: (GIVEN | given)[m[1]], path) + QUERIES.get(path, "")


@pytest.fixture
def owner(client: Client, tmp_path: Path) -> dict[str, str]:
    """Somebody with a run, an export and a result set."""
    one = arrive(client)
    folder = of(one).folder
    Run.open(with_run(of(one))).correct(Corrections((Span(1, 12, 0, 89),)))
    export = folder / "exports" / GIVEN["export"]
    export.mkdir(parents=True)
    (export / "mine.csv").write_text("a secret")
    with paths.entered(of(one).workspace):
        GIVEN["set"] = films.add_sets(tmp_path / "films", 1)[0]
    return one


def test_there_are_as_many_as_are_known() -> None:
    assert len(OWN) == len(set(OWN)) >= 16
    assert QUERIES.keys() <= set(OWN)


def test_every_address_is_of_its_visitor(client: Client, owner: dict[str, str]) -> None:
    other, nobody = arrive(client), {}
    for path in OWN:
        asked = address(path)
        assert client.get(asked, headers=owner).status_code in (200, 204), asked
        for stranger in (other, nobody):
            answer = client.get(asked, headers=stranger)
            assert answer.status_code == 404 and "error" in answer.json(), asked


def test_two_who_have_the_same_id_get_each_their_own(client: Client, owner: dict[str, str]) -> None:
    other = arrive(client)
    make_run(of(other).folder, GIVEN["run"], frames=30, people=1)
    for part in ("overlay/0", "facts", "lanes?first=0&last=9&bins=5&a=pose", "player.mp4"):
        path = f"/lart/runs/{GIVEN['run']}/{part}"
        first, second, again = (client.get(path, headers=h) for h in (owner, other, owner))
        assert first.content == again.content != second.content, part


def test_what_pages_keep_in_memory_is_of_those_who_hold_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    media = OwnMedia("/media")
    one, other = spaces.Visitor("1" * 32), spaces.Visitor("2" * 32)

    def keep() -> str:
        return media.load_and_get_id(b"a secret", "text/csv", MediaFileKind.DOWNLOADABLE, "s.csv")

    with opened(monkeypatch):
        with doors.serving(one):
            id = keep()
            assert media.get_url(id) == f"/media/{id}.csv"
            assert media.get_file(f"{id}.csv").content == b"a secret"
        for stranger in (other, None):
            with doors.serving(stranger), pytest.raises(MediaFileStorageError):
                media.get_file(f"{id}.csv")
        with doors.serving(other):
            assert keep() == id, "the same content has the same address"
            assert media.get_file(f"{id}.csv").content == b"a secret"
        media.delete_file(id)
        with doors.serving(other):
            keep()
        with doors.serving(one), pytest.raises(MediaFileStorageError):
            media.get_file(f"{id}.csv")
