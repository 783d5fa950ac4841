"""What is kept in memory is bounded in bytes."""

import threading
import time

import numpy as np
import pytest

from app.storage import runs
from app.storage.memory import Memory, size_of
from app.watch import scene
from lart_core.runs.run import Run
from tests.synthetic import make_run


def test_the_longest_unused_is_forgotten_when_bytes_run_out() -> None:
    memory, made = Memory(limit=1000), []

    def ask(key: str, size: int = 300):
        return memory.get("f", key, lambda: made.append(key) or np.zeros(size, np.uint8), 99)

    for key in "abac":
        ask(key)
    assert made == ["a", "b", "c"] and memory.bytes <= 1000
    ask("a")
    ask("b")
    assert made == ["a", "b", "c", "b"], "b was the longest unused"
    ask("huge", 5000)
    ask("huge", 5000)
    assert made[-1] == "huge" and made.count("huge") == 1, "the latest is kept in any case"
    ask("a")
    assert memory.bytes <= 1000


def test_no_more_answers_of_one_function_than_it_says() -> None:
    memory, made = Memory(), []
    for key in (1, 2, 3, 1):
        memory.get("f", key, lambda key=key: made.append(key), 2)
    assert made == [1, 2, 3, 1]


def test_who_asks_for_what_is_being_made_waits_for_it() -> None:
    memory, made = Memory(), []

    def slow() -> int:
        made.append(1)
        time.sleep(0.1)
        return 7

    threads = [threading.Thread(target=memory.get, args=("f", 1, slow, 1)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1] and memory.get("f", 1, slow, 1) == 7


def test_what_failed_is_tried_again() -> None:
    memory = Memory()

    def fail() -> None:
        raise ValueError

    for _ in range(2):
        with pytest.raises(ValueError):
            memory.get("f", 1, fail, 1)
    assert memory.get("f", 1, lambda: 3, 1) == 3


def test_people_of_long_videos_are_a_few_bytes_a_frame(run: Run) -> None:
    person = scene.people(run)[0]
    assert size_of(person) < 4 * len(person.seen) + 2000


def test_a_piece_of_the_overlay_is_that_of_the_whole(home) -> None:
    run = make_run(home, "long", frames=scene.CHUNK + 40)
    people = run.people()
    for first, last in [(0, 50), (100, 167), (160, 400), (500, 600)]:
        whole = people.columns(2, "frame", "box")
        rows = (whole["frame"] >= first) & (whole["frame"] <= last)
        assert np.array_equal(people.stretch(2, first, last, "box")["box"], whole["box"][rows])
    assert runs.find("long").people().provenance(1) == {"detector": "synthetic"}
