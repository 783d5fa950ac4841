"""How quick the Failures page is in a real browser.

    python -m benchmarks.failures_page --gt GT.csv --pred PRED.csv --labels LIST.pbtxt

Opens the files as a result set in a home of its own, starts the app, and measures in Chromium:
the first list when the set is in memory already (from asking for the page to the list and its
first case being drawn), a change of each filter (from the click to the new list), and the list's
last page. Needs playwright and a Chromium on the PATH.
"""

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import analysis
from analysis.ava import result_set

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
COMMAND = "from app.cli import main; raise SystemExit(main())"
COUNT = (
    "[...document.querySelectorAll('strong')].map(e => e.innerText).find(t => / failures$/.test(t))"
)


def wait_for_server(url: str) -> None:
    """Until it answers."""
    while True:
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=1)
            return
        except OSError:
            time.sleep(0.2)


def empty_page(browser, url: str) -> float:  # type: ignore[no-untyped-def]
    """Seconds until a fresh tab shows the app's emptiest page: what the browser and Streamlit need
    before any page's own work."""
    tab = browser.new_context().new_page()
    begin = time.perf_counter()
    tab.goto(f"{url}/jobs")
    tab.get_by_role("heading", name="Jobs").first.wait_for(timeout=120_000)
    seconds = time.perf_counter() - begin
    tab.context.close()
    return seconds


def first_list(browser, address: str) -> float:  # type: ignore[no-untyped-def]
    """Seconds until a fresh tab shows the list and the first case."""
    tab = browser.new_context().new_page()
    begin = time.perf_counter()
    tab.goto(address)
    tab.wait_for_function(COUNT, timeout=120_000)
    tab.locator("[data-testid=stDataFrame] canvas").first.wait_for(timeout=120_000)
    tab.get_by_text("mAP points · id").wait_for(timeout=120_000)
    seconds = time.perf_counter() - begin
    tab.context.close()
    return seconds


def change(tab, label: str, option: str) -> float:  # type: ignore[no-untyped-def]
    """Seconds from choosing an option to another count of failures."""
    before = tab.evaluate(COUNT)
    box = tab.get_by_role("combobox", name=label)
    box.focus()
    box.fill(option)
    choice = tab.get_by_role("option", name=option, exact=True)
    choice.wait_for()
    begin = time.perf_counter()
    choice.click()
    tab.wait_for_function(f"(before) => {COUNT} !== before", arg=before, timeout=60_000)
    return time.perf_counter() - begin


def measure(url: str, set_id: str) -> None:
    """Print the figures."""
    from playwright.sync_api import sync_playwright

    names = ("chromium", "chromium-browser", "google-chrome")
    path = next(p for p in map(shutil.which, names) if p)
    address = f"{url}/failures?set={set_id}"
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        print(f"first visit (reads and judges the set): {first_list(browser, address):.2f} s")
        shell = [empty_page(browser, url) for _ in range(3)]
        print(f"an empty page of the app: median {statistics.median(shell):.2f} s")
        again = [first_list(browser, address) for _ in range(5)]
        print(f"first list, set in memory: median {statistics.median(again):.2f} s")
        tab = browser.new_context(viewport={"width": 1400, "height": 1000}).new_page()
        tab.goto(address)
        tab.get_by_text("mAP points · id").wait_for(timeout=120_000)
        tab.wait_for_timeout(2000)
        for label, option in (
            ("Type", "pose confusion"),
            ("Action", "walk"),
            ("Action", "stand"),
            ("Action", "sit"),
            ("Type", "missed label"),
        ):
            seconds = change(tab, label, option)
            print(f"{label} = {option}: {seconds:.2f} s, {tab.evaluate(COUNT)}")
            tab.wait_for_timeout(3000)
        tab.goto(address)
        tab.get_by_text("mAP points · id").wait_for(timeout=120_000)
        box = tab.get_by_label("Page of", exact=False).first
        pages = -(-int(tab.evaluate(COUNT).split()[0].replace(",", "")) // 50)
        case = tab.get_by_text("mAP points · id").inner_text()
        begin = time.perf_counter()
        box.fill(str(pages))
        box.press("Enter")
        tab.wait_for_function("(old) => !document.body.innerText.includes(old)", arg=case)
        print(f"last page ({pages:,}) of the list: {time.perf_counter() - begin:.2f} s")
        browser.close()


def main() -> None:
    """Make the set, start the app, measure, stop it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for name in ("gt", "pred", "labels"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["LART_HOME"] = home
        set_id = result_set.add(
            "Measured",
            analysis.read_predictions(args.pred),
            analysis.read_ground_truth(args.gt),
            analysis.read_label_map(args.labels),
        )
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            port = sock.getsockname()[1]
        command = [sys.executable, "-c", COMMAND, "app", "--port", str(port), "--headless"]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for_server(f"http://127.0.0.1:{port}")
            measure(f"http://127.0.0.1:{port}", set_id)
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
