"""A batch's rows become SQL: each kind of statement is made once for a process.

What SQLAlchemy makes for a statement holds itself, and would be the garbage collector's each time.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Executable, Table, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite

from runtime.store import tables
from runtime.store.feed import tell
from runtime.store.rows import Row, Rows


def write(connection: Connection, rows: Rows) -> None:
    """Write a batch's rows."""
    dialect = connection.dialect.name
    if rows.versions:
        connection.execute(_see_version(dialect), list(rows.versions.values()))
    for id_, row in rows.begun.items():
        _begin(connection, id_, row)
    _update(connection, tables.calls, ("id",), _with_ids(rows.changed))
    _update(connection, tables.outgoing, ("id",), _with_ids(rows.outcomes))
    both = (*rows.begun.items(), *rows.changed.items())
    ended = [{"key_id": id_} for id_, row in both if "end_reason" in row]
    if ended:
        connection.execute(_name_outcome(), ended)
    _insert_new(connection, tables.turns, list(rows.spoken.values()))
    amended = [{"call": c, "number": n, **row} for (c, n), row in rows.amended.items()]
    _update(connection, tables.turns, ("call", "number"), amended)
    _insert_new(connection, tables.events, rows.noted)
    _insert_new(connection, tables.steps, rows.steps)
    tell(connection, rows.feed)


def _with_ids(rows: Mapping[str, Row]) -> list[Row]:
    return [{"id": id_, **row} for id_, row in rows.items()]


def _begin(connection: Connection, id_: str, row: Row) -> None:
    """Add a call, or go on with the row of one that was placed, which began when it was."""
    known = {name: value for name, value in row.items() if name not in ("id", "started_at")}
    change = _change(tables.calls, ("id",), frozenset(known))
    if not connection.execute(change, {**known, "key_id": id_}).rowcount:
        connection.execute(_insert(connection.dialect.name, tables.calls), [row])


def _insert_new(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Add rows; one that is there already is left (a batch may be tried twice)."""
    for _, alike in groupby(rows, key=frozenset):
        connection.execute(_insert(connection.dialect.name, table), list(alike))


def _update(
    connection: Connection, table: Table, key: tuple[str, ...], rows: Sequence[Row]
) -> None:
    """Change rows; those that change the same columns go together."""
    by_columns: dict[frozenset[str], list[dict[str, Any]]] = {}
    for row in rows:
        by_columns.setdefault(frozenset(row) - set(key), []).append(
            {f"key_{name}" if name in key else name: value for name, value in row.items()}
        )
    for columns, alike in by_columns.items():
        connection.execute(_change(table, key, columns), alike)


# -- statements ------------------------------------------------------------------------------------


@cache
def _insert(dialect: str, table: Table) -> Executable:
    made = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    return made.on_conflict_do_nothing()


@cache
def _see_version(dialect: str) -> Executable:
    """Add a version; one that is known already is seen again."""
    versions = tables.flow_versions
    made = postgresql.insert(versions) if dialect == "postgresql" else sqlite.insert(versions)
    seen = {"seen_at": made.excluded.seen_at}
    key = [versions.c.version, versions.c.name]
    return made.on_conflict_do_update(index_elements=key, set_=seen)


@cache
def _change(table: Table, key: tuple[str, ...], columns: frozenset[str]) -> Executable:
    made = table.update().values({name: bindparam(name) for name in columns})
    for name in key:
        made = made.where(table.c[name] == bindparam(f"key_{name}"))
    return made


@cache
def _name_outcome() -> Executable:
    """Say why a placed call was not answered, where the carrier has told it before its end."""
    calls, outgoing = tables.calls, tables.outgoing
    told = select(outgoing.c.outcome).where(outgoing.c.id == calls.c.id).scalar_subquery()
    unanswered = calls.update().where(
        calls.c.id == bindparam("key_id"),
        calls.c.direction == "outgoing",
        calls.c.answered_at.is_(None),
    )
    return unanswered.values(end_reason=func.coalesce(told, calls.c.end_reason))
