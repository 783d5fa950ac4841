"""The whole way on a made-up video with made-up perception: resumable, honest about nobody."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path

import joblib
import numpy as np
import pytest

from analysis.runs.ava_predictions import predictions_of_run
from lart_core import pipeline, presets, video
from lart_core.errors import LartError, LartWarning
from lart_core.perception.protocols import Bodies, Detections, Frame
from lart_core.pipeline.process import GivenBoxes, Progress, Protocol
from lart_core.runs.run import Run
from lart_core.runs.summary import summarise
from lart_core.settings import Settings
from lart_core.tracklet import Tracklet

FRAMES = 40


class WalkingBox:
    """Finds one person who crosses the picture, or nobody."""

    name = "made-up detector"

    def __init__(self, people: int = 1) -> None:
        self.people = people
        self.seen = 0

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """One box a frame, two pixels further each time."""
        found = []
        for _ in frames:
            left = 40.0 + 2 * self.seen
            self.seen += 1
            box = np.array([[left, 60, left + 80, 260]] * self.people, np.float32).reshape(-1, 4)
            found.append(Detections(box, np.full(self.people, 0.9, np.float32)))
        return found


class Standing:
    """Gives every detection the rest pose."""

    name = "made-up bodies"

    def estimate(self, frames: Sequence[Frame], detections: Sequence[Detections]) -> list[Bodies]:
        """A body of fixed size where the box is."""
        return [self._bodies(found) for found in detections]

    def refine(self, tracklet: Tracklet) -> Tracklet:
        """Nothing to smooth."""
        return tracklet

    def _bodies(self, found: Detections) -> Bodies:
        n = len(found)
        eye = np.eye(3, dtype=np.float32)
        centre = (found.box[:, :2] + found.box[:, 2:]) / 2
        camera = np.column_stack([(centre - 200) / 100, np.full(n, 40)]).astype(np.float32)
        return Bodies(
            valid=np.ones(n, bool),
            global_orient=np.tile(eye, (n, 1, 1)),
            body_pose=np.tile(eye, (n, 23, 1, 1)),
            betas=np.zeros((n, 10), np.float32),
            camera=camera,
            joints=np.zeros((n, 45, 3), np.float32),
        )


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A grey video."""
    path = tmp_path / "clip.mp4"
    video.write_player(path, [np.full((300, 400, 3), 90, np.uint8)] * FRAMES, 30)
    return path


def use(monkeypatch: pytest.MonkeyPatch, people: int = 1) -> WalkingBox:
    """Let the light preset be the made-up perception with the product's own models."""
    detector = WalkingBox(people)
    pose_only = {"pose-small": presets.demo_models()["pose-small"]}
    backends = presets.Backends(detector, Standing(), None, pose_only)
    monkeypatch.setattr(presets, "load", lambda preset, settings: backends)
    return detector


def test_people_get_tracks_and_probabilities(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch)
    said: list[Progress] = []
    run = pipeline.run(clip, tmp_path / "run", progress=said.append)
    (person,) = run.tracklets()
    assert len(person) == FRAMES and person.detected.all()
    for model in run.models():
        probability = run.actions(model).people[person.track_id].probability
        assert probability.shape == (FRAMES, len(run.actions(model).ava_ids))
        assert (probability >= 0).all() and (probability <= 1).all()
    assert run.player is not None
    assert {progress.stage for progress in said} >= {"perception", "actions", "tracking"}
    assert all(progress.done <= progress.total for progress in said)


def test_a_film_is_decoded_once(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch)
    decoded = []
    timed_frames = video.timed_frames

    def counted(*given: object) -> Iterator[video.Frame]:
        decoded.append(given)
        return timed_frames(*given)

    monkeypatch.setattr(video, "timed_frames", counted)
    monkeypatch.setattr(video, "frames", None)
    run = pipeline.run(clip, tmp_path / "run")
    assert len(decoded) == 1
    assert video.probe(run.player).frames == FRAMES


