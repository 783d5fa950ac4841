"""Presets: which backends and which model files one way of running is made of."""

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lart_core import weights
from lart_core.errors import LartError, LartWarning, MissingFile
from lart_core.paths import asset
from lart_core.presets import needs
from lart_core.presets.backends import Backends
from lart_core.settings import Settings
from lart_core.tracklet import VideoFacts

MAX_GPU_MEMORY = "LART_MAX_GPU_MEMORY"
"""Environment variable: gigabytes of GPU memory that the full system may use."""

LIGHT_SCORE, FULL_SCORE = 0.2, 0.8
"""Scores from which MoveNet's and Detectron2's people count; the second is PHALP's."""

LIGHT_APPEARANCE = "i3d-rgb"
"""The model file of the light preset's appearance."""

ALIASES = {"embedded": "light"}
"""Former names of presets."""


@dataclass(frozen=True)
class Preset:
    """How to build a preset with settings, and to examine it (thoroughly or not).

    Attributes:
        adopt: Links the files that other projects have here; says of each what became of it.
        forecast: One or two sentences on how long a video takes here; None where it is not long.
    """

    build: Callable[[Settings], Backends]
    examine: Callable[[bool], needs.Report]
    adopt: Callable[[], list[str]] = list
    forecast: Callable[[VideoFacts], str | None] = lambda _: None


def canonical(preset: str) -> str:
    """The present name of a preset: runs of older versions, and their commands, use others.

    Raises:
        LartError: There is no such preset.
    """
    _find(preset)
    return ALIASES.get(preset, preset)


def load(preset: str, settings: Settings | None = None) -> Backends:
    """Build the backends of a preset; nothing is downloaded that the register does not allow.

    Raises:
        LartError: There is no such preset, a setting is not one of it, or a file is missing.
    """
    settings = settings or Settings()
    settings.check(canonical(preset))
    return _find(preset).build(settings)


def require(preset: str) -> None:
    """Make sure, without opening its files, that a preset can run.

    Raises:
        LartError: There is no such preset, or files that it needs are missing: the doctor's page.
    """
    report = _find(preset).examine(False)
    if not report.runnable:
        raise MissingFile(report.text())


def forecast(preset: str, video: VideoFacts) -> str | None:
    """How long a video will take, where that is very long on this machine; else None.

    Raises:
        LartError: There is no such preset.
    """
    return _find(preset).forecast(video)


def doctor(preset: str, *, thorough: bool = True) -> needs.Report:
    """What the preset needs, and what is missing, damaged or of another version.

    Args:
        thorough: Also read every file and see whether it fits.

    Raises:
        LartError: There is no such preset.
    """
    return _find(preset).examine(thorough)


def adopt(preset: str) -> list[str]:
    """Link the files of a preset that PHALP, LART, 4D-Humans or Detectron2 left on this machine.

    Each is checked as the doctor checks it; nothing is copied, what is here already stays.

    Returns:
        One sentence for each file that was found.

    Raises:
        LartError: There is no such preset, or a link could not be made.
    """
    return _find(preset).adopt()


def demo_models() -> dict[str, Path]:
    """The checkpoints that the product ships: model name -> safetensors file."""
    files = asset("models").glob("*.safetensors")
    return {file.stem: file for file in sorted(files, key=lambda file: file.stem)}


def _find(preset: str) -> Preset:
    try:
        return PRESETS[ALIASES.get(preset, preset)]
    except KeyError:
        known = ", ".join(PRESETS)
        raise LartError(f"Expected a preset ({known}), but got {preset!r}.") from None


def _light(settings: Settings) -> Backends:
    from lart_core.perception.embedded import backends
    from lart_core.perception.embedded.i3d_pooling import PooledI3D

    looks = _at_hand(LIGHT_APPEARANCE)
    threads = settings.threads or max(1, (os.cpu_count() or 1) // 2)
    return Backends(
        backends.detector(
            threads,
            settings.detector_size,
            settings.crowd_tiles,
            LIGHT_SCORE if settings.detector_score is None else settings.detector_score,
        ),
        backends.BlazePoseEstimator(threads),
        PooledI3D(threads=threads) if looks else None,
        demo_models() if looks else _by_pose(demo_models()),
        side_by_side=True,
    )


def _at_hand(name: str) -> bool:
    """Whether the file of the appearance is here or can be brought; a warning where it cannot."""
    try:
        weights.path(name)
    except LartError as error:
        said = "Appearance is left out, and the models that go by pose alone name the actions."
        warnings.warn(f"{said} {error}", LartWarning, stacklevel=4)
        return False
    return True


def _by_pose(models: dict[str, Path]) -> dict[str, Path]:
    """Those models that do not ask for appearance."""
    from lart_core.model import load_checkpoint

    loaded = {name: load_checkpoint(file).model.config for name, file in models.items()}
    return {name: models[name] for name, config in loaded.items() if not config.appearance_size}


def _examine_light(thorough: bool) -> needs.Report:
    def fits(_: Path) -> None: ...

    wanted = [needs.Need(name, fits, fits) for name in ("movenet-multipose", "blazepose-full")]
    blind = "appearance is left out, and models that go by pose alone name the actions"
    wanted.append(needs.Need(LIGHT_APPEARANCE, fits, fits, instead=blind))
    alone = "MoveNet searches alone, which misses people in close-ups"
    more = ("ssd-oidv4", "coco-ssd-graph", "coco-ssd-weights")
    wanted += [needs.Need(name, fits, fits, instead=alone) for name in more]
    notes = ("All files are fetched by themselves when they are first needed.",)
    return needs.examine("light", wanted, notes, thorough=thorough)


def _full(name: str, detector: str) -> Preset:
    def examine(thorough: bool) -> needs.Report:
        from lart_core.presets.full import requirements

        return requirements.examine(
            name, detector, thorough=thorough, max_gpu_memory=_allowed_gpu_memory()
        )

    def load(settings: Settings) -> Backends:
        from lart_core.presets.full import build

        require(name)
        score = FULL_SCORE if settings.detector_score is None else settings.detector_score
        return build.load(detector, _allowed_gpu_memory(), score)

    def forecast(video: VideoFacts) -> str | None:
        from lart_core.presets.full import budget

        return budget.forecast(video)

    def adopt() -> list[str]:
        from lart_core.presets.full import requirements

        return requirements.adopt(detector)

    return Preset(load, examine, adopt, forecast)


def _allowed_gpu_memory() -> float | None:
    """Bytes, or None for all that is free."""
    given = os.environ.get(MAX_GPU_MEMORY)
    if given is None:
        return None
    try:
        gigabytes = float(given)
    except ValueError:
        gigabytes = 0.0
    if not gigabytes > 0:
        raise LartError(
            f"Expected gigabytes of GPU memory in ${MAX_GPU_MEMORY}, but got {given!r}."
        )
    return gigabytes * 1e9


PRESETS: dict[str, Preset] = {
    "light": Preset(_light, _examine_light),
    "full": _full("full", "regnety"),
    "full-vitdet": _full("full-vitdet", "vitdet"),
}
