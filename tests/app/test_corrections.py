"""Corrections over HTTP: read, saved by pages of this server alone, and shown."""

import json
from collections.abc import Iterator

import pytest

from app import spaces
from app.jobs.kinds import draw_layer
from app.storage import runs
from app.watch import scene
from app.watch.facts import Cursor, facts
from lart_core.runs.corrections import Corrections, Piece, Span
from lart_core.runs.run import Run
from tests.app.http_client import Client, serving

ADDRESS = "/lart/runs/synthetic/corrections"
DRAWN = {
    "revision": 0,
    "spans": [{"person": 1, "action": 80, "first": 3, "last": 40}],
    "people": {},
}
SPLIT = {
    "1": [{"track": 1, "first": 0, "last": 49}],
    "3": [{"track": 1, "first": 50, "last": 89}],
}


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with serving() as client:
        yield client


def put(client: Client, record: object, **headers: str):
    given = {"Origin": f"http://127.0.0.1:{client.port}"} | headers
    return client.put(ADDRESS, json.dumps(record).encode(), given)


def test_what_the_player_sends_is_kept_beside_the_run(client: Client, run: Run) -> None:
    assert client.get(ADDRESS).json()["spans"] == []
    answer = put(client, DRAWN)
    assert (answer.status_code, answer.json()["revision"]) == (200, 1)
    assert run.corrections().spans == (Span(1, 80, 3, 40),)
    assert client.get(ADDRESS).json()["spans"] == DRAWN["spans"]


def test_pages_elsewhere_may_not_save(client: Client, run: Run) -> None:
    for origin in ("https://example.org", "null", ""):
        assert put(client, DRAWN, Origin=origin).status_code == 403
    assert not run.corrections()


def test_what_is_wrong_is_said_and_not_written(client: Client, run: Run) -> None:
    run.correct(Corrections((Span(1, 11, 0, 5),)))
    late = put(client, DRAWN)
    assert late.status_code == 409 and "another window" in late.json()["error"]
    assert put(client, DRAWN | {"revision": 1, "people": {"1": 4}}).status_code == 409
    assert put(client, DRAWN | {"more": "x" * 4_000_000}).status_code == 413
    assert run.corrections().spans == (Span(1, 11, 0, 5),)


@pytest.mark.parametrize(
    "body", [b"{", b"", b"\xff", b"[" * 100_000, b'{"a":' * 100_000, b"9" * 5000]
)
def test_what_is_no_json_is_said(client: Client, run: Run, body: bytes) -> None:
    answer = client.put(ADDRESS, body, {"Origin": f"http://127.0.0.1:{client.port}"})
    assert answer.status_code == 400
    assert "Expected corrections of a run as JSON" in answer.json()["error"]


@pytest.mark.parametrize(
    "entry",
    [{"people": {"x": []}}, {"people": {"1": 1e999}}, {"deleted": []}, {"revision": 10**400}],
)
def test_what_is_no_record_is_said(client: Client, run: Run, entry: dict) -> None:
    answer = put(client, DRAWN | entry)
    assert answer.status_code == 409 and "Expected corrections" in answer.json()["error"]


def test_corrected_people_are_everywhere(client: Client, run: Run) -> None:
    before = runs.version(run)
    who = put(client, DRAWN | {"people": SPLIT}).json()
    assert [person["id"] for person in who["who"]] == [1, 2, 3]
    assert who["version"] != before
    overlay = client.get("/lart/runs/synthetic/overlay/0").json()["people"]
    assert (overlay["1"]["first"], len(overlay["1"]["box"])) == (0, 50)
    assert (overlay["3"]["first"], len(overlay["3"]["box"])) == (50, scene.CHUNK - 50)
    scores = client.get("/lart/runs/synthetic/scores/0", params={"a": "pose"}).json()["people"]
    assert scores["3"]["first"] == 50
    query = {"first": 0, "last": 89, "bins": 90, "a": "pose"}
    lanes = client.get("/lart/runs/synthetic/lanes", params=query).json()["people"]
    assert lanes["3"]["first"] == 50
    assert lanes["1"]["actions"][0]["id"] == 80, "a drawn action has a lane"


