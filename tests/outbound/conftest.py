from collections.abc import Callable, Iterator
from typing import Any

import pytest
from databases import database as database
from databases import fresh_tables
from databases import postgres_with_tables as postgres_with_tables
from played_campaign import Played

from runtime.store.database import Database


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
