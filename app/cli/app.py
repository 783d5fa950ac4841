"""`lart app`: start the app."""

import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `lart app`."""
    parser.add_argument("--port", type=int, default=8501, help="port to listen on (8501)")
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="address to listen on (127.0.0.1: this machine only; the app has no log-in)",
    )
    parser.add_argument(
        "--allow-host", action="append", default=[], metavar="NAME", dest="allowed",
        help="name by which browsers reach it, for example lens.example.org; others are refused "
        "(on 127.0.0.1: localhost alone; elsewhere any, unless one is named)",
    )  # fmt: skip
    parser.add_argument("--headless", action="store_true", help="do not open a browser")


def run(args: argparse.Namespace) -> int:
    """Serve until stopped."""
    from app import server

    allowed = server.front_door.hosts(args.host, args.allowed)
    given = {
        "server.port": args.port,
        "server.address": args.host,
        "server.allowedHosts": allowed,
    }
    if args.headless:
        given["server.headless"] = True
    server.build(allowed).run(config=server.settings(**given))
    return 0
