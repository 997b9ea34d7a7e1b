from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from databases import fresh_tables, postgres
from sqlalchemy import text

from runtime.store import migration
from runtime.store.database import Database, StoreProblem
from runtime.store.tables import metadata

pytestmark = pytest.mark.database


def test_the_migrations_make_the_tables_that_the_code_uses(database: Database):
    engine = database.engine()
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_an_upgrade_is_needed_once(tmp_path):
    database = Database.of(None, tmp_path)
    assert migration.needs_upgrade(database)
    migration.upgrade(database)
    migration.upgrade(database)
    assert not migration.needs_upgrade(database)


def test_tables_of_a_newer_version_are_left_alone(tmp_path):
    database = Database(f"sqlite:///{fresh_tables(tmp_path)}")
    engine = database.engine()
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StoreProblem, match="newer Callwright"):
        migration.upgrade(database)
    with pytest.raises(StoreProblem, match="newer Callwright"):
        migration.needs_upgrade(database)


@pytest.mark.network
def test_a_server_that_cannot_be_reached_is_told_without_its_password(tmp_path):
    database = Database.of("postgresql://me:secret@127.0.0.1:1/calls", tmp_path)
    with pytest.raises(StoreProblem) as caught:
        migration.upgrade(database)
    assert "127.0.0.1:1" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("mysql://me@here/calls", "not in mysql"),
        ("postgresql//me:secret@here/calls", "no URL of a database"),
    ],
)
def test_another_kind_of_database_is_refused_in_one_sentence(tmp_path, url: str, why: str):
    with pytest.raises(StoreProblem, match=why) as caught:
        Database.of(url, tmp_path)
    assert "secret" not in str(caught.value)


@pytest.mark.network
def test_servers_that_upgrade_at_once_wait_for_each_other():
    with postgres() as database, ThreadPoolExecutor(4) as pool:
        list(pool.map(migration.upgrade, [database] * 4))
        assert not migration.needs_upgrade(database)
