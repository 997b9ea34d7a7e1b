"""The store of one process: its database, who writes to it and who reads from it."""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncEngine

from runtime.store import migration
from runtime.store.archive import Archive
from runtime.store.database import Database, StoreProblem
from runtime.store.writer import Writer, server_name


@dataclass(frozen=True, slots=True)
class Store:
    """What is kept of calls."""

    database: Database
    writer: Writer
    archive: Archive
    engine: AsyncEngine
    """For what must be known to be written before the answer: placing calls, single-use tokens."""

    @classmethod
    def of(cls, database: Database, server: str) -> "Store":
        """Return the store; `server` names this process among those that share the database."""
        engine = database.async_engine()
        return cls(database, Writer(database, server_name(server)), Archive(engine), engine)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Keep calls while the block runs; at its end all of them are written.

        Raises `StoreProblem`: the database is away, is of another version, or is another server's.
        """
        with alone(self.database):
            await asyncio.to_thread(self._prepare)
            try:
                with self.writer.running():
                    yield
            finally:
                await self.engine.dispose()

    def _prepare(self) -> None:
        if self.database.is_sqlite:
            migration.upgrade(self.database)
        elif migration.needs_upgrade(self.database):
            # Other servers may be at work on the same tables: when to change them is not ours.
            raise StoreProblem(
                f"{self.database.shown()} has not the tables that this version needs. "
                "Run: callwright db upgrade"
            )


@contextmanager
def alone(database: Database) -> Iterator[None]:
    """Keep other servers from a SQLite file: each takes the live calls of any other for lost.

    Raises `StoreProblem` where another has it. A PostgreSQL is for many.
    """
    if database.file is None:
        yield
        return
    try:
        lock = database.file.with_suffix(".lock").open("w")
    except OSError as exc:
        raise StoreProblem(f"{database.file} cannot be used: {exc.strerror}") from exc
    with lock as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            raise StoreProblem(
                f"another server keeps its calls in {database.file}. Give this one a --data folder "
                "of its own, or both one PostgreSQL (store.url)"
            ) from exc
        held.write(str(os.getpid()))
        held.flush()
        yield
