"""Boxes that were given, windows around keyframes, and cuts."""

import gzip
from pathlib import Path

import joblib
import numpy as np
import pytest
from pycocotools import mask as coco

from lart_core import tracking
from lart_core.errors import LartError, LartWarning
from lart_core.perception.protocols import Detections
from lart_core.tracklet import VideoFacts
from lart_core.video import frames, write_player

VIDEO = VideoFacts("a.b/street.mp4", 200, 100, 25.0, 250)
BOX = [20.0, 10.0, 60.0, 90.0]


def text(tmp_path, content):
    file = tmp_path / "boxes.csv"
    file.write_text(content)
    return file


@pytest.mark.parametrize(
    ("box_format", "numbers"),
    [("normalised", "0.1,0.1,0.3,0.9"), ("xyxy", "20,10,60,90"), ("xywh", "20,10,40,80")],
)
def test_csv_in_every_format(tmp_path, box_format, numbers):
    file = text(
        tmp_path,
        f"street,0902,{numbers},12,0.5\nstreet,0902,{numbers},17,0.8\nother,0902,1,1,2,2,1,1\n"
        f"street,0904,{numbers},,0.9\nstreet,0905\n",
    )
    got = tracking.read_boxes(file, box_format, VIDEO, start=900)
    assert list(got) == [50, 100]
    np.testing.assert_allclose(got[50].box, [BOX], rtol=1e-6)
    np.testing.assert_allclose(got[50].score, [0.8], rtol=1e-6)


@pytest.mark.parametrize(
    ("content", "box_format", "words"),
    [
        ("street,1,0.1,0.1,0.3,0.9,1,1\n", "xyxy", "another format"),
        ("street,1,20,10,60,90,1,1\n", "normalised", "another format"),
        ("street,1,60,10,20,90,1,1\n", "xyxy", "another format"),
        ("street,1,nan,10,20,90,1,1\n", "xyxy", "row 1"),
        ("street,1,20,10,60,9O,1,1\n", "xyxy", "row 1"),
        ("street,902,20,10,60,90,1,1\n", "xyxy", r"0 to 10\.00 s .* at 902 s; is the start"),
        ("other,1,20,10,60,90,1,1\n", "xyxy", "found none"),
        ("street,1,20,10,60,90,1,1\n", "guess", "box format"),
    ],
)
def test_what_is_not_in_the_format_is_refused(tmp_path, content, box_format, words):
    with pytest.raises(LartError, match=words):
        tracking.read_boxes(text(tmp_path, content), box_format, VIDEO)


def test_phalp_pickle(tmp_path):
    frame = {"gt_bbox": np.array([[20, 10, 40, 80]], "f4"), "extra_data": {"gt_class": []}}
    joblib.dump({"000003.jpg": frame, "000004.jpg": {"gt_bbox": []}}, tmp_path / "b.pkl")
    got = tracking.read_boxes(tmp_path / "b.pkl", "xywh", VIDEO)
    assert list(got) == [2]
    np.testing.assert_array_equal(got[2].box, [BOX])


def test_a_result_of_phalp_is_no_file_of_given_boxes(tmp_path):
    joblib.dump({"outputs/_TMP/a/img/000001.jpg": {"bbox": [], "tid": []}}, tmp_path / "b.pkl")
    with pytest.raises(LartError, match=r"'gt_bbox'.* in b\.pkl, but it has none; is it what"):
        tracking.read_boxes(tmp_path / "b.pkl", "xywh", VIDEO)


def test_the_published_example(shared):
    video = VideoFacts("clip.mp4", 1280, 720, 30.0, 263)
    file = shared / "data/upstream/phalp_gt_tracks.pkl"
    got = tracking.read_boxes(file, "xywh", video)
    assert len(got) == 263 and len(got[0]) == 5
    np.testing.assert_allclose(got[0].box[0], [587.505, 240.772, 703.144, 563.870], atol=1e-2)


def test_given_people_take_the_place_of_detected_ones():
    found = Detections(np.zeros((2, 4), "f4"), np.ones(2, "f4"), np.ones((2, 17, 3), "f4"))
    given = Detections(np.array([BOX], "f4"), np.ones(1, "f4"))
    got = tracking.with_given([found, found], {1: given})
    assert got[0] is found
    np.testing.assert_array_equal(got[1].box, [BOX])
    assert not got[1].keypoints[..., 2].any()
    near = Detections(np.array([[0, 0, 9, 9], BOX], "f4"), np.ones(2, "f4"), found.keypoints * 3)
    (got,) = tracking.with_given([near], {0: given})
    np.testing.assert_array_equal(got.keypoints, near.keypoints[1:])


