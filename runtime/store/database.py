"""The database: which one, and how each connection to it is set up."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

FILE_NAME = "callwright.sqlite"

DRIVERS = {
    "sqlite": ("sqlite+pysqlite", "sqlite+aiosqlite"),
    "postgresql": ("postgresql+psycopg", "postgresql+psycopg"),
}
"""By the database: for one thread that waits, and for an event loop that must not."""

BUSY_SECONDS = 10.0
"""SQLite has one writer at a time: so long another waits for it."""


class StoreProblem(Exception):  # noqa: N818 - it reads as what is told to the operator
    """The database cannot be used; the message says what to do about it, and has no password."""


@dataclass(frozen=True, slots=True)
class Database:
    """Where calls are kept: a URL of SQLAlchemy's, such as postgresql://user:word@host/name."""

    url: str

    @classmethod
    def of(cls, url: str | None, data: Path) -> "Database":
        """Return the database of that URL, or without one SQLite in the data folder.

        Raises `StoreProblem`.
        """
        if url is None:
            try:
                data.mkdir(parents=True, exist_ok=True)
            except OSError as exc:
                raise StoreProblem(f"{data} cannot be a folder for data: {exc.strerror}") from exc
            return cls(f"sqlite:///{(data / FILE_NAME).absolute()}")
        try:
            read = make_url(url)
        except ArgumentError as exc:
            # The URL itself may hold a password.
            raise StoreProblem(
                "store.url is no URL of a database: write postgresql://USER:PASSWORD@HOST/NAME "
                "or sqlite:///FILE"
            ) from exc
        name = read.get_backend_name()
        if name == "sqlite" and read.database in (None, "", ":memory:"):
            # Of its own for each connection.
            raise StoreProblem("store.url names no file: write sqlite:///FILE")
        if name not in DRIVERS:
            known = " or ".join(DRIVERS)
            raise StoreProblem(f"store.url: calls are kept in {known}, not in {name}")
        return cls(url)

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file of this machine's."""
        return make_url(self.url).get_backend_name() == "sqlite"

    @property
    def file(self) -> Path | None:
        """SQLite's file; None for a server."""
        name = make_url(self.url).database
        return Path(name) if self.is_sqlite and name else None

    def shown(self) -> str:
        """Return the URL without its password."""
        return make_url(self.url).render_as_string(hide_password=True)

    def engine(self) -> Engine:
        """Return an engine for a thread of its own; raises `StoreProblem`."""
        with _with_driver():
            engine = create_engine(self._url(0), **self._options())
        if self.is_sqlite:
            event.listen(engine, "connect", _set_up_sqlite)
        return engine

    def async_engine(self) -> AsyncEngine:
        """Return an engine for the event loop; raises `StoreProblem`."""
        with _with_driver():
            engine = create_async_engine(self._url(1), **self._options())
        if self.is_sqlite:
            event.listen(engine.sync_engine, "connect", _set_up_sqlite)
        return engine

    def _url(self, driver: int) -> str:
        url = make_url(self.url)
        url = url.set(drivername=DRIVERS[url.get_backend_name()][driver])
        return url.render_as_string(hide_password=False)

    def _options(self) -> Mapping[str, Any]:
        # An error that is logged must not show what people said.
        options: dict[str, Any] = {"hide_parameters": True}
        if self.is_sqlite:
            return {**options, "connect_args": {"timeout": BUSY_SECONDS}}
        # A connection that the server or a firewall has dropped is noticed before it is used.
        return {**options, "pool_pre_ping": True}


@contextmanager
def _with_driver() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as exc:
        install = "pip install 'callwright[postgres]'"
        raise StoreProblem(f"store.url needs {exc.name}: {install}") from exc


def _set_up_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    # Readers and the writer do not wait for each other; a commit need not wait for the disk, since
    # what a killed process has written is safe with the kernel (sqlite.org/wal.html).
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()
