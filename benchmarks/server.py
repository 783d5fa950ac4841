"""Memory that visitors of the app take, as the server's own metrics say.

    lart app --public --headless --port 8501 --metrics 9100 &
    python -m benchmarks.server [--port 8501] [--metrics 9100] [--visitors 10] [--page watch]

Each visitor is a session of Streamlit with a cookie of its own, which has run a page once and stays
connected, as an open browser tab does.
"""

import argparse
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

MOST_OF_A_REFUSAL = 8
"""Elements that a page shows at most where it refuses; others show more."""


def cookie(port: int) -> str:
    """The cookie that a new visitor gets."""
    page = urllib.request.Request(f"http://127.0.0.1:{port}/", headers={"Accept": "text/html"})
    with urllib.request.urlopen(page, timeout=60) as answer:
        return (answer.headers.get("Set-Cookie") or "").partition(";")[0]


@contextmanager
def visit(port: int, page: str) -> Iterator[None]:
    """A session that has run a page, and stays connected while the block runs."""
    with connect(
        f"ws://127.0.0.1:{port}/_stcore/stream",
        additional_headers={"Cookie": cookie(port), "Origin": f"http://127.0.0.1:{port}"},
        subprotocols=["streamlit"],  # type: ignore[list-item]
        max_size=None,
    ) as session:
        asked = BackMsg()
        asked.rerun_script.page_name = page
        session.send(asked.SerializeToString())
        shown = 0
        while True:
            said = ForwardMsg()
            said.ParseFromString(session.recv(timeout=300))
            shown += said.WhichOneof("type") == "delta"
            if said.WhichOneof("type") == "script_finished":
                break
        assert shown > MOST_OF_A_REFUSAL, f"the page showed {shown} elements only"
        yield


def memory(port: int) -> float:
    """Resident megabytes of the server."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
        lines = answer.read().decode().splitlines()
    (line,) = (line for line in lines if line.startswith("process_resident_memory_bytes "))
    return float(line.split()[1]) / 1e6


def main() -> None:
    """Print the server's memory with nobody, with one visitor, and with all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8501)
    parser.add_argument("--metrics", type=int, default=9100)
    parser.add_argument("--visitors", type=int, default=10)
    parser.add_argument("--page", default="watch")
    args = parser.parse_args()
    print(f"nobody: {memory(args.metrics):.0f} MB")
    with ExitStack() as open_tabs:
        open_tabs.enter_context(visit(args.port, args.page))
        first = memory(args.metrics)
        print(f"one visitor: {first:.0f} MB")
        for _ in range(args.visitors - 1):
            open_tabs.enter_context(visit(args.port, args.page))
        time.sleep(1)
        last = memory(args.metrics)
    each = (last - first) / max(args.visitors - 1, 1)
    print(f"{args.visitors} visitors: {last:.0f} MB, {each:.1f} MB for each after the first")


if __name__ == "__main__":
    main()
