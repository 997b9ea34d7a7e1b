"""How long calls are kept: by their age, and by the room that they take with their recordings."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection, Engine, Table, Text, cast, delete, exists, func, literal, select

from runtime.store import tables
from runtime.store.tables import metadata

AT_ONCE = 200
"""Calls deleted in one transaction: the writer waits for it at most some tens of milliseconds."""

ROWS_AT_ONCE = 5_000
"""Likewise, of rows that belong to no call."""

SAMPLE = 1_000
"""Rows of a table by which the size of all is told."""

STRAY_SECONDS = 86_400.0
"""A recording that no call belongs to is deleted after so long."""


class RecordedCall(Protocol):
    """A recording on the disk."""

    @property
    def call(self) -> str:
        """The id of its call."""

    @property
    def size(self) -> int:
        """Bytes."""

    @property
    def changed_at(self) -> float:
        """POSIX seconds."""


class Recordings(Protocol):
    """The recordings on this machine's disk."""

    def __iter__(self) -> Iterator[RecordedCall]:
        """Iterate over all of them."""

    def delete(self, call: str) -> bool:
        """Delete a call's; False where it has none here."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be kept."""

    seconds: float
    """The age of an ended call."""
    bytes: float
    """Calls and the recordings of this machine."""
    feed_seconds: float


@dataclass(frozen=True, slots=True)
class Pruned:
    """What has gone."""

    calls: int
    recordings: int


class Retention:
    """Deletes what is over the limits; each call blocks, and belongs into a thread."""

    def __init__(self, engine: Engine, limits: Limits, recordings: Recordings) -> None:
        self._engine = engine
        self._limits = limits
        self._recordings = recordings

    def prune(self, now: float) -> Pruned:
        """Delete what is too old, then the oldest until the rest has room. Live calls stay."""
        self._forget(tables.feed, now - self._limits.feed_seconds)
        self._forget(tables.webhooks, now - self._limits.seconds)
        gone = self._too_old(now - self._limits.seconds) + self._too_much()
        self._forget_versions(now - self._limits.seconds)
        strays = self._strays(now - STRAY_SECONDS)
        return Pruned(calls=gone, recordings=strays)

    def _forget(self, table: Table, before: float) -> None:
        old = select(table.c.id).where(table.c.at < before).limit(ROWS_AT_ONCE)
        while True:
            with self._engine.begin() as connection:
                gone = connection.execute(delete(table).where(table.c.id.in_(old))).rowcount
            if gone < ROWS_AT_ONCE:
                return

    def _forget_versions(self, before: float) -> None:
        """A version that no kept call ran goes when a newer one was loaded: that may serve."""
        versions, calls = tables.flow_versions, tables.calls
        newer = versions.alias("newer")
        ran = exists().where(
            calls.c.flow == versions.c.name, calls.c.flow_version == versions.c.version
        )
        followed = exists().where(
            newer.c.name == versions.c.name, newer.c.seen_at > versions.c.seen_at
        )
        old = delete(versions).where(versions.c.seen_at < before, ~ran, followed)
        with self._engine.begin() as connection:
            connection.execute(old)

    def _too_old(self, before: float) -> int:
        calls = tables.calls
        old = select(calls.c.id).where(calls.c.state == "ended", calls.c.ended_at < before)
        gone = 0
        while True:
            with self._engine.begin() as connection:
                ids = list(connection.scalars(old.limit(AT_ONCE)))
                self._delete(connection, ids)
            gone += len(ids)
            if len(ids) < AT_ONCE:
                return gone

    def _too_much(self) -> int:
        calls = tables.calls
        oldest = select(calls.c.id).where(calls.c.state == "ended").order_by(calls.c.started_at)
        sizes = {recorded.call: recorded.size for recorded in self._recordings}
        gone = 0
        while True:
            with self._engine.begin() as connection:
                kept = connection.scalar(select(func.count()).select_from(calls)) or 0
                size = size_of(connection)
                over = size + sum(sizes.values()) - self._limits.bytes
                if over <= 0:
                    return gone
                ids = []
                for id_ in connection.scalars(oldest.limit(AT_ONCE)):
                    ids.append(id_)
                    over -= sizes.pop(id_, 0) + size / kept
                    if over <= 0:
                        break
                if not ids:
                    return gone
                self._delete(connection, ids)
            gone += len(ids)

    def _delete(self, connection: Connection, ids: list[str]) -> None:
        for id_ in ids:
            self._recordings.delete(id_)
        connection.execute(delete(tables.calls).where(tables.calls.c.id.in_(ids)))

    def _strays(self, before: float) -> int:
        """Another server may have deleted the call of a recording that lies here."""
        gone = 0
        for recorded in list(self._recordings):
            if recorded.changed_at >= before:
                continue
            with self._engine.connect() as connection:
                query = select(exists().where(tables.calls.c.id == recorded.call))
                if not connection.scalar(query):
                    gone += self._recordings.delete(recorded.call)
        return gone


def size_of(connection: Connection) -> float:
    """Return about how many bytes the calls take with all that belongs to them.

    By their rows: what a database's files take does not shrink where rows are deleted.
    """
    calls = tables.calls
    of_calls = [calls, *(t for t in metadata.sorted_tables if _belongs_to(t, calls))]
    return sum(_estimated(connection, table) for table in of_calls)


def _belongs_to(table: Table, other: Table) -> bool:
    return any(key.references(other) for key in table.foreign_keys)


def _estimated(connection: Connection, table: Table) -> float:
    lengths = (func.coalesce(func.length(cast(column, Text)), 0) for column in table.c)
    rows = select(sum(lengths, start=literal(0)).label("length")).select_from(table)
    average = connection.scalar(select(func.avg(rows.limit(SAMPLE).subquery().c.length)))
    count = connection.scalar(select(func.count()).select_from(table)) or 0
    return float(average or 0) * count
