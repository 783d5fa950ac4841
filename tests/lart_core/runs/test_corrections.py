"""Corrections: who is who and who does what, beside what was tracked and said."""

import json
from dataclasses import replace

import numpy as np
import pytest

from lart_core.errors import LartError
from lart_core.runs.corrections import FILE, Corrections, Deleted, Piece, Span
from lart_core.training import open_tracks
from lart_core.training.corrected import labels_of, learnable, write_labelled
from tests.synthetic import make_run

SWAPPED = {
    1: (Piece(1, 0, 39), Piece(2, 40, 89)),
    2: (Piece(2, 0, 39), Piece(1, 40, 89)),
}


@pytest.fixture
def run(tmp_path):
    return make_run(tmp_path)


def test_a_run_without_corrections_is_as_tracked(run) -> None:
    assert not run.corrections()
    assert run.people().track_ids == run.tracked_people().track_ids == [1, 2]


def test_corrections_come_back_as_they_were_saved_and_count_savings(run) -> None:
    spans = (Span(1, 11, 0, 30), Span(2, 80, 5, 89))
    kept = run.correct(Corrections(spans, SWAPPED))
    assert kept.revision == 1
    assert run.corrections() == kept
    assert run.correct(kept).revision == 2
    assert json.loads((run.path / FILE).read_text())["format"] == "lart-lens corrections 1"


def test_who_saves_on_an_older_revision_is_told_so_and_loses_nothing(run) -> None:
    run.correct(Corrections((Span(1, 11, 0, 30),)))
    with pytest.raises(LartError, match="another window has saved since"):
        run.correct(Corrections((Span(1, 12, 0, 30),)))
    assert run.corrections().spans == (Span(1, 11, 0, 30),)


def test_swapped_people_are_the_others_from_there_on(run) -> None:
    one, two = run.tracked_people()
    said = run.actions("pose").people
    run.correct(Corrections((), SWAPPED))
    first, second = run.people()
    assert np.array_equal(first.box[:40], one.box[:40])
    assert np.array_equal(first.box[40:], two.box[40:])
    assert np.array_equal(second.joints[40:], one.joints[40:])
    corrected = run.actions_of_people("pose").people
    assert np.array_equal(corrected[1].probability[40:], said[2].probability[40:])
    assert np.array_equal(run.actions("pose").people[1].probability, said[1].probability)


def test_split_and_deleted_people(run) -> None:
    run.correct(Corrections((), {1: (Piece(1, 0, 49),), 3: (Piece(1, 50, 89),), 2: ()}))
    people = run.people()
    assert people.track_ids == [1, 3]
    assert [(each.first, each.last) for each in people] == [(0, 49), (50, 89)]
    assert people.columns(3, "frame")["frame"].tolist() == list(range(50, 90))
    with pytest.raises(LartError, match="no 2"):
        people.by_id(2)


def test_who_was_deleted_is_kept_with_their_spans_and_counts_for_nothing(run) -> None:
    gone = Deleted((Piece(1, 5, 40),), (Span(1, 11, 5, 30),))
    kept = run.correct(Corrections((Span(2, 80, 0, 9),), {1: ()}, deleted={1: gone}))
    assert run.corrections() == kept and kept.deleted == {1: gone}
    assert run.people().track_ids == [2]
    assert (kept.actions(), kept.of(1)) == ([80], {})
    back = run.correct(
        replace(kept, spans=(*kept.spans, *gone.spans), people={1: gone.pieces}, deleted={})
    )
    assert run.people().track_ids == [1, 2] and back.of(1) == {11: [[5, 30]]}


def test_a_file_of_a_version_that_forgot_the_deleted_is_read(run) -> None:
    old = {"format": "lart-lens corrections 1", "revision": 3, "spans": []}
    piece = {"track": 1, "first": 0, "last": 89}
    (run.path / FILE).write_text(json.dumps(old | {"people": {"1": [], "2": []}}))
    assert run.corrections().deleted == {1: Deleted(), 2: Deleted()}
    (run.path / FILE).write_text(json.dumps(old | {"people": {"1": [], "2": [piece]}}))
    assert run.corrections().deleted == {}, "one was merged into the other"


def test_between_two_pieces_nobody_was_seen(run) -> None:
    run.correct(Corrections((), {1: (Piece(1, 0, 9), Piece(2, 20, 89)), 2: ()}))
    people = run.people()
    person = people.by_id(1)
    tracked = run.tracked_people()
    gap = slice(10, 20)
    assert not person.detected[gap].any() and not person.score[gap].any()
    edges = tracked.by_id(1).box[9, 0], tracked.by_id(2).box[20, 0]
    assert min(edges) < person.box[15, 0] < max(edges)
    for first, last in [(0, 89), (12, 15), (15, 30), (5, 11), (20, 20), (85, 89)]:
        part = people.part(1, first, last)
        assert (part.first, part.last) == (first, last)
        assert np.array_equal(part.body_pose, person.body_pose[first : last + 1])
        if first < 10 or first >= 20:
            assert np.allclose(part.box, person.box[first : last + 1], atol=1e-3)
    frames = run.actions_of_people("pose").people[1].frame
    assert np.array_equal(frames, np.arange(90))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (Corrections((Span(7, 11, 0, 3),)), "person 7 is not there"),
        (Corrections((Span(1, 11, 0, 90),)), "not there in frames 0 to 90"),
        (Corrections((), {1: (Piece(9, 0, 3),)}), "track 9 has no frames"),
        (Corrections((), {3: (Piece(1, 0, 3),)}), "one person's"),
        (Corrections((), {1: (Piece(1, 9, 20), Piece(1, 0, 3))}), "order of frames"),
    ],
)
def test_what_cannot_be_is_refused_and_not_written(run, wrong, words) -> None:
    with pytest.raises(LartError, match=words):
        run.correct(wrong)
    assert not (run.path / FILE).exists()


