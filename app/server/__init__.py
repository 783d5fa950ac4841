"""The app as one server: Streamlit, the files of runs, and the jobs' supervisor."""

import gc
import logging
import threading
import tomllib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

from streamlit.starlette import App

from analysis.ava import example, result_set
from app import jobs, spaces
from app.jobs.supervisor import Supervisor, everybodys
from app.operations import health, logs
from app.results import sets
from app.server import front_door, media, routes, sockets
from app.spaces.accounts import Accounts
from app.storage import catalogue, runs
from app.ui import errors
from lart_core.paths import lart_home

log = logging.getLogger("lart.app")

FIRST_PAGE = 2.0
"""Seconds that the first page has the machine for itself."""

HERE = Path(str(files("app.server")))


def settings(**given: Any) -> dict[str, Any]:
    """Streamlit's settings: ``streamlit.toml`` beside this module, then those given."""
    return _flat(tomllib.loads((HERE / "streamlit.toml").read_text(encoding="utf-8"))) | given


def build(
    allowed_hosts: Sequence[str] = front_door.LOCAL,
    terms: spaces.Terms | None = None,
    accounts: Accounts | None = None,
    *,
    log_layout: str = "text",
    metrics_at: str | None = None,
) -> App:
    """The server, ready to run.

    Args:
        allowed_hosts: Names under which it answers (`front_door.hosts`).
        terms: What it grants visitors, each of whom gets a space of their own; None where it has
            one user.
        accounts: How visitors sign in; None: a space is of a browser.
        log_layout: One of `app.operations.logs.FORMATS`.
        metrics_at: Where Prometheus may ask (`app.operations.metrics.serve`); None: nowhere.
    """
    if terms is not None:
        spaces.open_to_public(_with_examples(terms), accounts)
    served = media.PublicApp if spaces.public() else App
    return served(
        HERE / "main.py",
        routes=routes.routes(),
        middleware=front_door.middleware(allowed_hosts),
        on_script_error=errors.show,
        lifespan=partial(_with_jobs, log_layout=log_layout, metrics_at=metrics_at),
    )


@asynccontextmanager
async def _with_jobs(
    app: App, log_layout: str = "text", metrics_at: str | None = None
) -> AsyncIterator[None]:
    logs.set_up(log_layout)
    sockets.answer_at_once()
    try:
        with spaces.home():
            _prepare_sample()
    except OSError as error:
        log.error("Nothing can be written to %s: %s.", lart_home(), error.strerror)
    warm_up = threading.Timer(FIRST_PAGE, _warm_up)
    warm_up.daemon = True
    warm_up.start()
    supervisor = Supervisor(_forget)
    end_metrics = _serve_metrics(metrics_at, supervisor)
    supervisor.start()
    health.watch(supervisor)
    try:
        yield
    finally:
        health.watch(None)
        supervisor.stop()
        end_metrics()


def _serve_metrics(at: str | None, supervisor: Supervisor) -> Callable[[], None]:
    """Serve metrics if they are wanted; what ends that."""
    if at is None:
        return lambda: None
    from app.operations import metrics

    return metrics.serve(at, everybodys, lambda: [w.pid for w in [*supervisor.workers.values()]])


def _forget() -> None:
    """Drop what pages keep in memory of people's videos and results."""
    runs.forget()
    sets.forget()


def _prepare_sample() -> None:
    """See to it that there is something to watch: for visitors the sample, else any run."""
    ready = {entry.id for entry in runs.ready()}
    if not ready or (spaces.public() and runs.SAMPLE not in ready):
        jobs.add("sample", "The sample")


def _with_examples(terms: spaces.Terms) -> spaces.Terms:
    """The terms, sharing the made-up result sets too, which are made if they are not there."""
    with spaces.home():
        made_up = [one.id for one in result_set.sets() if one.made_up] or example.add_example()
    results = (*terms.shared.get("results", ()), *made_up)
    return replace(terms, shared={**terms.shared, "results": results})


def _warm_up() -> None:
    """Do now what the first views of Watch, Models and Search would wait for."""
    from lart_core import body, rendering

    body.load()
    log.info("Bodies are drawn by %s.", rendering.shared().backend)
    rendering.available_backends()
    with spaces.home():
        catalogue.fresh()
    gc.collect()
    gc.freeze()  # what is loaded by now stays: later collections need not look through it


def _flat(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat
