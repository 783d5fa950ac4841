"""`lart app`: start the app."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.numbers import whole

if TYPE_CHECKING:
    from app.spaces.terms import Terms


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `lart app`."""
    parser.add_argument(
        "--port", type=whole(0, 65_535), default=8501, help="port to listen on (8501)"
    )
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="address to listen on (127.0.0.1: this machine only; without --public, whoever "
        "reaches it sees and changes everything)",
    )
    parser.add_argument(
        "--allow-host", action="append", default=[], metavar="NAME", dest="allowed",
        help="name by which browsers reach it, for example lens.example.org; others are refused "
        "(on 127.0.0.1: localhost alone; elsewhere any, unless one is named)",
    )  # fmt: skip
    parser.add_argument(
        "--public", nargs="?", const=True, metavar="SETTINGS",
        help="serve strangers: each visitor has a space of their own, with limits and an end "
        "(docs/public.md); SETTINGS is a TOML file (LART_HOME/public.toml, if there is one)",
    )  # fmt: skip
    parser.add_argument(
        "--log", choices=("text", "json"), default="text",
        help="how the log is written: for people, or a JSON object a line (text)",
    )  # fmt: skip
    parser.add_argument(
        "--metrics", metavar="[ADDRESS:]PORT",
        help="answer Prometheus there (off; without an address on this machine only)",
    )  # fmt: skip
    parser.add_argument("--headless", action="store_true", help="do not open a browser")


def run(args: argparse.Namespace) -> int:
    """Serve until stopped."""
    from app import server
    from app.server.visitors import TABLE_MEGABYTES
    from app.spaces import accounts
    from lart_core.paths import lart_home

    if args.metrics is not None:
        from app.operations import metrics

        metrics.endpoint(args.metrics)
    terms = _terms(args.public)
    allowed = server.front_door.hosts(args.host, args.allowed)
    given = {
        "server.port": args.port,
        "server.address": args.host,
        "server.allowedHosts": allowed,
    }
    signing_in = None
    if terms is not None:
        given["server.maxUploadSize"] = TABLE_MEGABYTES
        secrets = lart_home() / "secrets.toml"
        if signing_in := accounts.read(secrets):
            given["secrets.files"] = [str(secrets)]
    if args.allowed:  # else Streamlit would ask another server for this one's address
        given["browser.serverAddress"] = args.allowed[0]
    if args.headless:
        given["server.headless"] = True
    built = server.build(allowed, terms, signing_in, log_layout=args.log, metrics_at=args.metrics)
    built.run(config=server.settings(**given))
    return 0


def _terms(public: str | bool | None) -> "Terms | None":
    """What visitors are granted; None where none are served."""
    from app.spaces.terms import Terms, read
    from lart_core.paths import lart_home

    if not public:
        return None
    usual = lart_home() / "public.toml"
    if public is True:
        return read(usual) if usual.exists() else Terms()
    return read(Path(str(public)).expanduser())