@pytest.mark.parametrize(
    "record",
    [
        [],
        {"revision": 0, "spans": [{"person": 1}], "people": {}},
        {"revision": 0, "spans": [], "people": {"one": []}},
        {"revision": 0, "spans": [], "people": {"1": [{"track": 1, "first": 4, "last": 2}]}},
        {"revision": 0, "spans": [], "people": {"1": 3}},
        {
            "revision": 0,
            "spans": [{"person": 1, "action": 81, "first": 0, "last": 1}],
            "people": {},
        },
        {
            "revision": 0,
            "spans": [{"person": 1, "action": True, "first": 0, "last": 1}],
            "people": {},
        },
        {"revision": 0, "spans": [], "people": {"1": []}, "deleted": []},
        {"revision": 0, "spans": [], "people": {"1": []}, "deleted": {"1": {"pieces": []}}},
        {"revision": 0, "spans": [], "people": {}, "deleted": {"1": {"pieces": [], "spans": []}}},
        {
            "revision": 0,
            "spans": [],
            "people": {"1": []},
            "deleted": {
                "1": {"pieces": [], "spans": [{"person": 2, "action": 1, "first": 0, "last": 1}]}
            },
        },
    ],
)
def test_a_record_that_is_none_is_a_sentence(record) -> None:
    with pytest.raises(LartError, match="Expected"):
        Corrections.from_record(record)


def test_a_damaged_file_is_a_sentence(run) -> None:
    run.correct(Corrections((Span(1, 11, 0, 30),)))
    (run.path / FILE).write_text('{"format": "lart-lens corrections 1", "spans"')
    with pytest.raises(LartError, match=r"corrections\.json of the run synthetic is damaged"):
        run.people()
    (run.path / FILE).write_text('{"format": "lart-lens corrections 2"}')
    with pytest.raises(LartError, match="newer version"):
        run.people()


def test_labels_hold_where_something_is_drawn_and_say_that_nothing_else_is_done() -> None:
    drawn = Corrections((Span(1, 11, 4, 6), Span(1, 80, 6, 8), Span(1, 11, 20, 20)))
    one, two = labels_of(drawn, [1, 2], (11, 12, 80))
    assert one.frame.tolist() == [4, 5, 6, 7, 8, 20]
    assert one.target[:, 0].tolist() == [1, 1, 1, 0, 0, 1]
    assert not one.target[:, 1].any() and one.ground_truth.all()
    assert one.target[:, 2].tolist() == [0, 0, 1, 1, 1, 0]
    assert len(two.frame) == 0


def test_lart_train_takes_what_is_written(run, tmp_path) -> None:
    from lart_core.model import LARTConfig

    with pytest.raises(LartError, match="draw some under Correct"):
        write_labelled(run, tmp_path / "nothing")
    run.correct(Corrections((Span(2, 80, 10, 19),), SWAPPED))
    assert learnable(run) == (5, 8, 11, 12, 14, 80)
    write_labelled(run, tmp_path / "set")
    tracks, ava_ids = open_tracks([tmp_path / "set"], LARTConfig.small())
    assert ava_ids == learnable(run) and len(tracks) == 2
    target = tracks[1].target
    assert np.isnan(target[:10]).all() and target[10:20, 5].tolist() == [1] * 10
    assert not target[10:20, :5].any()


def test_stretches_and_masks_of_corrected_people(tmp_path) -> None:
    made = make_run(tmp_path)
    one, two = made.tracklets()
    masked = replace(one, mask=tuple(f"m{i}".encode() if i % 2 else None for i in range(90)))
    made.write_tracklets([masked, two])
    tracked = made.tracked_people()
    assert tracked.masks(1, 3, 6) == (b"m3", None, b"m5", None)
    assert tracked.masks(1) == masked.mask and tracked.masks(2) is None
    assert tracked.has_masks(1) and not tracked.has_masks(2)
    made.correct(Corrections((), SWAPPED))
    people = made.people()
    assert people.masks(2, 38, 43) == (None, None, None, b"m41", None, b"m43")
    assert people.masks(1) == masked.mask[:40] + (None,) * 50
    both = people.stretch(1, 38, 42, "box")["box"]
    assert np.array_equal(both, np.concatenate([one.box[38:40], two.box[40:43]]))
    assert people.stretch(1, 95, 99, "box")["box"].shape == (0, 4)
    assert people.provenance(1) == {"detector": "synthetic"}
