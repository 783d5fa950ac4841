"""A set of videos: resumable, the same bytes after any break, honest about what it refused."""

import csv
import gzip
import json
import shutil

import numpy as np
import pytest

from app.cli import main
from lart_core import atomic_files, engines, pipeline, presets
from lart_core.dataset import ShardBusy, Share, VideoSet, manifest, shard_of, status
from lart_core.dataset.manifest import Line, add_to_manifest, read_manifest
from lart_core.engines import LocalEngine
from lart_core.errors import LartError
from lart_core.runs.run import Run
from lart_core.settings import Settings
from tests.lart_core.dataset.light import backends, digests, write_videos

NAMES = ("a/one.mp4", "a/two.mp4", "three.mp4")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Three short videos, and a perception that needs no model."""
    monkeypatch.setattr(presets, "load", lambda *_: backends())
    return write_videos(tmp_path / "videos", NAMES)


def track(folder, out, **options):
    made = engines.plan(folder, out, **options)
    engines.track(made, LocalEngine())
    return made


def test_every_video_becomes_a_run_and_a_line(folder, tmp_path):
    made = track(folder, tmp_path / "set")
    assert sorted(made.lines(), key=lambda line: line.video) == [
        Line(name, "tracked", 1, 12) for name in NAMES
    ]
    runs = dict(made.runs())
    assert sorted(runs) == list(NAMES)
    assert len(runs["a/two.mp4"].tracklets()) == 1
    assert not runs["a/two.mp4"].finished("actions")
    now = status(VideoSet.open(tmp_path / "set"))
    assert (now.tracked, now.refused, now.left, now.workers) == (3, 0, 0, 0)
    assert now.seconds is not None and now.seconds > 0


@pytest.mark.parametrize("step", [0, 1, 2, 3, 4, 5, 8, 11])
def test_broken_off_at_any_write_it_ends_the_same(folder, tmp_path, monkeypatch, step):
    """The process dies before it puts its `step`-th file in place; scratch is left behind."""
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    track(folder, whole)
    real, left = atomic_files.os.replace, [step]

    class Killed(BaseException):
        pass

    def dies(source, target):
        left[0] -= 1
        if left[0] < 0:
            raise Killed
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(atomic_files.os, "replace", dies)
        patch.setattr(atomic_files.shutil, "rmtree", lambda *_, **__: None)
        with pytest.raises(Killed):
            track(folder, broken)
    assert any(".part" in name for name in digests(broken))
    track(folder, broken)
    assert digests(broken) == digests(whole)


def test_finished_videos_are_not_touched_again_and_new_ones_join(folder, tmp_path, monkeypatch):
    made = track(folder, tmp_path / "set")
    before = digests(made.path)
    write_videos(folder, ["new.mp4"])
    seen = []
    real = pipeline.run
    monkeypatch.setattr(
        pipeline, "run", lambda path, *a, **k: seen.append(path) or real(path, *a, **k)
    )
    track(folder, tmp_path / "set")
    assert [path.name for path in seen] == ["new.mp4"]
    after = digests(made.path)
    assert {k: v for k, v in after.items() if k in before and k != "index.parquet"} == {
        k: v for k, v in before.items() if k != "index.parquet"
    }
    assert status(made).tracked == 4


def test_a_bad_video_is_noted_and_passed_over(folder, tmp_path, capsys):
    (folder / "bad.mp4").write_bytes(b"no video")
    command = ["dataset", "track", str(folder), "--out", str(tmp_path / "set")]
    assert main(command) == 1
    shown = capsys.readouterr()
    assert "3 of 4" in shown.out and "bad.mp4" in shown.err
    assert not list((tmp_path / "set").rglob("runs/bad.mp4"))
    assert main(["dataset", "status", str(tmp_path / "set")]) == 0
    shown = capsys.readouterr().out.split()
    assert shown[:6] == ["tracked", "3", "refused", "1", "left", "0"]
    write_videos(folder, ["bad.mp4"])
    assert main(command) == 0 and "[1/1] bad.mp4: 1 people" in capsys.readouterr().err


def test_a_list_chooses(folder, tmp_path):
    chosen = tmp_path / "list.csv"
    chosen.write_text("video\nthree.mp4\n")
    made = track(folder, tmp_path / "set", listed=chosen)
    assert [line.video for line in made.lines()] == ["three.mp4"]


@pytest.mark.parametrize("name", ["../three.mp4", "none.mp4"])
def test_a_list_reaches_only_into_its_folder(folder, tmp_path, name):
    (tmp_path / "three.mp4").write_bytes(b"x")
    (tmp_path / "list.csv").write_text(f"video\n{name}\n")
    with pytest.raises(LartError, match="within"):
        track(folder, tmp_path / "set", listed=tmp_path / "list.csv")


def test_what_cannot_be_a_set_is_a_sentence(folder, tmp_path):
    (tmp_path / "none").mkdir()
    with pytest.raises(LartError, match="Expected videos"):
        track(tmp_path / "none", tmp_path / "set")
    with pytest.raises(LartError, match="Expected a data set"):
        VideoSet.open(tmp_path / "none")
    (tmp_path / "none" / "mine.txt").touch()
    with pytest.raises(LartError, match=r"has mine\.txt"):
        track(folder, tmp_path / "none")
    made = track(folder, tmp_path / "set")
    with pytest.raises(LartError, match="other settings"):
        track(folder, tmp_path / "set", protocol=pipeline.Protocol(shots=True))
    (made.path / "index.parquet").write_bytes(b"x")
    with pytest.raises(LartError, match="index of the set"):
        status(made)


def test_avas_protocol_through_the_former_name_and_two_files_of_boxes(folder, tmp_path):
    (tmp_path / "a.csv").write_text("one,900,0.1,0.1,0.5,0.9,12,0.9\nother,900,0,0,1,1,12,0.9\n")
    (tmp_path / "b.csv").write_text("two,900,0.2,0.1,0.5,0.9,12,0.9\n")
    command = ["track-dataset", str(folder / "a"), "--out", str(tmp_path / "set"), "--boxes"]
    command += [str(tmp_path / "a.csv"), str(tmp_path / "b.csv"), "--box-format", "normalised"]
    assert main([*command, "--boxes-start", "900", "--window", "4"]) == 0
    runs = dict(VideoSet.open(tmp_path / "set").runs())
    (person,) = (t for t in runs["two.mp4"].tracklets() if t.first == 0)
    assert person.keyframe == 0 and runs["two.mp4"].begins_at == 900
    np.testing.assert_allclose(person.box[0], [32, 12, 80, 108], rtol=1e-6)


HEADED = (
    "video,timestamp,ymin,xmin,ymax,xmax,score\n"
    "two.mp4,900,0.1,0.2,0.9,0.5,0.9\none.mp4,900,0.1,0.1,0.9,0.4,0.9\n"
)


def _boxes_of_a_set(folder, tmp_path, file: str, content: bytes) -> VideoSet:
    (tmp_path / file).write_bytes(content)
    command = ["dataset", "track", str(folder / "a"), "--out", str(tmp_path / "set"), "--boxes"]
    command += [str(tmp_path / file), "--box-format", "normalised", "--boxes-start", "900"]
    assert main([*command, "--window", "4"]) == 0
    return VideoSet.open(tmp_path / "set")


@pytest.mark.parametrize("packed", [False, True])
def test_boxes_of_a_set_are_read_in_every_layout_of_avas_tables(folder, tmp_path, packed):
    content = HEADED.encode()
    made = _boxes_of_a_set(
        folder, tmp_path, "b.csv.gz" if packed else "b.csv",
        gzip.compress(content) if packed else content,
    )  # fmt: skip
    (person,) = (t for t in dict(made.runs())["two.mp4"].tracklets() if t.first == 0)
    np.testing.assert_allclose(person.box[0], [32, 12, 80, 108], rtol=1e-6)


def test_a_set_keeps_to_the_boxes_that_it_was_begun_with(folder, tmp_path, capsys):
    made = _boxes_of_a_set(folder, tmp_path, "b.csv", HEADED.encode())
    before = digests(made.path)
    _boxes_of_a_set(
        folder,
        tmp_path,
        "same.csv",
        b"two,900.0,0.2,0.1,0.5,0.9,12,0.9\none,900.0,0.1,0.1,0.4,0.9,12,0.9\n",
    )
    assert digests(made.path) == before
    (tmp_path / "other.csv").write_text(HEADED.replace("0.5", "0.6"))
    command = ["dataset", "track", str(folder / "a"), "--out", str(made.path), "--boxes"]
    command += [str(tmp_path / "other.csv"), "--box-format", "normalised"]
    assert main([*command, "--boxes-start", "900", "--window", "4"]) == 2
    assert "begun with, but those of two.mp4 are others" in capsys.readouterr().err
    assert digests(made.path) == before


@pytest.mark.parametrize("rows", ["", "two.mp4,900,,,,,\n"])
def test_a_table_without_a_box_leaves_every_video_without(folder, tmp_path, capsys, rows):
    (tmp_path / "b.csv").write_text(HEADED.splitlines(keepends=True)[0] + rows)
    command = ["dataset", "track", str(folder / "a"), "--out", str(tmp_path / "set"), "--boxes"]
    assert main([*command, str(tmp_path / "b.csv"), "--box-format", "normalised"]) == 1
    assert "Expected given boxes of 'two', but there are none" in capsys.readouterr().err


def test_another_film_in_the_place_of_a_tracked_one_is_refused(folder, tmp_path):
    made = track(folder, tmp_path / "set")
    before = digests(made.path)
    with (folder / "a" / "two.mp4").open("ab") as file:
        file.write(b"more")
    with pytest.raises(LartError, match=r"Expected a/two\.mp4 as it was when it was tracked"):
        track(folder, tmp_path / "set")
    assert digests(made.path) == before


def test_a_film_that_grew_before_it_was_tracked_is_that_film(folder, tmp_path):
    whole = (folder / "a" / "two.mp4").read_bytes()
    (folder / "a" / "two.mp4").write_bytes(whole[:100])
    made = engines.plan(folder, tmp_path / "set")
    (folder / "a" / "two.mp4").write_bytes(whole)
    engines.track(made, LocalEngine())
    again = track(folder, tmp_path / "set")
    assert status(again).tracked == 3


def test_the_folder_of_a_set_may_move_with_all_that_is_left(folder, tmp_path):
    track(folder, tmp_path / "set")
    moved = folder.rename(tmp_path / "moved")
    (moved / "three.mp4").unlink()
    assert track(moved, tmp_path / "set").videos == moved.resolve()
    write_videos(moved, ["later.mp4"])
    (moved / "later.mp4").write_bytes(b"no video")
    track(moved, tmp_path / "set")
    with pytest.raises(LartError, match=r"has no later\.mp4"):
        track(moved / "a", tmp_path / "set")


def test_a_set_with_a_setting_that_was_not_heeded_goes_on(folder, tmp_path):
    """Keyframes a second without a window were noted, and changed nothing."""
    protocol = pipeline.Protocol(keyframes_hz=1.0)
    made = track(folder, tmp_path / "set", protocol=protocol)
    before = digests(made.path)
    assert digests(track(folder, tmp_path / "set").path) == before
    with pytest.raises(LartError, match=r"other settings \(begins_at: none there, 900 now"):
        track(folder, tmp_path / "set", protocol=pipeline.Protocol(begins_at=900))


def test_threads_of_a_set_may_differ_and_those_of_now_are_taken(folder, tmp_path):
    track(folder, tmp_path / "set", settings=Settings(threads=1))
    made = track(folder, tmp_path / "set", settings=Settings(threads=2))
    assert made.facts["settings"]["options"]["threads"] == 2
    facts = json.loads((made.path / "set.json").read_text())
    del facts["settings"]["options"]["box_score"]  # as a version that had no such setting
    (made.path / "set.json").write_text(json.dumps(facts))
    track(folder, tmp_path / "set")
    with pytest.raises(LartError, match="smallest_width"):
        track(folder, tmp_path / "set", settings=Settings(smallest_width=99))


def test_boxes_of_a_name_that_two_videos_have_are_refused(folder, tmp_path):
    (folder / "b").mkdir()
    name = next(folder.rglob("*.mp4"))
    shutil.copyfile(name, folder / "b" / name.name)
    boxes = tmp_path / "boxes.csv"
    boxes.write_text(f"{name.stem},0.0,0.1,0.1,0.5,0.9,1\n")
    protocol = pipeline.Protocol(pipeline.GivenBoxes(boxes, "normalised"))
    with pytest.raises(LartError, match="Expected videos of different names"):
        track(folder, tmp_path / "set", boxes=[boxes], protocol=protocol)
    assert not (tmp_path / "set").exists()


def test_a_set_of_the_older_layout_is_read_and_goes_on(folder, tmp_path):
    """As `lart track-dataset` left it: runs under the videos' names, one manifest.csv."""
    old, new = tmp_path / "old", track(folder, tmp_path / "new")
    for video, run in new.runs():
        shutil.copytree(run.path, old / video)
    with (old / "manifest.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["video", "state", "people", "frames", "reason"])
        writer.writerows([[name, "tracked", 1, 12, ""] for name in NAMES])
        writer.writerow(["bad.mp4", "refused", "", "", "no video"])
        writer.writerow(["later.mp4", "", "", "", ""])
    read = VideoSet.open(old)
    now = status(read)
    assert (now.tracked, now.refused) == (3, 1)
    assert {video: len(run.tracklets()) for video, run in read.runs()} == dict.fromkeys(NAMES, 1)
    (folder / "bad.mp4").write_bytes(b"no video")
    track(folder, old)
    adopted = VideoSet.open(old)
    assert {video for video, _ in adopted.runs()} == set(NAMES)
    assert status(adopted).refused == 1
    a, b = digests(old), digests(new.path)
    assert all(a[name] == b[name] for name in b if "runs" in name)


def test_an_unfinished_line_does_not_count_and_is_cut_off(tmp_path):
    one, two = Line("é/one.mp4", "tracked", 1, 12), Line("two.mp4", "refused", reason="no")
    add_to_manifest(tmp_path, one)
    file = tmp_path / manifest.MANIFEST
    whole = file.read_bytes()
    for cut in (1, 5, len(whole) - 1):
        file.write_bytes(whole + whole[:cut])
        assert read_manifest(tmp_path) == {one.video: one}
        add_to_manifest(tmp_path, two)
        assert read_manifest(tmp_path) == {one.video: one, two.video: two}
        assert file.read_bytes().startswith(whole)
    file.write_bytes(b"{nonsense}\n" + whole)
    with pytest.raises(LartError, match=r"Line 1 of .*damaged"):
        read_manifest(tmp_path)


def test_a_shard_has_one_process_at_a_time(folder, tmp_path, monkeypatch):
    made = engines.plan(folder, tmp_path / "set")
    shard = made.shards([shard_of("three.mp4")])[0]
    with shard.held():
        with pytest.raises(ShardBusy, match="Another process"), shard.held():
            pass
        assert status(made).workers == 1
        (failure,) = engines.track(made, LocalEngine())
        assert failure.shard == shard.number and "Another process" in failure.reason
    assert status(made).left == 1
    assert engines.track(made, LocalEngine()) == [] and status(made).left == 0


def test_shares_are_a_partition():
    parts = [Share(i, 7).of(range(1024)) for i in range(7)]
    assert sorted(shard for part in parts for shard in part) == list(range(1024))


CLUSTER = [f"SLURM_ARRAY_TASK_{name}" for name in ("ID", "COUNT", "MIN", "MAX")]
CLUSTER.append("JOB_COMPLETION_INDEX")


@pytest.mark.parametrize(
    ("text", "environment", "share"),
    [
        (None, {}, None),
        ("2/8", {}, Share(2, 8)),
        ("auto/8", {"JOB_COMPLETION_INDEX": "3"}, Share(3, 8)),
        ("auto/8", {"SLURM_ARRAY_TASK_ID": "5"}, Share(5, 8)),
        (None, {"SLURM_ARRAY_TASK_ID": "1", "SLURM_ARRAY_TASK_COUNT": "4",
                "SLURM_ARRAY_TASK_MIN": "0", "SLURM_ARRAY_TASK_MAX": "3"}, Share(1, 4)),
    ],
)  # fmt: skip
def test_a_share_comes_from_the_user_or_the_cluster(text, environment, share, monkeypatch):
    for name in CLUSTER:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert Share.parse(text) == share


@pytest.mark.parametrize(
    ("text", "environment"),
    [
        ("8/8", {}), ("x", {}), ("auto/4", {}), ("0/5000", {}),
        (None, {"JOB_COMPLETION_INDEX": "3"}),
        (None, {"SLURM_ARRAY_TASK_ID": "7", "SLURM_ARRAY_TASK_COUNT": "2",
                "SLURM_ARRAY_TASK_MIN": "3", "SLURM_ARRAY_TASK_MAX": "7"}),
    ],
)  # fmt: skip
def test_a_share_that_is_not_clear_is_a_sentence(text, environment, monkeypatch):
    for name in CLUSTER:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(LartError, match="Expected"):
        Share.parse(text)


def test_the_run_goes_on_with_the_rest(folder, tmp_path):
    """`lart run` with the same settings adds actions to a set's run."""
    made = track(folder, tmp_path / "set")
    (where,) = (run.path for video, run in made.runs() if video == "three.mp4")
    pipeline.run(folder / "three.mp4", where)
    assert Run.open(where).finished("player")
