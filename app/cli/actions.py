"""`lart actions`: what a model says of tracklets."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lart_core.runs.actions import Actions

SHOWN = 5


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("tracklets", type=Path, help="folder of tracklets, as a run has one")
    parser.add_argument(
        "--model", required=True, metavar="NAME|PATH", help="a shipped model or a checkpoint file"
    )
    parser.add_argument("--out", type=Path, help="write all probabilities to this .safetensors")
    parser.add_argument("--json", action="store_true", help="print all means as one JSON object")


def run(args: argparse.Namespace) -> int:
    """Print each person's actions, strongest mean first."""
    from lart_core.model import load_checkpoint
    from lart_core.model.inference import predict
    from lart_core.runs.actions import save_actions
    from lart_core.tracklet import open_tracklets

    said = predict(load_checkpoint(model_file(args.model)), open_tracklets(args.tracklets))
    if args.out:
        save_actions(args.out, said)
    people = _summary(said)
    if args.json:
        print(json.dumps({"model": said.model, "people": people}, allow_nan=False))
        return 0
    for person in people:
        print(f"person {person['id']}: frames {person['first']}-{person['last']}")
        for action in person["actions"][:SHOWN]:
            print(f"  {action['name']:32} mean {action['mean']:.3f}, max {action['max']:.3f}")
    return 0


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


def _summary(said: "Actions") -> list[dict[str, Any]]:
    from lart_core.ava_labels import ava_actions

    names = ava_actions()
    people = []
    for track_id, person in sorted(said.people.items()):
        mean, peak = person.probability.mean(0), person.probability.max(0)
        actions: list[dict[str, Any]] = [
            {"ava_id": i, "name": names[i].name, "mean": float(mean[c]), "max": float(peak[c])}
            for c, i in enumerate(said.ava_ids)
        ]
        actions.sort(key=lambda action: -action["mean"])
        first, last = int(person.frame[0]), int(person.frame[-1])
        people.append({"id": track_id, "first": first, "last": last, "actions": actions})
    return people
