"""`lart weights`: the register of model files."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the actions: list, fetch, verify, bundle, add, convert, path, doctor, adopt."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="every file: whether it is here, size, licence, purpose")
    fetch = actions.add_parser("fetch", help="bring a file into the cache")
    fetch.add_argument("name", nargs="*")
    fetch.add_argument(
        "--preset", help="all that a preset fetches by itself when it is first used, and the sample"
    )
    verify = actions.add_parser("verify", help="check the cached files against their sha256")
    verify.add_argument("name", nargs="*", help="all that are here, if none is named")
    verify.add_argument(
        "--print",
        action="store_true",
        help="print size and sha256 of each file as it lies here, to compare with others'",
    )
    bundle = actions.add_parser("bundle", help="one ZIP of model files for offline machines")
    bundle.add_argument("out", type=Path, metavar="OUT.zip")
    bundle.add_argument("name", nargs="*", help="all that are here and may be handed on, if none")
    add = actions.add_parser("add", help="take the files of a bundle, each checked by its sha256")
    add.add_argument("bundle", type=Path, metavar="BUNDLE.zip")
    convert = actions.add_parser(
        "convert", help="make a model of ours of a checkpoint that LART's authors published"
    )
    convert.add_argument("file", type=Path, metavar="FILE", help="Lightning's .ckpt")
    convert.add_argument("--out", type=Path, help="default: FILE with the ending .safetensors")
    convert.add_argument("--config", type=Path, help="its YAML (default: by the weights' shapes)")
    path = actions.add_parser("path", help="print where a file lies, fetching it if need be")
    path.add_argument("name")
    doctor = actions.add_parser("doctor", help="what a preset needs, and what is missing")
    doctor.add_argument("--preset", default="light")
    adopt = actions.add_parser(
        "adopt", help="check and link the files that PHALP, LART or 4D-Humans left in this home"
    )
    adopt.add_argument("--preset", default="full")


def run(args: argparse.Namespace) -> int:
    """Do one action on the register."""
    from lart_core import weights

    if args.action == "list":
        for record in weights.REGISTER.values():
            here = weights.state(record).value
            print(f"{record.name:28} {here:8} {record.readable_size:>12}  {record.licence}")
            print(f"{'':28} {record.purpose}")
            print(f"{'':28} licence text: {record.licence_url}")
            if record.folder:
                print(f"{'':28} an archive of the folder {record.folder}")
        return 0
    if args.action == "fetch":
        for name in args.name + _unasked(args.preset):
            print(weights.fetch(name, _progress(name)))
        return 0
    if args.action == "path":
        print(weights.path(args.name))
        return 0
    if args.action == "verify":
        records = [weights.find(name) for name in args.name]
        return _print_hashes(records) if args.print else _verify(records)
    if args.action == "bundle":
        chosen = [weights.find(name) for name in args.name] or None
        for record in weights.write_bundle(args.out, chosen):
            print(f"{record.name:28} {record.readable_size:>12}  {record.licence}")
        return 0
    if args.action == "convert":
        from lart_core.presets.full.files import convert_lart

        out = args.out or args.file.with_suffix(".safetensors")
        made = convert_lart(args.file, out, args.config)
        print(f"{out}: {made.model.config.inputs}, {len(made.ava_ids)} actions")
        return 0
    if args.action == "add":
        for record in weights.add_bundle(args.bundle):
            print(weights.local_path(record))
        return 0
    if args.action == "adopt":
        return _adopt(args.preset)
    return _doctor(args.preset)


def _progress(name: str) -> Callable[[int, int | None], None]:
    """Rewrites one line of the terminal, at most once a percent or 100 MB."""
    shown = -1

    def show(here: int, total: int | None) -> None:
        nonlocal shown
        step = 100 * here // total if total else here // 100_000_000
        if step == shown:
            return
        shown = step
        said = f"{here / 1e6:.0f} of {total / 1e6:.0f} MB" if total else f"{here / 1e6:.0f} MB"
        end = "\n" if here == total else ""
        print(f"\r{name}: {said}", end=end, file=sys.stderr, flush=True)

    return show


def _unasked(preset: str | None) -> list[str]:
    """Names of the files that a preset fetches by itself, and of the sample."""
    if preset is None:
        return []
    from lart_core import presets

    found = [each.record for each in presets.doctor(preset, thorough=False).findings]
    return [*(record.name for record in found if record.fetched_unasked), "sample-clip"]


def _adopt(preset: str) -> int:
    from lart_core import presets

    for line in presets.adopt(preset) or ["No file of other projects was found that is needed."]:
        print(line)
    return _doctor(preset)


def _verify(records: list) -> int:
    from lart_core import weights

    damaged = False
    for record in records or weights.REGISTER.values():
        here = weights.state(record)
        if here is weights.State.MISSING and not records:
            continue
        checked = "" if record.sha256 else " (its owners publish no sha256: only the size counts)"
        print(f"{record.name:28} {here.value}{checked}")
        damaged |= here is not weights.State.PRESENT
    return 1 if damaged else 0


def _print_hashes(records: list) -> int:
    """What lies here, whatever the register says of it: nothing is trusted by this."""
    from lart_core import weights
    from lart_core.atomic_files import sha256

    for record in records or weights.REGISTER.values():
        file = weights.local_path(record)
        if file.is_file():
            print(f"{record.name:28} {file.stat().st_size:>12} {sha256(file)}")
    return 0


def _doctor(preset: str) -> int:
    from lart_core import presets

    report = presets.doctor(preset)
    print(report.text())
    return 0 if report.ready else 2
