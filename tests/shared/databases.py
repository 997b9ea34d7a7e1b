"""Databases for tests: SQLite files that have their tables already, and PostgreSQL's own."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import text

from runtime.store import migration
from runtime.store.database import Database
from runtime.store.tables import metadata

SERVER = "postgresql://postgres@127.0.0.1/postgres"


@cache
def _template() -> Path:
    """Return a file with all tables: to copy one takes a hundredth of the time to make one."""
    folder = Path(tempfile.mkdtemp(prefix="callwright-tables-"))
    database = Database.of(None, folder)
    migration.upgrade(database)
    assert database.file is not None
    return database.file


def fresh_tables(folder: Path) -> Path:
    """Return a new SQLite file in `folder` with all tables."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "calls.sqlite"
    if not path.exists():
        shutil.copy(_template(), path)
    return path


@cache
def postgres_is_there() -> bool:
    """Tell whether a PostgreSQL listens on this machine."""
    try:
        psycopg.connect(SERVER, connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def postgres() -> Iterator[Database]:
    """Give a database of one's own on PostgreSQL, without tables, while the block runs."""
    if not postgres_is_there():
        pytest.skip("no PostgreSQL on 127.0.0.1:5432")
    name = f"callwright_{uuid4().hex}"
    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield Database.of(f"{SERVER.rpartition('/')[0]}/{name}", Path())
    finally:
        with psycopg.connect(SERVER, autocommit=True) as connection:
            statement = "DROP DATABASE {} WITH (FORCE)"
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def postgres_with_tables() -> Iterator[Database]:
    """A database on PostgreSQL for many tests, one after the other."""
    with postgres() as made:
        migration.upgrade(made)
        yield made


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.network)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """A database with all tables and nothing in them: the same tests hold for both kinds."""
    if request.param == "sqlite":
        return Database(f"sqlite:///{fresh_tables(tmp_path)}")
    made: Database = request.getfixturevalue("postgres_with_tables")
    engine = made.engine()
    with engine.begin() as connection:
        names = ", ".join(table.name for table in metadata.sorted_tables)
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    engine.dispose()
    return made
