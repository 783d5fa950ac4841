"""Which packages the full system's detectors take, and whether they and PHALP's are here."""

import importlib
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from lart_core.errors import LartError

INSTALL = (
    "pip install --no-build-isolation 'git+https://github.com/facebookresearch/detectron2.git'"
)
"""Upstream's own line, with the switch that lets it see the torch that is installed."""

PHALP = "pip install 'phalp[all] @ git+https://github.com/brjathu/PHALP.git'"
"""Upstream's own line for the published tracker, which the product only measures itself against."""

PACKAGES = {
    "torchvision": "pip install 'lart-lens[full]'",
    "timm": "pip install 'lart-lens[full]'",
    "detectron2": INSTALL,
}
"""Package -> what installs it. Detectron2 takes nms and roi_align from torchvision, and ViTDet two
layers from timm."""


def missing() -> list[str]:
    """One sentence for each package that is not installed."""
    return [
        f"{name} is not installed: {command}"
        for name, command in PACKAGES.items()
        if find_spec(name) is None
    ]


def installed() -> list[str]:
    """One sentence for each of the packages that is installed, and on the tracker's own."""
    found = [f"{name} {_version(name)} is installed." for name in PACKAGES if find_spec(name)]
    phalp = (
        f"phalp {_version('phalp')} is installed."
        if find_spec("phalp")
        else f"phalp is not installed and not needed; its authors' own code comes with: {PHALP}"
    )
    return [*found, phalp]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "(of no known version)"


def require_detectron2() -> None:
    """Make sure that Detectron2 and what it imports can be imported.

    Raises:
        LartError: A package is not installed, or was built for another torch.
    """
    for name, command in PACKAGES.items():
        try:
            importlib.import_module(name)
        except (ImportError, RuntimeError, OSError, AttributeError) as error:
            reason = str(error).splitlines()[0]
            raise LartError(
                f"The full system's detector needs {name}, which cannot be imported ({reason}). "
                f"Install it with: {command}"
            ) from None
