"""The way of a job as one: shares and times over all stages."""

import itertools

import pytest

from app.jobs import stages


def now(stage: str, done: int, total: int, remaining: float | None = None) -> dict:
    return {"stage": stage, "done": done, "total": total, "remaining": remaining}


@pytest.mark.parametrize("kind", stages.ORDER)
def test_the_share_only_grows(kind: str) -> None:
    names = list(stages.ORDER[kind])
    steps = [now(name, done, 4) for name in names for done in range(5)]
    shares = [stages.share(kind, step) for step in steps]
    assert all(a <= b + 1e-9 for a, b in itertools.pairwise(shares))
    assert shares[-1] == pytest.approx(1)
    assert set(names) <= stages.WORDS.keys()


def test_what_is_left_counts_the_stages_to_come() -> None:
    alone = now("perception", 50, 100, remaining=10.0)
    assert stages.left("video", alone, 10.0) > 10.0
    assert stages.left("export", now("export", 1, 4, remaining=3.0), 1.0) == 3.0
    assert stages.left("video", now("layer", 10, 10), 60.0) == pytest.approx(0.0)


def test_a_stage_that_nobody_knows_counts_alone() -> None:
    assert stages.share("video", now("new stage", 1, 4)) == 0.25
    assert stages.share("video", now("perception", 0, 0)) == 0.0