def test_an_encoder_that_watches_does_so_in_the_same_pass(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Watching:
        name, dim, stride = "watching", 8, 6
        seen = 0

        @contextmanager
        def watching(self, kept: Path, fps: float) -> Iterator[Callable[[np.ndarray], None]]:
            yield self.watch
            kept.write_text("seen")

        def watch(self, frame: np.ndarray) -> None:
            self.seen += 1

        def describe(self, kept: Path, tracklets: Sequence[Tracklet]) -> list[Tracklet]:
            assert kept.read_text() == "seen"
            return [
                replace(one, appearance=np.ones((1, 8), np.float32), appearance_frame=one.frame[:1])
                for one in tracklets
            ]

        def encode(self, frames: object, tracklets: object) -> list[Tracklet]:
            raise AssertionError("the video would be decoded again")

    encoder = Watching()
    use(monkeypatch)
    made = replace(presets.load("light", Settings()), appearance=encoder)
    monkeypatch.setattr(presets, "load", lambda preset, settings: made)
    run = pipeline.run(clip, tmp_path / "run")
    assert encoder.seen == FRAMES
    assert run.facts["provenance"]["appearance"] == "watching"
    (person,) = run.tracklets()
    assert person.appearance.shape == (1, 8)
    assert not (run.path / "watched.zip").exists(), "nobody needs it any more"


def test_a_run_without_its_player_copy_gets_it(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch)
    run = pipeline.run(clip, tmp_path / "run", until="appearance")
    assert run.player is None
    assert pipeline.run(clip, tmp_path / "run").player is not None


def test_nobody_is_a_run_too(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, people=0)
    run = pipeline.run(clip, tmp_path / "run")
    assert list(run.tracklets()) == []
    assert run.finished("player")


@pytest.mark.parametrize("stage", ["tracking", "actions"])
def test_goes_on_from_the_last_finished_stage(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    detector = use(monkeypatch)

    class Killed(BaseException):
        pass

    def kill(progress: Progress) -> None:
        if progress.stage == stage:
            raise Killed

    with pytest.raises(Killed):
        pipeline.run(clip, tmp_path / "run", progress=kill)
    assert detector.seen == FRAMES
    run = pipeline.run(clip, tmp_path / "run")
    assert detector.seen == FRAMES, "perception is not done twice"
    assert run.finished("player")


def test_one_frame_makes_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch)
    path = tmp_path / "one.mp4"
    video.write_player(path, [np.zeros((300, 400, 3), np.uint8)], 30)
    run = pipeline.run(path, tmp_path / "run")
    assert run.video.frames == 1
    assert run.finished("player")


def test_given_boxes_replace_the_detector_around_keyframes(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, people=0)
    file = tmp_path / "boxes.csv"
    file.write_text("".join(f"clip,{n / 30:.6f},0.2,0.2,0.5,0.9,80\n" for n in range(FRAMES)))
    boxes = GivenBoxes(file, "normalised")
    whole = pipeline.run(clip, tmp_path / "whole", protocol=Protocol(boxes))
    (person,) = whole.tracklets()
    np.testing.assert_allclose(person.box[0], [80, 60, 200, 270], atol=1e-3)
    windows = pipeline.run(
        clip, tmp_path / "windows", protocol=Protocol(boxes, window=0.4, keyframes_hz=3)
    )
    assert [p.keyframe for p in windows.tracklets()] == [0, 10, 20, 30]
    with pytest.raises(LartError, match="other settings"):
        pipeline.run(clip, tmp_path / "whole", protocol=Protocol())


def test_a_part_of_a_video_knows_where_in_the_film_it_begins(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch)
    part = video.Clip(start=0.5)
    run = pipeline.run(clip, tmp_path / "run", protocol=Protocol(begins_at=900), clip=part)
    assert (run.video_begins_at, run.begins_at, run.begun(60)) == (900, 900.5, 60.5)


def test_a_part_that_begins_between_two_frames_begins_with_the_later(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch)
    run = pipeline.run(clip, tmp_path / "run", clip=video.Clip(start=0.51))
    assert run.begins_at == pytest.approx(16 / 30, abs=1e-6)
    facts = json.loads((run.path / "run.json").read_text())
    del facts["settings"]["first_frame_at"]  # as runs of before
    (run.path / "run.json").write_text(json.dumps(facts))
    former = pipeline.run(clip, run.path, clip=video.Clip(start=0.51))
    assert former.begins_at == 0.51


@pytest.mark.parametrize("start", [0.3, 0.305])
@pytest.mark.parametrize("ending", ["csv", "pkl"])
def test_given_boxes_of_a_whole_film_lie_at_the_same_pictures_of_a_part(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: float, ending: str
) -> None:
    use(monkeypatch, people=0)
    at, file = [3, 15, 24, 29], tmp_path / f"boxes.{ending}"
    if ending == "csv":
        rows = [f"clip,{n / 30:.6f},80,60,200,270" for n in at]
        file.write_text("\n".join(rows))
    else:
        box = {"gt_bbox": np.array([[80.0, 60, 120, 210]])}
        joblib.dump({f"{n + 1:06d}.jpg": box for n in at}, file)
    boxes = GivenBoxes(file, "xyxy" if ending == "csv" else "xywh")
    part = video.Clip(start=start, end=0.9)
    first = round(start * 30 + 0.49)
    run = pipeline.run(clip, tmp_path / "run", protocol=Protocol(boxes), clip=part)
    (person,) = run.tracklets()
    assert [n + first for n in person.given.tolist()] == [15, 24]
    outside = video.Clip(start=0.55, end=0.7)
    with pytest.raises(LartError, match="Expected boxes for this part of the video"):
        pipeline.run(clip, tmp_path / "none", protocol=Protocol(boxes), clip=outside)


def test_given_boxes_lie_where_decoding_shows_their_seconds(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file may promise other times than its frames turn out to have."""
    use(monkeypatch, people=0)
    file = tmp_path / "boxes.csv"
    file.write_text("clip,1.0,80,60,200,270\n")
    decode = video.timed_frames

    def late(path: Path, part: video.Clip | None = None) -> Iterator[video.Frame]:
        for number, frame in enumerate(decode(path, part)):
            yield replace(frame, second=frame.second + (0.1 if number > 20 else 0.0))

    monkeypatch.setattr(video, "timed_frames", late)
    with pytest.warns(LartWarning, match="looked for once more"):
        run = pipeline.run(clip, tmp_path / "run", protocol=Protocol(GivenBoxes(file, "xyxy")))
    (person,) = run.tracklets()
    assert run.video.variable and person.given.tolist() == [27] == list(run.given_at)
    again = pipeline.run(clip, tmp_path / "run", protocol=Protocol(GivenBoxes(file, "xyxy")))
    assert again.tracklets()[0].given.tolist() == [27]


def test_given_boxes_after_what_can_be_decoded_do_not_end_a_run(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, people=0)
    monkeypatch.setattr("lart_core.perception.given_boxes.AFTER", 0.1)
    file = tmp_path / "boxes.csv"
    file.write_text("clip,0.5,80,60,200,270\nclip,1.2,80,60,200,270\n")
    decode = video.timed_frames
    monkeypatch.setattr(video, "timed_frames", lambda *args: islice(decode(*args), 25))
    with pytest.warns(LartWarning, match="looked for once more"):
        run = pipeline.run(clip, tmp_path / "run", protocol=Protocol(GivenBoxes(file, "xyxy")))
    (person,) = run.tracklets()
    assert run.video.frames == 25 and person.given.tolist() == [15]


def test_keyframes_of_windows_are_whole_seconds_of_the_film(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch)
    part, protocol = video.Clip(start=0.5), Protocol(window=0.4, begins_at=900)
    run = pipeline.run(clip, tmp_path / "run", protocol=protocol, clip=part)
    assert [p.keyframe for p in run.tracklets()] == [15]
    table = predictions_of_run(run, "pose-small")
    assert set(table["timestamp"]) == {901.0}
    with pytest.raises(LartError, match="no whole second of the film"):
        short = video.Clip(start=0.5, end=0.9)
        pipeline.run(clip, tmp_path / "short", protocol=protocol, clip=short)


def test_two_processes_do_not_work_on_one_run(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch)
    monkeypatch.setattr("lart_core.runs.run.PATIENCE", 1)
    (tmp_path / "run" / ".player.mp4.abc.part").mkdir(parents=True)
    with Run.held(tmp_path / "run"), pytest.raises(LartError, match="Another process works on"):
        pipeline.run(clip, tmp_path / "run")
    with pytest.raises(LartError, match="other files"):
        pipeline.run(clip, tmp_path / "run")
    assert (tmp_path / "run" / ".player.mp4.abc.part").is_dir(), "it is not a run's"


def test_a_setting_of_given_boxes_is_refused_without_and_did_not_count_before(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch)
    with pytest.raises(LartError, match="box_score is of given boxes, but none are given"):
        pipeline.run(clip, tmp_path / "run", settings=Settings(box_score=0.5))
    run = pipeline.run(clip, tmp_path / "run")
    facts = json.loads((run.path / "run.json").read_text())
    facts["settings"]["options"]["box_score"] = 0.5  # noted by versions that took it
    (run.path / "run.json").write_text(json.dumps(facts))
    assert pipeline.run(clip, run.path).finished("player")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"window": 0}, "a window of more than 0 seconds, but got 0"),
        ({"window": float("nan")}, "a window of more than 0 seconds, but got nan"),
        ({"window": 4, "keyframes_hz": 0}, "more than 0 keyframes a second, but got 0"),
        ({"begins_at": float("inf")}, "the second at which the video begins"),
        ({"window": 4, "keyframes_hz": 100}, "keyframes at up to 30"),
        ({"window": 0.01}, "windows of at least two frames"),
    ],
)
def test_a_protocol_that_cannot_be_is_refused_before_any_work(
    clip: Path, tmp_path: Path, values: dict[str, float], words: str
) -> None:
    with pytest.raises(LartError, match=words):
        pipeline.run(clip, tmp_path / "run", protocol=Protocol(**values))
    assert not (tmp_path / "run").exists()


def test_a_stage_that_does_not_apply_is_not_noted(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch)
    run = pipeline.run(clip, tmp_path / "run")
    assert list(run.facts["stages"]) == ["player", "perception", "tracking", "actions"]


def test_a_finished_run_is_returned_without_loading_anything(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch)
    before = pipeline.run(clip, tmp_path / "run").facts
    monkeypatch.setattr(presets, "load", lambda *_: pytest.fail("loaded"))
    monkeypatch.setattr(presets, "require", lambda _: pytest.fail("looked for files"))
    assert pipeline.run(clip, tmp_path / "run").facts == before


def test_older_runs_that_noted_it_go_on(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch)

    class Killed(BaseException):
        pass

    def kill(progress: Progress) -> None:
        if progress.stage == "actions":
            raise Killed

    with pytest.raises(Killed):
        pipeline.run(clip, tmp_path / "run", progress=kill)
    Run.open(tmp_path / "run").finish("appearance", 0.0)
    run = pipeline.run(clip, tmp_path / "run")
    assert list(run.facts["stages"]) == [
        "player",
        "perception",
        "tracking",
        "appearance",
        "actions",
    ]
    assert "actions" in summarise(run)["seconds"]


def test_what_tells_people_apart_is_written_down(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch)
    run = pipeline.run(clip, tmp_path / "run")
    assert run.facts["provenance"]["reid_cue"] == "none", "this detector gives no masks"


def test_settings_stand_in_the_run_and_reach_the_tracker(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch)
    run = pipeline.run(clip, tmp_path / "run", settings=Settings(smallest_height=600))
    assert len(run.tracklets()) == 0, "everybody is lower than that"
    assert run.facts["settings"]["options"]["smallest_height"] == 600
    with pytest.raises(LartError, match="other settings"):
        pipeline.run(clip, tmp_path / "run")
    again = pipeline.run(clip, run.path, settings=Settings(smallest_height=600, threads=1))
    assert again.facts["settings"]["options"]["threads"] is None, "threads change nothing"


def test_boxes_under_a_score_are_left_out(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, people=0)
    file = tmp_path / "boxes.csv"
    rows = [f"clip,{n / 30:.6f},0.{x},0.2,0.{x + 3},0.9,80,{s}" for n in range(FRAMES)
            for x, s in ((1, 0.9), (5, 0.3))]  # fmt: skip
    file.write_text("\n".join(rows))
    protocol = Protocol(GivenBoxes(file, "normalised"))
    everybody = pipeline.run(clip, tmp_path / "a", protocol=protocol)
    sure = pipeline.run(clip, tmp_path / "b", protocol=protocol, settings=Settings(box_score=0.8))
    assert (len(everybody.tracklets()), len(sure.tracklets())) == (2, 1)
    with pytest.raises(LartError, match=r"with a score of 0\.95 or more, but found none"):
        settings = Settings(box_score=0.95)
        pipeline.run(clip, tmp_path / "c", protocol=protocol, settings=settings)


def test_a_run_of_an_older_version_opens_and_goes_on(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    detector = use(monkeypatch)
    run = pipeline.run(clip, tmp_path / "run")
    facts = json.loads((run.path / "run.json").read_text())
    facts["settings"] = {**facts["settings"], "preset": "embedded"}
    del facts["settings"]["options"], facts["stages"]["player"]
    del facts["provenance"]["reid_cue"]
    facts["provenance"]["told_apart_by"] = "nothing"
    (run.path / "run.json").write_text(json.dumps(facts))
    again = pipeline.run(clip, tmp_path / "run")
    assert detector.seen == FRAMES and again.finished("player")
    assert again.facts["provenance"]["reid_cue"] == "none"
