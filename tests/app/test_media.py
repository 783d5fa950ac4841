"""What the server gives to the player, asked for over HTTP."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app import jobs
from app.jobs import kinds
from app.results import clips
from app.storage import runs
from app.ui import component
from app.ui.media_addresses import film_address
from app.watch import scene
from lart_core import body, video
from lart_core.runs.run import Run
from tests.analysis import films as made_up
from tests.app.http_client import Client, serving
from tests.synthetic import make_run


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with serving() as client:
        yield client


def test_the_video_comes_in_ranges(client: Client, run: Run) -> None:
    whole = (run.path / "player.mp4").read_bytes()
    answer = client.get("/lart/runs/synthetic/player.mp4", headers={"range": "bytes=10-19"})
    assert (answer.status_code, answer.content) == (206, whole[10:20])
    assert answer.headers["content-type"] == "video/mp4"


def test_the_overlay_has_every_person_of_the_chunk(client: Client, home: Path) -> None:
    make_run(home, frames=scene.CHUNK + 10, people=2)
    first, second = (client.get(f"/lart/runs/synthetic/overlay/{n}").json() for n in (0, 1))
    assert set(first["people"]) == {"1", "2"}
    assert len(first["people"]["1"]["box"]) == scene.CHUNK
    assert (second["people"]["1"]["first"], len(second["people"]["1"]["box"])) == (scene.CHUNK, 10)
    track = next(iter(runs.find("synthetic").tracklets()))
    tenths = np.array(first["people"]["1"]["box"])
    assert np.allclose(tenths / 10, track.box[: scene.CHUNK], atol=0.06)
    assert first["people"]["1"]["seen"] == track.detected[: scene.CHUNK].astype(int).tolist()
    assert np.shape(first["people"]["1"]["joints"]) == (scene.CHUNK, 48)


def test_joints_lie_in_the_box_of_their_person(run: Run) -> None:
    for person in scene.people(run):
        box, joints, _ = scene.drawn(run.people(), person.track_id, 0, 89, run.video)
        inside = (joints >= box[:, None, :2] - 12) & (joints <= box[:, None, 2:] + 12)
        assert inside.mean() > 0.9


def test_lanes_hold_the_models_own_numbers(client: Client, run: Run) -> None:
    query = {"first": 0, "last": 89, "bins": 90, "a": "pose", "b": "other"}
    answer = client.get("/lart/runs/synthetic/lanes", params=query).json()
    lane = answer["people"]["1"]
    assert lane["gaps"] == [[20, 30]]
    said = run.actions("pose")
    for action in lane["actions"]:
        exact = said.people[1].probability[:, said.ava_ids.index(action["id"])]
        assert np.abs(np.array(action["a"]) / 1000 - exact).max() <= 0.0005
        assert len(action["b"]) == 90


def test_scores_hold_the_models_own_numbers(client: Client, run: Run) -> None:
    query = {"a": "pose", "b": "other"}
    people = client.get("/lart/runs/synthetic/scores/0", params=query).json()["people"]
    for slot, model in query.items():
        actions = run.actions(model)
        for track_id, person in actions.people.items():
            told = people[str(track_id)]
            at = person.frame[0] - told["first"]
            for action in told["actions"]:
                exact = person.probability[:, actions.ava_ids.index(action["id"])]
                curve = np.array(action[slot])[at : at + len(exact)]
                assert np.abs(curve / 1000 - exact[: len(curve)]).max() <= 0.0005


def test_bodies_at_rest_are_float32_vertices_and_joints(client: Client, run: Run) -> None:
    numbers = np.frombuffer(client.get("/lart/runs/synthetic/rest/2").content, "<f4")
    shape = run.tracklets()[1].betas.mean(axis=0)
    assert numbers.size == (6890 + 24) * 3
    assert np.allclose(numbers[-72:].reshape(24, 3), body.rest_joints(shape), atol=1e-6)


def test_the_layer_of_bodies(client: Client, run: Run) -> None:
    assert client.get("/lart/runs/synthetic/mesh/3").status_code == 204
    kinds.draw_layer(lambda *_: None, "synthetic")
    answer = client.get("/lart/runs/synthetic/mesh/3")
    assert answer.headers["content-type"] == "image/webp"
    assert answer.content[8:12] == b"WEBP"


def test_a_result_sets_video_is_copied_once_and_comes_in_ranges(
    client: Client, home: Path, tmp_path: Path
) -> None:
    (set_id,) = made_up.add_sets(tmp_path / "videos", 1)
    address = film_address(set_id, "set/walk-1.mp4", 3)
    whole = client.get(address)
    assert (whole.status_code, whole.headers["content-type"]) == (200, "video/mp4")
    (copy,) = (home / "films").glob("*.mp4")
    assert copy.read_bytes() == whole.content
    assert len(list(video.frames(copy))) == pytest.approx(made_up.SECONDS * video.STRETCH_RATE)
    answer = client.get(address, headers={"range": "bytes=10-19"})
    assert (answer.status_code, answer.content) == (206, whole.content[10:20])
    assert client.get(film_address(set_id, "set/walk-1.mp4", 1)).content == whole.content
    assert list((home / "films").glob("*.mp4")) == [copy]


def test_of_a_long_video_only_the_seconds_around_are_copied(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clips, "SHORT", 3.0)
    monkeypatch.setattr(clips, "STEP", 2.0)
    monkeypatch.setattr(clips, "MARGIN", 0.5)
    (set_id,) = made_up.add_sets(tmp_path / "videos", 1)
    film = clips.find(set_id, "set/walk-1.mp4")
    assert film is not None
    for timestamp, expected in ((0, (0, 2.5)), (3, (1.5, 4.5)), (5, (3.5, 6)), (99, (5.5, 6))):
        stretch = film.stretch(timestamp)
        assert (stretch.begin, stretch.end) == pytest.approx(expected, abs=0.05)
    pictures = list(video.frames(clips.copy(film, film.stretch(3))))
    assert len(pictures) == 3 * video.STRETCH_RATE
    there = next(video.stretch(film.path, 1.5, 2))
    assert np.abs(pictures[0].astype(int) - there).mean() < 4


def test_copies_that_are_long_unused_go_first(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (set_id,) = made_up.add_sets(tmp_path / "videos", 1)
    paths = []
    for age, name in zip((30, 20, 10), made_up.VIDEOS, strict=True):
        film = clips.find(set_id, name)
        assert film is not None
        paths.append(clips.copy(film, film.stretch(0)))
        os.utime(paths[-1], (time.time() - age,) * 2)
    monkeypatch.setattr(clips, "KEPT", sum(path.stat().st_size for path in paths))
    again = clips.find(set_id, made_up.VIDEOS[0])
    assert again is not None
    clips.copy(again, again.stretch(0))
    clips.copy(again, clips.Stretch(1.0, 2.0))
    assert [path.exists() for path in paths] == [True, False, True]


@pytest.mark.parametrize(
    "path",
    [
        "set/unnamed.mp4",
        "../secret.mp4",
        "..%2fsecret.mp4",
        "set/walk-1.mp4?at=x",
        "set/walk-1.mp4?at=nan",
        "set/walk-2.mp4",
        "set/stand-1.mp4",
    ],
)
def test_only_videos_that_a_set_names_are_served(
    client: Client, home: Path, tmp_path: Path, path: str
) -> None:
    (set_id,) = made_up.add_sets(tmp_path / "videos", 1)
    for other in ("secret.mp4", "videos/set/unnamed.mp4"):
        (tmp_path / other).write_bytes((tmp_path / "videos" / "set" / "walk-1.mp4").read_bytes())
    (tmp_path / "videos" / "set" / "walk-2.mp4").unlink()
    (tmp_path / "videos" / "set" / "stand-1.mp4").write_bytes(b"no video")
    answer = client.get(f"/lart/results/{set_id}/video/{path}")
    assert answer.status_code == 404
    assert client.get(f"/lart/results/nothing/video/{path}").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/lart/runs/nowhere/player.mp4",
        "/lart/runs/..%2f..%2fetc/player.mp4",
        "/lart/runs/%2e%2e/overlay/0",
        "/lart/runs/synthetic/lanes?first=0&last=9999&bins=10&a=pose",
        "/lart/runs/synthetic/lanes?first=0&last=9&bins=0&a=pose",
        "/lart/runs/synthetic/lanes?first=x&last=9&bins=3&a=pose",
        "/lart/runs/synthetic/lanes?first=0&last=9&bins=3&a=../../run",
        "/lart/runs/synthetic/rest/9",
        "/lart/runs/synthetic/scores/0?a=../../run",
        f"{component.address()}/player/../../cli/app.py",
    ],
)
def test_what_is_not_there_is_not_found(client: Client, run: Run, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_run_without_people_has_an_empty_scene(home: Path) -> None:
    run = make_run(home, "nobody", people=0)
    assert scene.people(run) == ()
    assert scene.overlay(run, 0) == {"people": {}}
    assert jobs.every() == []


def test_lanes_show_what_people_said_first(client: Client, run: Run) -> None:
    corners = ",".join(
        f"{value:.4f}" for value in run.tracklets()[1].box[30] / [320, 240, 320, 240]
    )
    (run.path / "truth.csv").write_text(f"synthetic,1.0,{corners},80\n")
    query = {"first": 0, "last": 89, "bins": 90, "a": "pose"}
    lane = client.get("/lart/runs/synthetic/lanes", params=query).json()["people"]["2"]
    assert lane["actions"][0]["id"] == 80
    assert lane["actions"][0]["truth"] == [[15, 44]]
    assert set(lane["actions"][0]["a"]) == {-1}
    assert len(lane["actions"]) == 5
