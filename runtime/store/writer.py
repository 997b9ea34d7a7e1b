"""The writer: one thread a process, in batches, never in the way of audio.

On the event loop a change costs an object and a place in a queue. Rows, JSON and SQL are made in
the writer's thread, five times a second, in one transaction a batch: what was said is on disk
within a second, and a `kill -9` loses at most that.
"""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import time
from typing import Protocol
from uuid import uuid4

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, InternalError, OperationalError, SQLAlchemyError

from runtime.niceness import step_back
from runtime.store.changes import Change, Writable
from runtime.store.database import Database
from runtime.store.kept_steps import StepMaker
from runtime.store.orphans import close_orphans, declare_alive
from runtime.store.rehearsal import rehearse
from runtime.store.rows import Rows
from runtime.store.statements import write

PAUSE_SECONDS = 0.2
"""Between two batches; with the time a batch takes, well below the second that may be lost."""

ALIVE_SECONDS = 5.0
"""How often a server says that it lives, and looks whether another has died."""

CLOSE_SECONDS = 10.0
"""So long a server that stops waits for what is still to be written; by then nobody is calling."""

MOST_WAITING = 200_000
"""Changes kept while the database cannot be reached: five minutes at 600 a second."""

LARGEST_BATCH = 5_000

log = logging.getLogger(__name__)


class Keep(Protocol):
    """Takes what is to be kept."""

    def put(self, change: Change) -> None:
        """Take a change; returns at once, from any thread."""
        ...


class KeepNothing:
    """Stands where there is no store: `chat --audio`, benchmarks of a single call."""

    def put(self, change: Change) -> None:
        """Let it go."""


@dataclass(frozen=True, slots=True)
class ServerName:
    """Who writes: a new id for each start; the name is the same at the next one."""

    name: str
    id: str


def server_name(name: str) -> ServerName:
    """Return a server that starts now."""
    return ServerName(name, uuid4().hex)


class Writer:
    """Keeps what it is told; `running` is the life of its thread."""

    def __init__(
        self,
        database: Database,
        server: ServerName,
        *,
        clock: Callable[[], float] = time,
        pause: float = PAUSE_SECONDS,
        patience: float = CLOSE_SECONDS,
        write: Callable[[Connection, Rows], None] = write,
    ) -> None:
        self.server = server
        self._database = database
        self._clock = clock
        self._pause = pause
        self._patience = patience
        self._write_rows = write
        self._steps = StepMaker()
        self._waiting: deque[Change] = deque()
        self._wake = threading.Event()
        self._closing = False
        self._lock = threading.Lock()
        self._flushes: list[Callable[[], object]] = []
        self._alive_at = 0.0
        self.lost = 0
        """Changes dropped: the database was away for too long, or refused them."""
        self.is_behind = False
        """The newest batch could not be written; it is tried again."""

    @property
    def waiting(self) -> int:
        """Changes that are not written yet."""
        return len(self._waiting)

    def put(self, change: Change) -> None:
        """Take a change; returns at once, from any thread."""
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append(change)
        else:
            self.lost += 1

    async def flushed(self) -> None:
        """Return when all that was put before is written, or cannot be for now."""
        if self._closing:
            return
        loop = asyncio.get_running_loop()
        done = asyncio.Event()
        with self._lock:
            self._flushes.append(lambda: loop.call_soon_threadsafe(done.set))
        self._wake.set()
        await done.wait()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Write while the block runs; what waits at its end is written then, or told to be lost."""
        engine = self._database.engine()
        with engine.begin() as connection:
            declare_alive(connection, self.server, self._clock())
            close_orphans(connection, self.server, self._clock())
        rehearse(engine, self.server.id, write)
        thread = threading.Thread(target=self._run, args=(engine,), name="store", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._closing = True
            self._wake.set()
            thread.join(self._patience)
            if thread.is_alive() or self._waiting:
                log.error("store_unwritten", extra={"waiting": self.waiting})

    # -- in its own thread -------------------------------------------------------------------------

    def _run(self, engine: Engine) -> None:
        step_back()
        try:
            self._write_until_closed(engine)
        finally:
            engine.dispose()

    def _write_until_closed(self, engine: Engine) -> None:
        while True:
            self._wake.wait(self._pause)
            self._wake.clear()
            is_last = self._closing
            with self._lock:
                flushes, self._flushes = self._flushes, []
            self._write_all(engine)
            self._say_alive(engine)
            for is_done in flushes:
                is_done()
            if is_last:
                return

    def _write_all(self, engine: Engine) -> None:
        while self._waiting:
            taken = [self._waiting.popleft() for _ in range(min(LARGEST_BATCH, self.waiting))]
            left = self._refused(engine, self._made(taken))
            if left:
                # They come first next time.
                self._waiting.extendleft(reversed(left))
                return
            self.is_behind = False

    def _refused(self, engine: Engine, batch: Sequence[Writable]) -> Sequence[Writable]:
        """Write changes; return those that are to be tried again, since the database is away."""
        try:
            self._write(engine, batch)
        except Exception as error:  # noqa: BLE001 - a fault of ours must not end the writer
            if _is_away(error):
                # Nothing of the batch was kept.
                self._trouble("store_behind", error)
                return batch
            if len(batch) == 1:
                self.lost += 1
                facts = {"change": type(batch[0]).__name__, "why": _reason(error)}
                log.error("store_refused", extra=facts)
                return ()
            # One of them cannot be kept; the others are.
            self._trouble("store_refused_batch", error)
            for number in range(len(batch)):
                if self._refused(engine, batch[number : number + 1]):
                    return batch[number:]
        return ()

    def _made(self, changes: Sequence[Change]) -> list[Writable]:
        made: list[Writable] = []
        for change in changes:
            try:
                made += self._steps.made([change])
            except Exception as error:  # noqa: BLE001 - a fault of ours must not end the writer
                self.lost += 1
                log.error("step_refused", extra={"why": _reason(error)})
        return made

    def _write(self, engine: Engine, batch: Sequence[Writable]) -> None:
        rows = Rows(self.server.id).take(batch)
        with engine.begin() as connection:
            self._write_rows(connection, rows)

    def _say_alive(self, engine: Engine) -> None:
        now = self._clock()
        if now - self._alive_at < ALIVE_SECONDS:
            return
        try:
            with engine.begin() as connection:
                declare_alive(connection, self.server, now)
                close_orphans(connection, self.server, now)
            self._alive_at = now
        except SQLAlchemyError as error:
            self._trouble("store_behind", error)

    def _trouble(self, event: str, error: Exception) -> None:
        if not self.is_behind:
            log.error(event, extra={"why": _reason(error), "waiting": self.waiting})
        self.is_behind = True


def _is_away(error: Exception) -> bool:
    """Whether the same may go well later: the database is locked, full, read-only, or not there."""
    if isinstance(error, OperationalError | InternalError):
        return True
    return isinstance(error, DBAPIError) and error.connection_invalidated


def _reason(error: Exception) -> str:
    """Name the error without its statement: the values are what people said."""
    return type(error.orig if isinstance(error, DBAPIError) else error).__name__
