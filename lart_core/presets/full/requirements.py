"""What the full system needs on this machine, and how each of its files is checked."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lart_core import body, weights
from lart_core.body.model import SETTING
from lart_core.model import from_published, read_published_config
from lart_core.model.published import published_config
from lart_core.perception.published import detectron2_import, detectron2_models
from lart_core.perception.published.hmar import load_hmar
from lart_core.perception.published.hmr2 import load_hmr2
from lart_core.perception.published.mvit import load_mvit
from lart_core.presets import needs
from lart_core.presets.full import budget, files
from lart_core.untrusted.numpy_pickle import read_pickled
from lart_core.untrusted.torch_file import read_state_dict

WITHOUT_HMAR = "people are told apart by the colours of their bodies."
WITHOUT_PREDICTOR = "a body that is not seen is expected to stay as it was."
WITHOUT_REGRESSOR = "19 of LART's 45 joints are the nearest of SMPL's."
WITHOUT_MAPPING = "the 60 actions are taken to be in ascending order."


def examine(
    preset: str, detector: str, *, thorough: bool, max_gpu_memory: float | None = None
) -> needs.Report:
    """Look at every file and package of the full system with one of Detectron2's networks.

    Raises:
        LartError: There is a GPU, of which too little may be used.
    """
    missing = detectron2_import.missing()
    packages = [*missing, *detectron2_import.installed()]
    notes = [*packages, _machine(detector, max_gpu_memory), *_serving()]
    report = needs.examine(preset, _needs(detector, not missing), tuple(notes), thorough=thorough)
    return needs.Report(preset, report.findings, report.notes, missing_packages=bool(missing))


def adopt(detector: str) -> list[str]:
    """See `needs.adopt`."""
    return needs.adopt(_needs(detector, not detectron2_import.missing()))


def _machine(detector: str, max_gpu_memory: float | None) -> str:
    memory = budget.gpu_memory(max_gpu_memory)
    if memory is None:
        return budget.on_cpu()
    size = budget.batches(memory, detector)
    return (
        f"{needs.gpu()} A pass takes up to {size.frames} frames, {size.crops} people or "
        f"{size.clips} clips, to stay within {memory / budget.GB:.1f} GB."
    )


def _needs(detector: str, installed: bool) -> list[needs.Need]:
    def builds(path: Path) -> Any:
        return detectron2_models.build(detector, path) if installed else None

    return [
        needs.Need(f"detectron2-{detector}", read_pickled, builds),
        needs.Need("hmr2", _unpack, lambda _: load_hmr2(files.hmr2_checkpoint())),
        needs.Need("smpl-neutral", body.load, _nothing, replaced_by=_own_smpl),
        needs.Need("mvit-config", read_published_config, files.require_ava_classes),
        needs.Need("mvit", _slowfast, _with("mvit-config", load_mvit)),
        needs.Need("lart-config", read_published_config, _configures),
        needs.Need("lart", read_state_dict, _with("lart-config", _fills)),
        needs.Need("phalp-mean-std", files.read_mean_std, _nothing),
        needs.Need("hmar", _hmar, load_hmar, instead=WITHOUT_HMAR),
        needs.Need(
            "pose-predictor-config", read_published_config, _nothing, instead=WITHOUT_PREDICTOR
        ),
        needs.Need("pose-predictor", read_state_dict, _predicts, instead=WITHOUT_PREDICTOR),
        needs.Need(
            "ava-class-mapping",
            files.read_class_mapping,
            _nothing,
            instead=WITHOUT_MAPPING,
        ),
        needs.Need(
            "joint-regressor", files.read_joint_regressor, _nothing, instead=WITHOUT_REGRESSOR
        ),
    ]


def _serving() -> list[str]:
    """Two sentences: which of PHALP's networks of tracking will serve, and what without them."""
    here = files.at_hand
    hmar, predictor = here("hmar"), here(*files.PREDICTOR)
    return [
        "The tracker tells people apart by HMAR's textures, as PHALP does."
        if hmar
        else f"Without 'hmar' {WITHOUT_HMAR}",
        "The tracker predicts poses with PHALP's network."
        if predictor
        else f"Without 'pose-predictor' and its configuration {WITHOUT_PREDICTOR}",
    ]


def _nothing(_: Path) -> None:
    """For files that are right if they can be read."""


def _own_smpl() -> Path | None:
    return body.chosen() if os.environ.get(SETTING) else None


def _unpack(_: Path) -> Path:
    return files.hmr2_checkpoint()


def _slowfast(path: Path) -> Any:
    return read_state_dict(path, "model_state")


def _configures(path: Path) -> Any:
    return published_config(read_published_config(path))


def _fills(config: Path, path: Path) -> Any:
    return from_published(read_state_dict(path), read_published_config(config))


def _hmar(path: Path) -> Any:
    return read_state_dict(path, "model")


def _predicts(_: Path) -> Any:
    together = files.at_hand(*files.PREDICTOR, "phalp-mean-std")
    return files.pose_predictor() if together else None


def _with(config: str, fits: Callable[[Path, Path], Any]) -> Callable[[Path], Any]:
    """A check that needs another file too; it is left out while that one is missing."""

    def check(path: Path) -> Any:
        other = weights.local_path(weights.find(config))
        return fits(other, path) if other.is_file() else None

    return check
