"""`lart weights`: the register of model files."""

import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Add `list`, `fetch NAME`, `verify [NAME ...]`, `path NAME` and `doctor --preset`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="every file: whether it is here, size, licence, purpose")
    fetch = actions.add_parser("fetch", help="bring a file into the cache")
    fetch.add_argument("name", nargs="+")
    verify = actions.add_parser("verify", help="check the cached files against their sha256")
    verify.add_argument("name", nargs="*", help="all that are here, if none is named")
    path = actions.add_parser("path", help="print where a file lies, fetching it if need be")
    path.add_argument("name")
    doctor = actions.add_parser("doctor", help="what a preset needs, and what is missing")
    doctor.add_argument("--preset", default="embedded")


def run(args: argparse.Namespace) -> int:
    """Do one action on the register."""
    from lart_core import weights

    if args.action == "list":
        for record in weights.REGISTER.values():
            here = weights.state(record).value
            print(f"{record.name:28} {here:8} {record.readable_size:>12}  {record.licence}")
            print(f"{'':28} {record.purpose}")
            print(f"{'':28} licence text: {record.licence_url}")
        return 0
    if args.action == "fetch":
        for name in args.name:
            print(weights.fetch(name))
        return 0
    if args.action == "path":
        print(weights.path(args.name))
        return 0
    if args.action == "verify":
        return _verify([weights.find(name) for name in args.name])
    return _doctor(args.preset)


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


def _doctor(preset: str) -> int:
    from lart_core import presets

    report = presets.doctor(preset)
    print(report.text())
    return 0 if report.ready else 2
