"""Strangers of a server are not told where its files lie."""

import errno
import os
import subprocess
import sys

import pytest

from lart_core import discretion, errors
from lart_core.errors import LartError, machine_fault


@pytest.fixture
def to_strangers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LART_HOME", "/srv/our lens")
    monkeypatch.setattr(errors, "_to_strangers", None)
    discretion.begin()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "save it as /srv/our lens/weights/a/b.onnx (sha256 0a).",
            "save it as b.onnx (sha256 0a).",
        ),
        ("Nothing is in /srv/our lens.", "Nothing is in a folder of this server."),
        ("see '/srv/our lens/spaces/0a/uploads/v-1/my film.mp4'", "see 'my film.mp4'"),
        ("no /usr/lib/x.so, no ~/weights, no file:///etc/motd!", "no x.so, no weights, no motd!"),
        ("error:/var/log/x; path=/a/b/", "error:x; path=b"),
        ("25/30 and/or https://a.example/b/c.html, 1 / 2", None),
        ("a ratio of 3/4, people/film", None),
    ],
)
def test_of_paths_the_last_name_is_left(to_strangers: None, said: str, told: str | None) -> None:
    assert str(LartError(said)) == (told or said)


def test_to_ourselves_everything_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errors, "_to_strangers", None)
    assert str(LartError("no /a/b", to_strangers="nothing")) == "no /a/b"
    assert errors.told("no /a/b") == "no /a/b"


def test_what_only_the_keeper_can_do_is_said_otherwise(to_strangers: None) -> None:
    assert str(LartError("save it as /a/b", to_strangers="tell its keeper")) == "tell its keeper"


def test_a_fault_of_the_machine_names_no_folder(to_strangers: None) -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/srv/our lens/runs/x/player.mp4")
    said = machine_fault(full)
    assert said and "no space left on the disk (player.mp4)" in said and "/srv" not in said


def test_a_process_that_was_not_told_says_where() -> None:
    code = "from lart_core.errors import LartError; print(LartError('no /a/b'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "no /a/b\n"
