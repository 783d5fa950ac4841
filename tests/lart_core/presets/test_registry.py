"""Presets: what the doctor finds, and that nothing is downloaded unasked."""

import io
import tarfile
from itertools import pairwise
from pathlib import Path

import joblib
import numpy as np
import pytest
import torch

from app.cli import main
from lart_core import presets, video, weights
from lart_core.errors import LartError, LartWarning
from lart_core.model import load_checkpoint
from lart_core.perception.published import detectron2_import
from lart_core.presets import needs, registry
from lart_core.presets.full import budget, files
from lart_core.tracklet import VideoFacts
from lart_core.weights import store

FILES = 8
OPTIONAL = (
    "hmar",
    "pose-predictor",
    "pose-predictor-config",
    "ava-class-mapping",
    "joint-regressor",
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty LART_HOME, from which any download would fail the test."""
    monkeypatch.setenv("LART_HOME", str(tmp_path))
    monkeypatch.delenv("LART_SMPL", raising=False)

    def refuse(*_: object) -> None:
        raise AssertionError("a download was tried")

    monkeypatch.setattr(store.sources, "download", refuse)
    return tmp_path


def put(name: str, data: bytes) -> Path:
    path = weights.local_path(weights.find(name))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def states(report: needs.Report) -> dict[str, str]:
    return {found.record.name: found.state for found in report.findings}


def test_the_full_system_without_files_ends_in_one_page(home: Path):
    with pytest.raises(LartError) as caught:
        presets.load("full")
    page = str(caught.value)
    assert f"{FILES} of its {FILES} files are missing" in page
    assert "Nothing was downloaded" in page
    assert len(page.splitlines()) < 70
    for found in presets.doctor("full").findings:
        assert found.record.name in page
        assert str(found.path) in page
        assert str(home) in str(found.path)
        assert found.record.licence in page
        assert "size unknown" in page
    assert not any(home.rglob("*"))


def test_the_command_says_so_with_exit_code_2(home: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["weights", "doctor", "--preset", "full"]) == 2
    assert "model_final_ef3a80.pkl" in capsys.readouterr().out


def test_running_a_video_without_the_files_ends_in_the_page_too(
    home: Path, capsys: pytest.CaptureFixture[str]
):
    clip = home / "clip.mp4"
    video.write_player(clip, [np.full((64, 64, 3), 90, np.uint8)] * 4, 30)
    assert main(["run", str(clip), "--preset", "full", "--out", str(home / "run")]) == 2
    said = capsys.readouterr().err
    assert "Nothing was downloaded" in said
    assert "hmr2_data.tar.gz" in said
    assert [path.name for path in home.iterdir()] == ["clip.mp4"], "nothing is left behind"


def test_a_dataset_is_not_begun_without_the_files(home: Path, capsys: pytest.CaptureFixture[str]):
    clip = home / "videos" / "clip.mp4"
    clip.parent.mkdir()
    video.write_player(clip, [np.full((64, 64, 3), 90, np.uint8)] * 4, 30)
    command = ["track-dataset", str(clip.parent), "--out", str(home / "runs"), "--preset", "full"]
    assert main(command) == 2
    assert "Nothing was downloaded" in capsys.readouterr().err
    assert [path.name for path in home.iterdir()] == ["videos"]


def test_what_can_be_done_without_does_not_keep_the_preset_from_running(
    home: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(detectron2_import, "missing", list)
    for found in presets.doctor("full", thorough=False).findings:
        if not found.instead:
            put(found.record.name, b"x")
    report = presets.doctor("full", thorough=False)
    assert report.ready and report.runnable
    presets.require("full")
    page = report.text()
    assert f"all {FILES} files are there" in page
    assert page.count("not needed:") == len(OPTIONAL)
    assert "told apart by the colours" in page and "HMAR's textures" not in page

    put("hmar", b"x")
    put("pose-predictor", b"x")
    page = presets.doctor("full", thorough=False).text()
    assert "apart by HMAR's textures" in page and "Without 'hmar'" not in page
    assert "Without 'pose-predictor'" in page, "its configuration is missing still"
    put("pose-predictor-config", b"x")
    assert "poses with PHALP's network" in presets.doctor("full", thorough=False).text()


def test_packages_that_are_here_are_said(home: Path, monkeypatch: pytest.MonkeyPatch):
    page = presets.doctor("full", thorough=False).text()
    assert "git+https://github.com/brjathu/PHALP.git" in page
    found = home / "packages"
    for name in ("phalp", "detectron2"):
        (found / name).mkdir(parents=True)
        (found / name / "__init__.py").touch()
        (found / f"{name}-0.6.dist-info").mkdir()
        (found / f"{name}-0.6.dist-info/METADATA").write_text(f"Name: {name}\nVersion: 0.6\n")
    monkeypatch.syspath_prepend(str(found))
    page = presets.doctor("full", thorough=False).text()
    assert "detectron2 0.6 is installed." in page and "phalp 0.6 is installed." in page
    assert "git+" not in page


def test_a_spoilt_optional_file_is_said(home: Path):
    put("hmar", b"half a fi")
    named = io.BytesIO()
    torch.save({"model": {"hmar.backbone.conv1.weight": torch.zeros(1)}}, named)
    report = presets.doctor("full")
    assert states(report)["hmar"] == "damaged" and not report.ready
    put("hmar", named.getvalue())
    assert states(presets.doctor("full"))["hmar"] == "wrong version"


def test_vitdet_is_detectron2s_other_network_by_name(home: Path):
    assert "detectron2-vitdet" in states(presets.doctor("full-vitdet"))


def test_an_unknown_preset_is_refused():
    with pytest.raises(LartError, match="light, full"):
        presets.doctor("fuller")


def test_the_doctor_tells_damaged_from_wrong_version(home: Path):
    put("mvit-config", b"MODEL: {MODEL_NAME: SlowFast}\n")
    put("mvit", b"half a fi")
    put("hmr2", b"no archive")
    named = io.BytesIO()
    torch.save({"state_dict": {"encoder.mask_token": torch.zeros(3)}}, named)
    put("lart", named.getvalue())
    put("lart-config", b"- no\n- mapping\n")
    values = io.BytesIO()
    np.save(values, np.ones((2, 1, 229), np.float32))
    put("phalp-mean-std", values.getvalue())

    report = presets.doctor("full")
    assert not report.ready
    assert states(report) == {
        "detectron2-regnety": "missing",
        "hmr2": "damaged",
        "smpl-neutral": "missing",
        "mvit-config": "wrong version",
        "mvit": "damaged",
        "lart-config": "damaged",
        "lart": "wrong version",
        "phalp-mean-std": "present",
        **dict.fromkeys(OPTIONAL, "missing"),
    }
    assert "DETECTION.ENABLE" in report.text()


def test_an_smpl_file_of_the_users_own_counts(home: Path, monkeypatch: pytest.MonkeyPatch):
    own = Path(__file__).resolve().parents[3] / "assets" / "body" / "body.npz"
    monkeypatch.setenv("LART_SMPL", str(own))
    assert states(presets.doctor("full"))["smpl-neutral"] == "present"
    assert files.smpl_file() == own


@pytest.mark.parametrize("name", ["light", "embedded"])
def test_the_light_preset_is_ready_once_its_files_are_there(home: Path, name: str):
    report = presets.doctor(name)
    assert not report.ready
    assert "lart weights fetch movenet-multipose blazepose-full" in report.text()


def test_light_goes_on_without_its_appearance_file(monkeypatch: pytest.MonkeyPatch):
    """Neither the file nor the network: the model that goes by pose alone, and a sentence."""
    from lart_core.perception.embedded import backends

    def unreachable(name: str) -> Path:
        raise LartError(f"The file '{name}' is missing.")

    monkeypatch.setattr(weights, "path", unreachable)
    monkeypatch.setattr(backends, "detector", lambda *_: None)
    monkeypatch.setattr(backends, "BlazePoseEstimator", lambda *_: None)
    with pytest.warns(LartWarning, match=f"by pose alone.*{registry.LIGHT_APPEARANCE}"):
        made = presets.load("light")
    assert made.appearance is None and list(made.checkpoints) == ["pose-small"]


def test_fetch_brings_what_a_preset_uses(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(weights, "fetch", lambda name, _: name)
    assert main(["weights", "fetch", "--preset", "light"]) == 0
    named = capsys.readouterr().out.split()
    assert {"movenet-multipose", "blazepose-full", registry.LIGHT_APPEARANCE} < set(named)
    assert "sample-clip" in named and "hmr2" not in named


# Files of the full system


def test_hmr2s_checkpoint_comes_out_of_its_archive_once(home: Path):
    archive = weights.local_path(weights.find("hmr2"))
    archive.parent.mkdir(parents=True)
    with tarfile.open(archive, "w:gz") as tar:
        for name, data in {
            "logs/model_config.yaml": b"x",
            "logs/epoch=35.ckpt": b"weights",
        }.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    file = files.hmr2_checkpoint()
    assert file.read_bytes() == b"weights"
    assert sorted(path.name for path in file.parent.iterdir()) == ["hmr2.ckpt", "hmr2_data.tar.gz"]
    assert files.hmr2_checkpoint().stat().st_mtime == file.stat().st_mtime


def test_mean_and_deviation_may_leave_the_camera_out(tmp_path: Path):
    given = np.stack([np.arange(226), np.arange(226) + 1.0])[:, None]
    np.save(tmp_path / "mean_std.npy", given)
    mean, std = files.read_mean_std(tmp_path / "mean_std.npy")
    assert mean[225:].tolist() == [225, 0, 0, 0]
    assert std[225:].tolist() == [226, 1, 1, 1]
    np.save(tmp_path / "long.npy", np.zeros((2, 230)))
    with pytest.raises(LartError, match="at most 229"):
        files.read_mean_std(tmp_path / "long.npy")


def test_the_published_lart_becomes_a_checkpoint(home: Path, golden: Path):
    import yaml

    put("lart-config", (golden / "lart_small_pose.config.yaml").read_bytes())
    put("lart", (golden / "lart_small_pose.state_dict.pt").read_bytes())
    values = io.BytesIO()
    np.save(values, np.stack([np.zeros(229), np.full(229, 2.0)])[:, None])
    put("phalp-mean-std", values.getvalue())
    checkpoint = load_checkpoint(files.lart_checkpoint())
    assert checkpoint.name == "lart-published"
    assert len(checkpoint.ava_ids) == 60
    assert checkpoint.ava_ids[:3] == (1, 3, 4)
    assert (checkpoint.std == 2).all()
    settings = yaml.safe_load((golden / "lart_small_pose.config.yaml").read_text())
    settings = settings.get("configs", settings)
    assert checkpoint.model.config.frames == settings["frame_length"]


def test_the_order_of_the_published_actions_is_phalps_where_its_file_is(home: Path, golden: Path):
    put("lart-config", (golden / "lart_small_pose.config.yaml").read_bytes())
    put("lart", (golden / "lart_small_pose.state_dict.pt").read_bytes())
    values = io.BytesIO()
    np.save(values, np.zeros((2, 1, 229)))
    put("phalp-mean-std", values.getvalue())
    assumed = load_checkpoint(files.lart_checkpoint())
    assert assumed.provenance["order of actions"] == "ascending (assumed)"
    order = assumed.ava_ids[::-1]
    mapping = put("ava-class-mapping", b"")
    joblib.dump({0: 0} | dict(enumerate(order, 1)), mapping)
    checkpoint = load_checkpoint(files.lart_checkpoint())
    assert checkpoint.ava_ids == order
    assert checkpoint.provenance["order of actions"] == mapping.name


@pytest.mark.parametrize("content", [{}, [1, 2], dict.fromkeys(range(1, 61), 1), {1: "bend"}])
def test_another_mapping_is_refused(home: Path, content: object):
    mapping = put("ava-class-mapping", b"")
    joblib.dump(content, mapping)
    with pytest.raises(LartError, match="ava_class_mappping"):
        files.read_class_mapping(mapping)


# Time


def test_the_time_that_the_cpu_takes_is_said_before_the_run(
    monkeypatch: pytest.MonkeyPatch,
):
    ten_seconds = VideoFacts("clip.mp4", 1280, 720, 30.0, 300)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(budget, "FRAME_SECONDS", 10.0)
    monkeypatch.setattr(budget, "CROP_SECONDS", 4.0)
    monkeypatch.setattr(budget, "CLIP_SECONDS", 144.0)
    said = presets.forecast("full", ten_seconds)
    assert said is not None and "runs on the CPU" in said
    assert "50 minutes to find" in said
    assert "20 minutes for the bodies and 2 hours for the appearance" in said
    assert "10 s for each frame, 4 s for each person" in budget.on_cpu()
    assert presets.forecast("light", ten_seconds) is None
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert presets.forecast("full", ten_seconds) is None


# Memory


def test_the_allowed_memory_is_a_number_of_gigabytes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(presets.MAX_GPU_MEMORY, raising=False)
    assert registry._allowed_gpu_memory() is None
    monkeypatch.setenv(presets.MAX_GPU_MEMORY, "7.5")
    assert registry._allowed_gpu_memory() == 7.5e9
    for wrong in ("much", "-1", "nan"):
        monkeypatch.setenv(presets.MAX_GPU_MEMORY, wrong)
        with pytest.raises(LartError, match="gigabytes"):
            registry._allowed_gpu_memory()


def test_batches_grow_with_the_memory_and_never_exceed_it():
    sizes = [budget.batches(gb * 1e9) for gb in (4.2, 6, 8, 24, 80)]
    for small, large in pairwise(sizes):
        assert small.frames <= large.frames and small.clips <= large.clips
    assert sizes[0].frames == 1
    assert sizes[-1] == budget.Batches(*budget.LARGEST)
    assert budget.batches(None) == budget.Batches(1, budget.CROPS_ON_CPU, 1)


def test_the_batches_keep_to_what_is_allowed_and_the_doctor_says_them(
    home: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (20e9, 24e9))
    monkeypatch.setattr(needs, "gpu", lambda: "GPU: made up.")
    assert budget.gpu_memory(None) == 20e9
    assert budget.gpu_memory(6e9) == 6e9
    assert budget.gpu_memory(40e9) == 20e9
    monkeypatch.setenv(presets.MAX_GPU_MEMORY, "6")
    page = presets.doctor("full").text()
    assert "up to 5 frames, 64 people or 5 clips, to stay within 6.0 GB" in page
    monkeypatch.setenv(presets.MAX_GPU_MEMORY, "3")
    with pytest.raises(LartError, match=r"at least 4\.2 GB"):
        presets.require("full")


def test_too_little_memory_is_said():
    with pytest.raises(LartError, match="GB of GPU memory"):
        budget.batches(2e9)
