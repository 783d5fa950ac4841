"""The index: one SQLite file beside the runs, made of them and made anew where they change."""

import json
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis.search.content import Content, content
from lart_core import video
from lart_core.errors import LartError
from lart_core.runs.run import Run

VERSION = 4
"""Of the tables below: a file of another version is made anew."""

TABLES = f"""
CREATE TABLE IF NOT EXISTS run (
    key INTEGER PRIMARY KEY, id TEXT UNIQUE, stamp TEXT, changed REAL, name TEXT, facts TEXT
);
CREATE TABLE IF NOT EXISTS presence (run INTEGER, person INTEGER, first INTEGER, last INTEGER);
CREATE INDEX IF NOT EXISTS presence_of_run ON presence (run);
CREATE TABLE IF NOT EXISTS said (
    action INTEGER, run INTEGER, model TEXT, person INTEGER, step INTEGER, thousandths INTEGER,
    corrected INTEGER,
    PRIMARY KEY (action, run, model, person, step)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS said_of_run ON said (run);
PRAGMA user_version={VERSION};
"""
"""Made by whoever comes first; several may come at once."""

WAIT_SECONDS = 30.0
"""For others who write: longer than any of them takes."""


@dataclass(frozen=True)
class RunRow:
    """What a list shows of a run.

    Attributes:
        id: The run. changed: Seconds since 1970. name: The video's file name.
        seconds: How long it is. people: Track ids. models: Names. top: Actions in words.
        poster: A frame with many people. loop: First and last frame of a telling stretch.
        ready: Whether there are people and a video to watch.
        why: The sentence that says what is damaged, or "".
    """

    id: str
    changed: float
    name: str
    seconds: float = 0.0
    people: tuple[int, ...] = ()
    models: tuple[str, ...] = ()
    top: tuple[str, ...] = ()
    poster: int = 0
    loop: tuple[int, int] = (0, 0)
    ready: bool = False
    why: str = ""


class Index:
    """The index of the runs in one home.

    Args:
        path: Its file. It may be deleted at any time: it is made of the runs alone.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def refresh(
        self,
        there: Mapping[Path, str],
        seconds: float | None = None,
        progress: Callable[[int, int], object] | None = None,
    ) -> int:
        """Read the runs that are new or have changed, and forget those that are gone.

        Args:
            there: Folder of each run -> a stamp that changes whenever something in the run does.
            seconds: Stop after so long; what is left is for the next time.
            progress: Told how many of how many runs were read.

        Returns:
            How many are left to read.
        """
        end = time.monotonic() + seconds if seconds is not None else None
        with self._open() as db:
            known = dict(db.execute("SELECT id, stamp FROM run").fetchall())
        by_id = {path.name: path for path in there}
        gone = [(run_id,) for run_id in known if run_id not in by_id]
        stale = [path for path, stamp in there.items() if known.get(path.name) != stamp]
        if gone:
            with self._open() as db:
                self._forget(db, gone)
        for done, path in enumerate(stale):
            if end is not None and time.monotonic() > end:
                return len(stale) - done
            self._read(path, there[path])
            if progress:
                progress(done + 1, len(stale))
        return 0

    def rows(self) -> list[RunRow]:
        """What is known of every run, the latest first."""
        with self._open() as db:
            found = db.execute("SELECT id, changed, name, facts FROM run ORDER BY changed DESC")
            return [_row(*each) for each in found]

    def table(self, query: str, values: Sequence[object] = ()) -> pd.DataFrame:
        """The answer of a query over ``run``, ``presence`` and ``said``."""
        with self._open() as db:
            cursor = db.execute(query, list(values))
            return pd.DataFrame(cursor.fetchall(), columns=[c[0] for c in cursor.description])

    def _read(self, path: Path, stamp: str) -> None:
        """Put one run into the index; a damaged one with the sentence that says so."""
        row, inside = RunRow(path.name, 0.0, path.name), Content([], [], [], 0, (0, 0))
        try:
            row = RunRow(path.name, (path / "run.json").stat().st_mtime, path.name)
            run = Run.open(path)
            if run.player is not None:
                video.seconds(run.player)  # whether it can be opened at all
            if run.finished("tracking"):
                inside = content(run)
            row = RunRow(
                run.path.name,
                row.changed,
                run.video.name,
                run.video.seconds,
                tuple(sorted({person for person, _, _ in inside.presence})),
                tuple(run.models()),
                tuple(inside.top),
                inside.poster,
                inside.loop,
                run.finished("tracking") and run.player is not None,
            )
        except (LartError, OSError) as error:
            row = RunRow(row.id, row.changed, row.name, why=str(error))
        with self._open() as db:
            self._forget(db, [(row.id,)])
            key = db.execute(
                "INSERT INTO run (id, stamp, changed, name, facts) VALUES (?, ?, ?, ?, ?)",
                (row.id, stamp, row.changed, row.name, json.dumps(row.__dict__)),
            ).lastrowid
            db.executemany(
                "INSERT INTO presence VALUES (?, ?, ?, ?)", [(key, *p) for p in inside.presence]
            )
            db.executemany(
                "INSERT INTO said VALUES (?, ?, ?, ?, ?, ?, ?)",
                sorted(
                    (action, key, model, person, step, thousandths, corrected)
                    for model, person, action, step, thousandths, corrected in inside.said
                ),
            )

    @staticmethod
    def _forget(db: sqlite3.Connection, ids: Sequence[tuple[str]]) -> None:
        for table in ("presence", "said"):
            db.executemany(
                f"DELETE FROM {table} WHERE run = (SELECT key FROM run WHERE id = ?)", ids
            )
        db.executemany("DELETE FROM run WHERE id = ?", ids)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """The file, made if it is missing, damaged or of another version; commits at the end."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        db = self._connect()
        try:
            with db:
                yield db
        except sqlite3.OperationalError as error:
            raise LartError(f"The index of videos cannot be used: {error}.") from None
        finally:
            db.close()

    def _connect(self) -> sqlite3.Connection:
        end = time.monotonic() + WAIT_SECONDS
        made_anew = False
        while True:
            db = sqlite3.connect(self.path, timeout=WAIT_SECONDS)
            try:
                db.execute("PRAGMA journal_mode=WAL")
                db.execute("PRAGMA synchronous=NORMAL")
                if _version(db) == 0:
                    db.executescript(f"BEGIN IMMEDIATE; {TABLES} COMMIT;")
                if _version(db) == VERSION:
                    return db
            except sqlite3.OperationalError as error:
                db.close()
                # The switch to WAL, and the last one who leaves it, do not wait for others.
                if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY and time.monotonic() < end:
                    time.sleep(0.01)
                    continue
                raise LartError(f"The index of videos cannot be used: {error}.") from None
            except sqlite3.DatabaseError:
                pass  # damaged
            db.close()
            if made_anew:
                raise LartError(f"The index {self.path.name} cannot be made; is the disk full?")
            for ending in ("", "-wal", "-shm"):
                Path(f"{self.path}{ending}").unlink(missing_ok=True)
            made_anew = True


def _version(db: sqlite3.Connection) -> int:
    """Of the tables in a file: 0 while there are none."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _row(run_id: str, changed: float, name: str, facts: str) -> RunRow:
    known = json.loads(facts)
    lists = {key: tuple(known[key]) for key in ("people", "models", "top", "loop")}
    return RunRow(**(known | lists | {"id": run_id, "changed": changed, "name": name}))