def test_who_can_come_back_is_told(client: Client, run: Run) -> None:
    gone = {"pieces": [], "spans": DRAWN["spans"]}
    answer = put(client, DRAWN | {"spans": [], "people": {"1": []}, "deleted": {"1": gone}}).json()
    assert answer["deleted"] == client.get(ADDRESS).json()["deleted"] == {"1": gone}
    assert [person["id"] for person in answer["who"]] == [2]
    former = DRAWN | {"revision": 1, "spans": [], "people": {"1": [], "7": []}}
    assert list(put(client, former).json()["deleted"]) == ["1"], "of 7 nothing is known"


def test_drawn_bodies_are_of_the_people_as_corrected(client: Client, run: Run) -> None:
    picture = "/lart/runs/synthetic/mesh/3"
    assert client.get(picture).status_code == 204 and not runs.mesh_layer_is_stale(run)
    draw_layer(lambda _: None, "synthetic")
    whole, before = client.get(picture).content, facts(run, Cursor(0, None), [])
    assert "mesh" in before["layers"]
    gone = put(client, DRAWN | {"spans": [], "people": {"1": []}}).json()
    assert not gone["mesh"] and runs.mesh_layer_is_stale(run)
    assert client.get(picture).status_code == 204, "nobody who was deleted is shown"
    assert "mesh" not in facts(run, Cursor(0, None), [])["layers"]
    draw_layer(lambda _: None, "synthetic")
    now = facts(run, Cursor(0, None), [])
    assert "mesh" in now["layers"] and now["drawn"] != before["drawn"]
    assert client.get(picture).content not in (whole, b"")
    back = put(client, DRAWN | {"revision": 1, "spans": []}).json()
    assert back["mesh"] and client.get(picture).content == whole


def test_spans_alone_leave_the_rest_of_the_page_as_it_is(client: Client, run: Run) -> None:
    before = runs.version(run)
    assert put(client, DRAWN).json()["version"] == before


def test_one_can_start_from_what_a_model_says(client: Client, run: Run) -> None:
    said = client.get("/lart/runs/synthetic/said/pose").json()["spans"]
    person = run.actions("pose").people[1]
    column = 3
    span = next(s for s in said if s["person"] == 1 and s["action"] == 5)
    assert person.probability[span["first"], column] >= 0.5
    assert client.get("/lart/runs/synthetic/said/nobody").status_code == 404


def test_the_ground_truth_is_a_link(client: Client, run: Run) -> None:
    run.correct(Corrections((Span(1, 80, 0, 89),), {2: (Piece(2, 0, 89),)}))
    answer = client.get("/lart/runs/synthetic/export/corrections")
    assert answer.content.decode().startswith("synthetic,0000,")
    assert "synthetic-corrections.csv" in answer.headers["content-disposition"]
    assert (
        "make it under Export" in client.get("/lart/runs/synthetic/export/labels").json()["error"]
    )


def test_bodies_in_view_are_a_file(client: Client, run: Run) -> None:
    address = "/lart/runs/synthetic/bodies.glb"
    assert client.get(address, params={"first": 3, "last": 3}).content[:4] == b"glTF"
    one = client.get(address, params={"first": 3, "last": 4, "person": 2})
    assert "synthetic-3-4.glb" in one.headers["content-disposition"]
    assert client.get(address, params={"first": 0, "last": 900}).status_code == 404


def test_teaching_is_offered_where_models_can_be_taught(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert facts(run, Cursor(0, None), [])["teach"]
    monkeypatch.setattr(spaces, "public", lambda: True)
    assert not facts(run, Cursor(0, None), [])["teach"]
