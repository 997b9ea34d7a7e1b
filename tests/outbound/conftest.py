from collections.abc import Iterator

import pytest
from databases import fresh_tables, postgres

from runtime.store import migration
from runtime.store.database import Database


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path) -> Iterator[Database]:
    """A database with all tables and nothing in them."""
    if request.param == "sqlite":
        fresh_tables(tmp_path).rename(tmp_path / "callwright.sqlite")
        yield Database.of(None, tmp_path)
        return
    with postgres() as made:
        migration.upgrade(made)
        yield made
