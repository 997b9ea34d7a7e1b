"""Bringing the tables to what this version of Callwright needs."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from runtime.store import campaign_tables  # noqa: F401 - a part of what is compared with the files
from runtime.store.database import Database, StoreProblem

SCRIPTS = Path(__file__).parent / "migrations"

UPGRADE_LOCK = 0x43616C6C  # "Call"
"""PostgreSQL's advisory lock: of several servers that start at once, one upgrades."""


def upgrade(database: Database) -> None:
    """Create the tables, or change them to the newest form; does nothing where they have it.

    Raises `StoreProblem` where the database cannot be reached or is newer than this program.
    """
    engine = database.engine()
    try:
        with engine.connect() as connection:
            if not database.is_sqlite:
                connection.execute(text(f"SELECT pg_advisory_lock({UPGRADE_LOCK})"))
            _check_age(connection)
            command.upgrade(_config(connection), "head")
            connection.commit()
    except DBAPIError as exc:
        raise StoreProblem(f"{database.shown()} cannot be used: {exc.orig}") from exc
    finally:
        engine.dispose()


def needs_upgrade(database: Database) -> bool:
    """Tell whether `upgrade` would do something. Raises `StoreProblem`, likewise."""
    engine = database.engine()
    try:
        with engine.connect() as connection:
            return _check_age(connection) != newest()
    except DBAPIError as exc:
        raise StoreProblem(f"{database.shown()} cannot be used: {exc.orig}") from exc
    finally:
        engine.dispose()


def newest() -> str | None:
    """Return the revision that this program works with."""
    return ScriptDirectory(str(SCRIPTS)).get_current_head()


def _check_age(connection: Connection) -> str | None:
    """Return the revision that the tables have; None: there are none yet."""
    current = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory(str(SCRIPTS)).walk_revisions()}
    if current is not None and current not in known:
        raise StoreProblem(
            f"the tables were made by a newer Callwright (revision {current}); install that one, "
            "or name another store.url"
        )
    return current


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    return config
