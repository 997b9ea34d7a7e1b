from collections.abc import Callable, Iterator
from typing import Any

import pytest
from databases import fresh_tables, postgres
from played_campaign import Played
from sqlalchemy import text

from runtime.store import migration
from runtime.store.database import Database
from runtime.store.tables import metadata


@pytest.fixture(scope="session")
def postgres_for_campaigns() -> Iterator[Database]:
    with postgres() as made:
        migration.upgrade(made)
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path) -> Database:
    """A database with all tables and nothing in them."""
    if request.param == "sqlite":
        return Database(f"sqlite:///{fresh_tables(tmp_path)}")
    made: Database = request.getfixturevalue("postgres_for_campaigns")
    engine = made.engine()
    with engine.begin() as connection:
        names = ", ".join(table.name for table in metadata.sorted_tables)
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    engine.dispose()
    return made


@pytest.fixture
def fresh(tmp_path) -> Database:
    """A SQLite file with all tables, for what is the same on all databases."""
    return Database(f"sqlite:///{fresh_tables(tmp_path)}")


@pytest.fixture
def played() -> Iterator[Callable[..., Played]]:
    """Make a campaign to be played; its connections are closed after the test."""
    made: list[Played] = []

    def make(database: Database, start: str, **plan: Any) -> Played:
        made.append(Played(database, start, **plan))
        return made[-1]

    yield make
    for each in made:
        each.engine.dispose()
