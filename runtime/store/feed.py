"""The feed: what `/v1/events` tells, numbered in the order in which readers see it."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, text

from runtime.store import tables
from runtime.store.rows import as_text

LOCK = 0x46656564  # "Feed"
"""PostgreSQL's advisory lock: without it a row may become visible behind one of a higher number,
where a reader has gone on already."""


def tell(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows, at the end of a transaction: others that add wait until it is committed."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
    connection.execute(tables.feed.insert(), list(rows))


def told(at: float, kind: str, data: Mapping[str, object]) -> dict[str, Any]:
    """Return a row of the feed."""
    return {"at": at, "kind": kind, "data": as_text(data)}
