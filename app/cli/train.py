"""`lart train`: a model from labelled tracklets, by the paper's recipe (Table 6)."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.actions import model_file
from app.cli.numbers import finite, whole

if TYPE_CHECKING:
    from lart_core.model import Checkpoint, LARTConfig
    from lart_core.training import Machine, Recipe

RECIPES = ("kinetics", "ava", "small")
NETWORKS = ("paper", "published", "small")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "--config", required=True, choices=RECIPES, help="pre-training, fine-tuning, or small"
    )
    parser.add_argument(
        "--data",
        required=True,
        nargs="+",
        type=Path,
        metavar="FOLDER",
        help="data sets of `lart dataset`, tracklets with labels.safetensors beside them, or "
        "LART's .pkl files",
    )
    parser.add_argument("--validation", nargs="+", type=Path, metavar="FOLDER", help="likewise")
    parser.add_argument("--out", type=Path, help="folder for model, logs and checkpoints")
    parser.add_argument("--name", help="what to call the model (default: the folder's name)")
    parser.add_argument(
        "--start",
        metavar="MODEL",
        help="trained model to go on from: a file, or a shipped one's name",
    )
    parser.add_argument("--resume", action="store_true", help="go on where a run in --out stopped")
    parser.add_argument("--dry-run", action="store_true", help="print the parameter groups only")
    network = parser.add_argument_group("network (without --start)")
    network.add_argument(
        "--network", choices=NETWORKS, help="default: small for --config small, else paper"
    )
    network.add_argument("--frames", type=whole(1), help="longest sequence")
    network.add_argument("--people", type=whole(1), help="most people seen together")
    network.add_argument(
        "--appearance", type=whole(0), metavar="D",
        help="length of appearance vectors, 0 for none (default: the data's; for small: none)",
    )  # fmt: skip
    network.add_argument(
        "--actions", type=int, nargs="+", metavar="ID", help="AVA ids (default: all labelled ones)"
    )
    recipe = parser.add_argument_group("recipe (default: Table 6)")
    recipe.add_argument("--epochs", type=whole(1))
    recipe.add_argument("--warmup-epochs", type=finite)
    recipe.add_argument("--batch", type=whole(1), help="tracklets a step, over all devices")
    recipe.add_argument("--rate", type=finite, help="base learning rate")
    recipe.add_argument("--mask-ratio", type=finite)
    recipe.add_argument("--layer-decay", type=finite)
    recipe.add_argument("--dropout", type=finite)
    recipe.add_argument("--drop-path", type=finite)
    recipe.add_argument("--seed", type=whole(0))
    machine = parser.add_argument_group("machine (Lightning's switches)")
    machine.add_argument("--accelerator", default="auto", help="cpu, gpu, ... (default: auto)")
    machine.add_argument(
        "--devices", type=whole(1), help="on each node (default: torchrun's, or 1)"
    )
    machine.add_argument("--nodes", type=whole(1), help="machines (default: torchrun's, or 1)")
    machine.add_argument("--strategy", default="auto", help="for example ddp or fsdp")
    machine.add_argument("--precision", default="32-true", help="for example bf16-mixed")
    machine.add_argument("--workers", type=whole(0), default=0, help="processes that load data")
    machine.add_argument("--quiet", action="store_true", help="no progress bar")


def run(args: argparse.Namespace) -> int:
    """Train and write the model, or describe what would be trained."""
    from lart_core.errors import LartError
    from lart_core.training import Recipe, dataset, describe, fit, open_tracks

    if not args.dry_run and args.out is None:
        raise LartError("Expected --out FOLDER for the model (or --dry-run).")
    recipe: Recipe = getattr(Recipe, args.config)(
        **_given(
            args, "epochs", "warmup_epochs", "batch", "rate", "mask_ratio", "layer_decay",
            "dropout", "drop_path", "seed",
        )
    )  # fmt: skip
    start, tracks = _start(args, recipe)
    if args.dry_run:
        print(f"{start.name}: {start.model.config.inputs}, {len(start.ava_ids)} actions")
        print(describe(start.model, recipe))
        return 0
    machine = _machine(args)
    validation = None
    if args.validation:
        held_out, _ = open_tracks(args.validation, start.model.config, start.ava_ids, start.fps)
        validation = dataset(start, recipe, held_out, train=False)
    fit(
        start,
        recipe,
        dataset(start, recipe, tracks),
        args.out,
        validation=validation,
        judge=_judge(args.validation or ()),
        machine=machine,
        resume=args.resume,
    )
    return 0


def _machine(args: argparse.Namespace) -> "Machine":
    """Lightning's switches, which it was asked about before the training begins.

    Raises:
        LartError: It does not know one of them, or this machine does not have what they ask for.
    """
    import logging

    from lightning.fabric.utilities.exceptions import MisconfigurationException
    from lightning.pytorch import Trainer

    from lart_core.errors import LartError
    from lart_core.stored_files import one_line
    from lart_core.training import Machine

    devices, nodes = Machine.by_torchrun() or (1, 1)
    machine = Machine(
        args.accelerator,
        args.devices or devices,
        args.strategy,
        args.precision,
        args.workers,
        not args.quiet,
        args.nodes or nodes,
    )
    logging.disable(logging.INFO)
    try:
        Trainer(
            accelerator=machine.accelerator,
            devices=machine.devices,
            num_nodes=machine.nodes,
            strategy=machine.strategy,
            precision=machine.precision,  # type: ignore[arg-type]
            logger=False,
            enable_checkpointing=False,
        )
    except (ValueError, MisconfigurationException, ModuleNotFoundError) as error:
        raise LartError(
            f"Expected --accelerator, --devices, --strategy and --precision that Lightning can "
            f"train with here, but it says: {one_line(str(error), 240)}"
        ) from None
    finally:
        logging.disable(logging.NOTSET)
    return machine


def _judge(validation: "Sequence[Path]") -> "Callable[[Checkpoint], float] | None":
    """mAP@0.5 on the labelled data set among the validation data, if there is one."""
    from analysis.runs.set_predictions import judge_on
    from lart_core.dataset import VideoSet
    from lart_core.dataset.videoset import SET, TRUTH

    sets = [path for path in validation if (path / SET).is_file() and (path / TRUTH).is_file()]
    return judge_on([VideoSet.open(path) for path in sets]) if sets else None


def _start(args: argparse.Namespace, recipe: "Recipe") -> "tuple[Checkpoint, Any]":
    """The model to begin with, and the tracks that it will see."""
    from dataclasses import replace

    from lart_core.model import load_checkpoint
    from lart_core.training import continue_from, new_model, open_tracks

    name = args.name or (args.out.name if args.out else args.config)
    if args.start:
        trained = load_checkpoint(model_file(args.start))
        config = trained.model.config
        tracks, ava_ids = open_tracks(args.data, config, args.actions, trained.fps)
        return replace(continue_from(trained, ava_ids, recipe.seed), name=name), tracks
    config = _network(args)
    tracks, ava_ids = open_tracks(args.data, config, args.actions)
    config = replace(config, actions=len(ava_ids))
    return new_model(name, config, ava_ids, tracks, recipe.seed), tracks


def _network(args: argparse.Namespace) -> "LARTConfig":
    """The network that was asked for; appearance vectors are as long as the data's."""
    from lart_core.model import LARTConfig
    from lart_core.training import appearance_size

    network = args.network or ("small" if args.config == "small" else "paper")
    given = _given(args, "frames", "people")
    size = args.appearance
    if size is None and network != "small":
        size = appearance_size(args.data) or None
    if size is not None:
        given["appearance_size"] = size
    return getattr(LARTConfig, network)(**given)


def _given(args: argparse.Namespace, *names: str) -> dict[str, Any]:
    """Those arguments that were given."""
    return {name: getattr(args, name) for name in names if getattr(args, name) is not None}