def test_windows_are_centred_and_cut_at_the_ends():
    got = tracking.windows([0, 100, 240], VIDEO, 4.0)
    assert [(w.keyframe, w.first, w.last) for w in got] == [
        (0, 0, 50),
        (100, 50, 150),
        (240, 190, 249),
    ]
    assert tracking.keyframes(VIDEO, 1.0) == list(range(0, 250, 25))


def test_each_window_has_its_own_tracklets(world, person):
    scene = world(120, [person(-1, 0.01, 75, 1), person(1, -0.01, 90, 2)])
    around = tracking.windows([45, 75], scene.video, 2.0)
    got = tracking.track_windows(
        scene.detections, scene.bodies, scene.video, around, given=[45, 75]
    )
    spans = [(t.track_id, t.first, t.last, t.keyframe) for t in got]
    assert spans == [(1, 15, 75, 45), (2, 15, 75, 45), (3, 45, 105, 75), (4, 45, 105, 75)]
    assert [t.person for t in got] == [1, 2, 1, 2]
    assert [t.given.tolist() for t in got] == [[45, 75], [45, 75], [45, 75], [45, 75]]
    inside = coco.decode({"size": [480, 640], "counts": got[0].mask[30]})
    x1, y1, x2, y2 = np.clip(got[0].box[30], 0, [640, 480, 640, 480])
    assert inside.sum() == pytest.approx((x2 - x1) * (y2 - y1), rel=0.05)
    assert got[0].mask[29] is None


def test_a_cut_is_found(tmp_path: Path):
    rng = np.random.default_rng(0)
    one, other = (
        rng.integers(0, 255, (6, 8, 3), np.uint8).repeat(20, 0).repeat(20, 1) for _ in "ab"
    )
    write_player(tmp_path / "cut.mp4", [one] * 40 + [other] * 40, 30)
    assert tracking.detect_shots(frames(tmp_path / "cut.mp4")) == [40]


def test_scores_are_what_the_column_says(tmp_path):
    file = tmp_path / "boxes.csv.gz"
    rows = ["20,10,60,90,,0.91", "120,10,160,90,,8e-05", "60,10,80,90,,0"]
    file.write_bytes(gzip.compress("".join(f"street.mp4,1,{row}\n" for row in rows).encode()))
    (found,) = tracking.read_boxes(file, "xyxy", VIDEO).values()
    assert found.score.tolist() == pytest.approx([0.91, 8e-05, 0])
    ids = tmp_path / "ids.csv"
    ids.write_text("street,1,20,10,60,90,12,7\nstreet,1,120,10,160,90,,3\n")
    (found,) = tracking.read_boxes(ids, "xyxy", VIDEO).values()
    assert found.score.tolist() == [1, 1]
    named = tmp_path / "named.csv"
    named.write_text("x1,y1,x2,y2,score,video,timestamp\n20,10,60,90,0,street,1.0\n")
    (found,) = tracking.read_boxes(named, "xyxy", VIDEO).values()
    assert found.score.tolist() == [0]
    file.write_bytes(b"street,1,20,10,60,90,,0.5\nstreet,1,20,10,60,90,,nan\n")
    with pytest.raises(LartError, match="finite number as score in row 2"):
        tracking.read_boxes(file, "xyxy", VIDEO)


def test_boxes_shortly_after_the_end_are_left_out_and_said(tmp_path: Path) -> None:
    rows = [f"street,{second},0.1,0.1,0.5,0.9\n" for second in (1, 9, 10)]
    file = tmp_path / "boxes.csv"
    file.write_text("".join(rows))
    with pytest.warns(LartWarning, match=r"ends at 10.00 s; boxes of boxes.csv .* \(1\) are left"):
        found = tracking.read_boxes(file, "normalised", VIDEO)
    assert list(found) == [25, 225]
    file.write_text("".join(rows) + "street,11.2,0.1,0.1,0.5,0.9\n")
    with pytest.raises(LartError, match="is the start"):
        tracking.read_boxes(file, "normalised", VIDEO)
