from collections.abc import Iterator

import pytest
from databases import fresh_tables, postgres
from sqlalchemy import text

from runtime.store import migration
from runtime.store.database import Database
from runtime.store.tables import metadata


@pytest.fixture(scope="session")
def postgres_with_tables() -> Iterator[Database]:
    with postgres() as made:
        migration.upgrade(made)
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, tmp_path) -> Database:
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
