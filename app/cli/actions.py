"""`lart actions`: what a model says of tracklets."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lart_core.tracklet import TrackletSet

SHOWN = 5


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("tracklets", type=Path, help="a run, or a folder of tracklets")
    parser.add_argument(
        "--model", required=True, metavar="NAME|PATH", help="a shipped model or a checkpoint file"
    )
    parser.add_argument("--out", type=Path, help="write all probabilities to this .safetensors")
    parser.add_argument("--json", action="store_true", help="print the summary as one JSON object")


def run(args: argparse.Namespace) -> int:
    """Print each person's actions, strongest mean first."""
    from lart_core.model import load_checkpoint
    from lart_core.model.inference import predict
    from lart_core.runs.actions import save_actions
    from lart_core.runs.summary import tracks

    people = _people(args.tracklets)
    actions = predict(load_checkpoint(model_file(args.model)), people)
    if args.out:
        save_actions(args.out, actions)
    found = tracks(people, actions)
    if args.json:
        print(json.dumps({"model": actions.model, "tracks": found}, allow_nan=False))
        return 0
    for person in found:
        frames = f"{person['first']}-{person['last']}"
        print(f"person {person['id']}: frames {frames}, strongest mean over them first")
        for action in person["actions"][:SHOWN]:
            print(f"  {action['name']:32} mean {action['mean']:.3f}, max {action['max']:.3f}")
    return 0


def _people(folder: Path) -> "TrackletSet":
    """What a folder of tracklets holds, or what was tracked in a run."""
    from lart_core.errors import LartError
    from lart_core.runs.run import Run
    from lart_core.tracklet import open_tracklets

    if not folder.is_dir():
        raise LartError(f"Expected a run or a folder of tracklets, but {folder} is no folder.")
    if (folder / "run.json").is_file():
        return Run.open(folder).tracklets()
    return open_tracklets(folder)


def model_file(model: str) -> Path:
    """The file of a shipped model or a path, as the command line names it."""
    from lart_core.errors import LartError
    from lart_core.presets.registry import demo_models

    shipped = demo_models()
    if model in shipped:
        return shipped[model]
    if not Path(model).is_file():
        known = ", ".join(shipped) or "none"
        raise LartError(
            f"Expected a model file or the name of a shipped model ({known}), but got {model!r}."
        )
    return Path(model)
