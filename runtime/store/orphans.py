"""Calls whose server has died are closed as `server_lost`, at the latest when it starts again."""

from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select, text

from runtime.store import tables
from runtime.store.feed import tell, told

if TYPE_CHECKING:
    from runtime.store.writer import ServerName

SILENT_SECONDS = 30.0
"""A server that has not said for so long that it lives has died, or has lost the database."""

REASON = "server_lost"

LOCK = 0x4C6F7374  # "Lost"
"""PostgreSQL's advisory lock: of several servers one at a time closes what others have left."""


def declare_alive(connection: Connection, server: "ServerName", now: float) -> None:
    """Say that this server lives."""
    servers = tables.servers
    found = connection.execute(
        servers.update().where(servers.c.id == server.id).values(seen_at=now)
    )
    if not found.rowcount:
        row = {"id": server.id, "name": server.name, "started_at": now, "seen_at": now}
        connection.execute(servers.insert(), [row])


def close_orphans(connection: Connection, server: "ServerName", now: float) -> int:
    """End the calls of servers that are gone; return how many there were.

    Gone is who has our name (it was us, before we started again), or has been silent. A SQLite
    file has one server at a time: any other is gone.
    """
    servers, calls = tables.servers, tables.calls
    gone = select(servers.c.id, servers.c.seen_at).where(servers.c.id != server.id)
    if connection.dialect.name != "sqlite":
        is_silent = servers.c.seen_at < now - SILENT_SECONDS
        gone = gone.where((servers.c.name == server.name) | is_silent)
    closed = 0
    if connection.dialect.name == "postgresql":
        # Several servers that look at once would wait for each other's rows, crosswise.
        connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
    for id_, seen_at in connection.execute(gone).all():
        orphans = connection.scalars(
            select(calls.c.id).where(calls.c.server == id_, calls.c.state == "live")
        ).all()
        for orphan in orphans:
            _close(connection, orphan, seen_at)
        closed += len(orphans)
        connection.execute(servers.delete().where(servers.c.id == id_))
    return closed


def _close(connection: Connection, id_: str, seen_at: float) -> None:
    """End a call when it was last known to go on."""
    calls, turns = tables.calls, tables.turns
    last = connection.scalar(select(func.max(turns.c.at)).where(turns.c.call == id_))
    began = connection.scalar(select(calls.c.started_at).where(calls.c.id == id_))
    ended_at = max(seen_at, last or 0.0, began or 0.0)
    ended = {"state": "ended", "ended_at": ended_at, "end_reason": REASON}
    changed = connection.execute(
        calls.update().where(calls.c.id == id_, calls.c.state == "live").values(ended)
    )
    if changed.rowcount:
        facts = {"call": id_, "end_reason": REASON}
        tell(connection, [told(ended_at, "call_ended", facts)])
