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
    parser.add_argument("--headless", action="store_true", help="do not open a browser")


def run(args: argparse.Namespace) -> int:
    """Serve until stopped."""
    from app import server

    given = {"server.port": args.port, "server.address": args.host}
    if args.headless:
        given["server.headless"] = True
    server.build().run(config=server.settings(**given))
    return 0
