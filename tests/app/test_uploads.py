"""Uploads: what is taken, what is refused, and under which name it is kept."""

import io
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from app.storage import uploads
from lart_core.errors import LartError
from lart_core.video import write_player
from tests.app.http_client import Answer, Client, serving
from tests.synthetic import pictures


@pytest.fixture
def clip(tmp_path: Path) -> bytes:
    path = tmp_path / "made.mp4"
    write_player(path, pictures(5), 25)
    return path.read_bytes()


def test_a_video_is_kept_under_a_name_that_is_safe(home: Path, clip: bytes) -> None:
    upload = uploads.accept("../../My Hôliday <b>.MP4", io.BytesIO(clip))
    path = uploads.find(upload)
    assert path.is_relative_to(home / "uploads")
    assert path.name == "My Hôliday _b_.mp4"
    assert path.read_bytes() == clip


@pytest.mark.parametrize(
    "stem", ["-5KQ66BBWC4", "_145Aacrm88", "हिन्दी", "日本語の動画", "a" * 190, "Ünfall 👨‍👩‍👧 (2)"]
)
def test_names_keep_their_letters(home: Path, clip: bytes, stem: str) -> None:
    assert uploads.find(uploads.accept(f"{stem}.mp4", io.BytesIO(clip))).stem == stem


def test_the_same_name_twice_is_two_uploads(home: Path, clip: bytes) -> None:
    assert uploads.accept("a.mp4", io.BytesIO(clip)) != uploads.accept("a.mp4", io.BytesIO(clip))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("notes.txt", b"hello", "Expected a video"),
        ("fake.mp4", b"hello", "could not be read"),
        ("empty.mp4", b"", "Expected a video"),
        ("noending", b"", "Expected a video"),
    ],
)
def test_what_is_no_video_is_refused_and_not_kept(
    home: Path, name: str, content: bytes, words: str
) -> None:
    with pytest.raises(LartError, match=words):
        uploads.accept(name, io.BytesIO(content))
    assert not list((home / "uploads").glob("*"))


def test_too_many_bytes(home: Path, clip: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MEGABYTES", 0)
    with pytest.raises(LartError, match="at most 0 MB"):
        uploads.accept("a.mp4", io.BytesIO(clip))


@pytest.mark.parametrize("upload", ["../runs", "a", "nothing-00000000"])
def test_upload_ids_are_not_paths(home: Path, upload: str) -> None:
    with pytest.raises(LartError, match="no longer there"):
        uploads.find(upload)


@pytest.fixture
def client(home: Path) -> Iterator[Client]:
    with serving() as client:
        yield client


def send(client: Client, name: str, content: bytes, **headers: str) -> Answer:
    same = {"Origin": f"http://127.0.0.1:{client.port}"}
    return client.put(f"/lart/uploads?name={quote(name)}", content, same | headers)


def test_a_browser_sends_a_video(client: Client, home: Path, clip: bytes) -> None:
    answer = send(client, "My Hôliday <b>.MP4", clip)
    assert answer.status_code == 200
    assert uploads.find(answer.json()["upload"]).read_bytes() == clip


@pytest.mark.parametrize(
    ("name", "content", "headers", "status", "words"),
    [
        ("fake.mp4", b"no video", {}, 400, "could not be read"),
        ("notes.txt", b"x", {}, 400, "Expected a video"),
        ("", b"x", {}, 400, "file's name"),
        ("a" * 300 + ".mp4", b"x", {}, 400, "at most 255 characters"),
        ("large.mp4", b"x", {"Content-Length": "501000000"}, 413, "501 MB, and at most 500 MB"),
        ("a.mp4", b"x", {"Origin": "http://evil.example"}, 403, "Only pages of this server"),
        ("a.mp4", b"x", {"Origin": "null"}, 403, "Only pages of this server"),
    ],
)
def test_what_a_browser_may_not_send(
    client: Client, home: Path, name: str, content: bytes, headers: dict, status: int, words: str
) -> None:
    answer = send(client, name, content, **headers)
    assert answer.status_code == status
    assert words in answer.json()["error"]
    assert not list((home / "uploads").glob("*"))


def test_more_than_was_announced_is_not_kept(
    client: Client, home: Path, clip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MEGABYTES", 0)
    answer = client.put(
        "/lart/uploads?name=a.mp4",
        iter([clip]),  # sent in chunks, without a length
        {"Origin": f"http://127.0.0.1:{client.port}"},
    )
    assert answer.status_code == 400 and "at most 0 MB" in answer.json()["error"]
    assert not list((home / "uploads").iterdir())
