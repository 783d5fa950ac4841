"""Prometheus' metrics of the app, on a port of their own; off unless somebody asks for them."""

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from prometheus_client import Counter, disable_created_metrics, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import REGISTRY, Collector

from app.jobs.table import Job
from lart_core.errors import LartError

FRAMES = ("perception", "player")
"""Stages whose progress counts frames."""

EVENTS = Counter("lart_events", "What happened, by the event's name.", ["event", "where"])
ENDED = Counter("lart_jobs_ended", "Jobs that ended.", ["kind", "state"])
SECONDS = Counter("lart_jobs_seconds", "Seconds that ended jobs took.", ["kind"])


class Jobs(Collector):
    """The jobs as they are when somebody asks.

    Args:
        every: Gives all jobs of everybody.
        workers: Gives the process groups of those that run.
    """

    def __init__(
        self, every: Callable[[], Iterable[Job]], workers: Callable[[], Iterable[int]]
    ) -> None:
        self._every, self._workers = every, workers
        self._seen: dict[tuple[str, str], int] = {}
        self._frames = dict.fromkeys(FRAMES, 0)

    def collect(self) -> Iterator[Metric]:
        """The metrics of this moment."""
        count = {"waiting": 0, "running": 0}
        for job in self._every():
            if job.state in count:
                count[job.state] += 1
            if job.started:
                self._add_frames(job)
        jobs = GaugeMetricFamily("lart_jobs", "Jobs that are not over.", labels=["state"])
        for state, number in count.items():
            jobs.add_metric([state], number)
        yield jobs
        frames = CounterMetricFamily("lart_frames", "Frames processed.", labels=["stage"])
        for stage, number in self._frames.items():
            frames.add_metric([stage], number)
        yield frames
        memory = memory_of(set(self._workers()))
        yield GaugeMetricFamily("lart_jobs_memory_bytes", "Resident memory of all jobs.", memory)

    def describe(self) -> Iterable[Metric]:
        """Nothing beforehand: the jobs are not looked at before somebody asks."""
        return ()

    def _add_frames(self, job: Job) -> None:
        progress = job.progress
        stage, done = progress.get("stage"), progress.get("done", 0)
        if stage in self._frames:
            before = self._seen.get((job.id, stage), 0)
            self._frames[stage] += max(done - before, 0)
            self._seen[job.id, stage] = done


class _Events(logging.Handler):
    """Counts what is logged as an event."""

    def emit(self, record: logging.LogRecord) -> None:
        """Count one."""
        if (event := getattr(record, "event", None)) is None:
            return
        if event == "job ended":
            kind = getattr(record, "kind", "")
            ENDED.labels(kind, getattr(record, "state", "")).inc()
            SECONDS.labels(kind).inc(getattr(record, "seconds", 0.0))
        else:
            EVENTS.labels(event, getattr(record, "where", "")).inc()


def endpoint(place: str) -> tuple[str, int]:
    """Address and port of ``PORT`` (on this machine only) or ``ADDRESS:PORT``.

    Raises:
        LartError: It is no such place.
    """
    address, _, port = place.rpartition(":")
    if not port.isdecimal() or not 0 <= int(port) < 65536:
        raise LartError(f"Expected a port or ADDRESS:PORT for the metrics, but got {place!r}.")
    return address or "127.0.0.1", int(port)


def serve(
    place: str, every: Callable[[], Iterable[Job]], workers: Callable[[], Iterable[int]]
) -> Callable[[], None]:
    """Answer Prometheus from now on.

    Args:
        place: See `endpoint`.
        every, workers: See `Jobs`.

    Returns:
        What ends it.

    Raises:
        LartError: It is no such place, or somebody else listens there.
    """
    address, port = endpoint(place)
    disable_created_metrics()
    try:
        server, thread = start_http_server(port, address)
    except OSError as error:
        raise LartError(f"Metrics cannot be served on {place}: {error.strerror}.") from None
    jobs, events = Jobs(every, workers), _Events()
    REGISTRY.register(jobs)
    logging.getLogger("lart").addHandler(events)

    def end() -> None:
        REGISTRY.unregister(jobs)
        logging.getLogger("lart").removeHandler(events)
        server.shutdown()
        server.server_close()
        thread.join()

    return end


def memory_of(groups: set[int]) -> int:
    """Bytes of memory that the processes of some process groups hold (Linux)."""
    total = 0
    page = os.sysconf("SC_PAGE_SIZE")
    for process in Path("/proc").glob("[0-9]*") if groups else ():
        with suppress(OSError, ValueError, IndexError):  # it may be gone by now
            after_name = (process / "stat").read_text().rpartition(")")[2].split()
            if int(after_name[2]) in groups:
                total += int((process / "statm").read_text().split()[1]) * page
    return total
