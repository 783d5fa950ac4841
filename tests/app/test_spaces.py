"""Spaces: each visitor has their own, nobody another's, and they end."""

import os
import signal
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import jobs, spaces
from app.jobs import queue, table
from app.jobs.supervisor import Supervisor
from app.spaces import doors, key, leaving, quota, rates, terms
from app.storage import runs, uploads
from app.ui import component
from lart_core import paths
from lart_core.errors import LartError
from lart_core.video import write_player
from tests.app.http_client import Answer, Client, serving
from tests.app.spaces import arrive, of, opened, with_run
from tests.synthetic import make_run, pictures


@pytest.fixture
def client(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    with opened(monkeypatch), serving() as client:
        yield client


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    """A supervisor that looks at the tables when a test says so."""
    made = Supervisor()
    yield made
    for worker in made.workers.values():
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


def test_the_sample_is_for_everybody_and_nobody_changes_it(home: Path, client: Client) -> None:
    make_run(home, "sample")
    make_run(home, "of-the-keeper")
    one = arrive(client)
    assert client.get("/lart/runs/sample/overlay/0", headers=one).status_code == 200
    assert client.get("/lart/runs/of-the-keeper/overlay/0", headers=one).status_code == 404
    with doors.serving(of(one)):
        assert [entry.id for entry in runs.entries()] == ["sample"]
        with pytest.raises(LartError, match="shared with you"):
            runs.find_own("sample")
        runs.remove("sample")
    assert (home / "runs" / "sample" / "run.json").exists()


@pytest.mark.parametrize(
    "cookie",
    ["", "x", "0" * 32, "0" * 32 + ".", "0" * 32 + "." + "A" * 27, "../../runs", "é", "a" * 5000],
)
def test_a_forged_cookie_is_nobodys(client: Client, cookie: str) -> None:
    made = Path(os.environ["LART_HOME"]) / "spaces" / ("0" * 32)
    make_run(made, "mine")
    headers = {"cookie": f"{doors.COOKIE}={cookie}".encode().decode("latin-1")}
    assert client.get("/lart/runs/mine/overlay/0", headers=headers).status_code == 404


def test_the_cookie_is_hidden_from_scripts_and_other_sites(client: Client) -> None:
    cookie = client.get("/", headers={"accept": "text/html"}).headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" not in cookie
    assert "Secure" in doors.cookies(None, (), secure=True)[0]
    assert "set-cookie" not in client.get(f"{component.address()}/player/player.js").headers


def test_a_visitor_stays_who_they_are(client: Client) -> None:
    one = arrive(client)
    again = client.get("/", headers=one | {"accept": "text/html"}).headers["set-cookie"]
    assert one["cookie"] in again


def test_only_the_server_reads_the_key(home: Path, client: Client) -> None:
    file = home / "spaces" / "key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert key.read_or_make(file) == file.read_bytes()
    file.chmod(0o644)
    with pytest.raises(LartError, match="Others may read the key"):
        key.read_or_make(file)


def test_nobody_known_is_no_workspace(client: Client) -> None:
    with pytest.raises(LartError, match="cookie"):
        paths.workspace()
    with spaces.home():
        assert paths.workspace().folder == Path(os.environ["LART_HOME"])


def test_everybodys_jobs_are_done_in_their_own_space(
    client: Client, supervisor: Supervisor
) -> None:
    both = [of(arrive(client)), of(arrive(client))]
    made = []
    for someone in both:
        with_run(someone)
        with doors.serving(someone):
            made.append(jobs.add("layer", "Bodies", run="mine"))
    end = time.monotonic() + 120
    while time.monotonic() < end and not _all_over(both):
        supervisor.tick()
        time.sleep(0.05)
    for someone, job in zip(both, made, strict=True):
        with doors.serving(someone):
            assert [each.id for each in jobs.every()] == [job.id]
            assert jobs.read(job.id).state == "done", jobs.read(job.id).log
            assert runs.mesh_layer(runs.find("mine")).is_dir()


def _all_over(everybody: list[spaces.Visitor]) -> bool:
    over = []
    for someone in everybody:
        with doors.serving(someone):
            over += [job.over for job in jobs.every()]
    return all(over)


def test_visitors_take_turns() -> None:
    waiting = {"greedy": [1, 2, 3, 4], "modest": [5], "third": [6, 7]}
    order = queue.in_turn(waiting, running=["greedy"], last_turn={"greedy": 5.0, "third": 3.0})
    assert [item for _, item in order] == [5, 6, 1, 7, 2, 3, 4]
    assert queue.in_turn({}, [], {}) == []


def test_ones_place_in_the_queue(home: Path) -> None:
    queue.note(["a", "b"])
    assert (queue.before("a"), queue.before("b"), queue.before("c")) == (0, 1, None)


def test_who_leaves_is_deleted_with_what_runs(client: Client, supervisor: Supervisor) -> None:
    one, other = arrive(client), arrive(client)
    for headers in (one, other):
        with_run(of(headers))
    with doors.serving(of(one)):
        job = jobs.add("train", "For long", data="none", name="none", epochs=100)
    supervisor.tick()
    worker = supervisor.workers[job.id]
    leaving.ask(of(one))
    assert client.get("/lart/runs/mine/overlay/0", headers=one).status_code == 404
    end = time.monotonic() + 30
    while of(one).folder.exists():
        assert time.monotonic() < end
        supervisor.tick()
        time.sleep(0.05)
    assert worker.poll() is not None and job.id not in supervisor.workers
    assert client.get("/lart/runs/mine/overlay/0", headers=other).status_code == 200
    assert sorted(each.name for each in doors.spaces_folder().iterdir()) == [of(other).id, "key"]


def test_what_is_not_visited_expires(client: Client) -> None:
    one, other = of(arrive(client)), of(arrive(client))
    for someone in (one, other):
        with_run(someone)
    day = 24 * 3600
    os.utime(one.folder, (time.time() - day - 5,) * 2)
    os.utime(other.folder, (time.time() - day + 60,) * 2)
    assert leaving.due() == [one]
    os.utime(one.folder, (time.time() + 10 * day,) * 2)  # the clock was set back since
    assert leaving.due() == []
    assert set(leaving.due(time.time() + day + 5)) == {one, other}


def test_a_visit_puts_the_end_off(client: Client) -> None:
    one = arrive(client)
    with_run(of(one))
    os.utime(of(one).folder, (time.time() - 80_000,) * 2)
    client.get("/lart/runs/mine/overlay/0", headers=one)
    assert time.time() - of(one).folder.stat().st_mtime < 60


def test_the_settings_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "public.toml"
    file.write_text('expire_hours = 1.5\nvideos = 2\n[shared]\nruns = ["sample", "walk"]\n')
    read = terms.read(file)
    assert (read.expire_hours, read.videos, read.minutes) == (1.5, 2, terms.Terms().minutes)
    assert read.shared == {"runs": ("sample", "walk")}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("videos = ", "Expected the settings"),
        ("vidoes = 3", "no setting; there are expire_hours"),
        ("videos = 2.5", "whole number"),
        ("videos = true", "whole number"),
        ("minutes = '3'", "number for minutes"),
        ("jobs = 0", "at least 1"),
        ("gigabytes = nan", "at least"),
        ("[shared]\njobs = ['x']", "ids under"),
        ("shared = 3", "ids under"),
    ],
)
def test_settings_that_are_none(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "public.toml").write_text(text)
    with pytest.raises(LartError, match=words):
        terms.read(tmp_path / "public.toml")


def some_job(number: int) -> jobs.Job:
    return jobs.add("layer", f"{number}", run=f"nowhere-{number}")


def test_as_many_jobs_as_are_granted(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(monkeypatch, spaces.Terms(jobs=2)), doors.serving(spaces.Visitor("1" * 32)):
        first = some_job(1)
        assert some_job(1) == first
        some_job(2)
        with pytest.raises(LartError, match="2 jobs of yours wait or run, and at most 2 can"):
            some_job(3)
        table.save(first, state="failed")
        some_job(3)
        with pytest.raises(LartError, match="at most 2"):
            jobs.resume(first)
    for number in range(9):
        some_job(number)  # the home has no limits


def test_jobs_of_one_address(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A visitor who throws the cookie away is still at the same address."""
    with opened(monkeypatch, spaces.Terms(jobs_an_hour=2)):
        for number in range(2):
            with doors.serving(spaces.Visitor(f"{number}" * 32), "192.0.2.1"):
                some_job(number)
        with doors.serving(spaces.Visitor("3" * 32), "192.0.2.1"), pytest.raises(
            LartError, match="At most 2 jobs an hour"
        ):  # fmt: skip
            some_job(3)
        with doors.serving(spaces.Visitor("3" * 32), "192.0.2.2"):
            some_job(3)


def test_an_hour_and_a_household() -> None:
    rate = rates.Rate()
    assert [rate.allows("a", 2, now) for now in (0, 1, 2, 3600.5, 3601.5)] == [
        True, True, False, True, True
    ]  # fmt: skip
    assert rates.group("2001:db8::1") == rates.group("2001:db8::2") != rates.group("2001:db8:1::1")
    assert rates.group("nonsense") == "unknown"


def upload(client: Client, headers: dict, content: bytes) -> Answer:
    same = {"Origin": f"http://127.0.0.1:{client.port}"}
    return client.put("/lart/uploads?name=My%20holiday.mp4", content, headers | same)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("clip") / "made.mp4"
    write_player(path, pictures(5), 25)
    return path.read_bytes()


def test_an_upload_is_its_visitors(client: Client, clip: bytes) -> None:
    one, other = arrive(client), arrive(client)
    id = upload(client, one, clip).json()["upload"]
    assert "holiday" not in id, "addresses, which proxies log, do not carry names"
    with doors.serving(of(one)):
        assert uploads.find(id).name == "My holiday.mp4"
    with doors.serving(of(other)), pytest.raises(LartError, match="no longer there"):
        uploads.find(id)
    stranger = upload(client, {}, clip)
    assert stranger.status_code == 400 and "cookie" in stranger.json()["error"]


@pytest.mark.parametrize(
    ("granted", "words"),
    [
        ({"videos": 1}, "at most 1 can be kept"),
        ({"uploads_an_hour": 1}, "At most 1 uploads an hour"),
        ({"gigabytes": 0.000001}, "GB on this server are full"),
        ({"total_gigabytes": 0.000001}, "disk for visitors is full"),
    ],
)
def test_the_second_upload_is_too_much(
    home: Path, monkeypatch: pytest.MonkeyPatch, clip: bytes, granted: dict, words: str
) -> None:
    monkeypatch.setattr(quota, "_counts", quota._Counts())
    monkeypatch.setattr(quota, "REMEMBERED", 0.0)
    terms = spaces.Terms(**granted)
    with opened(monkeypatch, terms), serving() as client:
        one = arrive(client)
        with_run(of(one))
        first = upload(client, one, clip)
        if first.status_code == 200:
            first = upload(client, one, clip)
        assert first.status_code == 429 and words in first.json()["error"]
        assert len(list((of(one).folder / "uploads").glob("*"))) <= 1


@pytest.mark.parametrize(
    ("granted", "words"),
    [({"minutes": 0.001}, "minutes"), ({"megapixels": 0.01}, "megapixels")],
)
def test_a_video_beyond_what_is_granted(
    home: Path, monkeypatch: pytest.MonkeyPatch, clip: bytes, granted: dict, words: str
) -> None:
    with opened(monkeypatch, spaces.Terms(**granted)), serving() as client:
        answer = upload(client, arrive(client), clip)
        assert answer.status_code == 400 and words in answer.json()["error"]


def test_what_is_for_the_keeper_is_closed(client: Client) -> None:
    for path in ("/_stcore/metrics", "/_stcore/agent/mcp", "/_stcore/agent/openapi.json"):
        assert client.get(path, headers=arrive(client)).json() == {
            "error": "This is not for visitors."
        }


def test_a_job_that_outgrows_the_disk_is_stopped(
    home: Path, monkeypatch: pytest.MonkeyPatch, supervisor: Supervisor
) -> None:
    with opened(monkeypatch, spaces.Terms(gigabytes=0.01)):
        someone = spaces.Visitor("1" * 32)
        with_run(someone)
        with doors.serving(someone):
            job = jobs.add("layer", "Bodies", run="mine")
        supervisor.tick()
        (someone.folder / "much").write_bytes(bytes(11_000_000))
        supervisor._measured = float("-inf")
        end = time.monotonic() + 60
        while time.monotonic() < end and not _all_over([someone]):
            supervisor.tick()
            time.sleep(0.05)
        with doors.serving(someone):
            assert "GB on this server are full" in jobs.read(job.id).error
