"""Calls with what replay needs of them: their steps, and the flow version that led them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, Row, select

from runtime.flow.replay import KeptStep
from runtime.store import tables

AT_ONCE = 100
"""Calls read at a time."""


@dataclass(frozen=True, slots=True)
class KeptCall:
    """A call as it was kept."""

    id: str
    flow: str
    version: str
    started_at: float
    files: Mapping[str, str]
    """The texts of that version by their paths from the flow's folder, its own first; none where
    it is not kept."""
    steps: tuple[KeptStep, ...]


class KeptCalls:
    """Reads kept calls; blocks."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, id_: str) -> KeptCall | None:
        """Return the call of that id of ours, or of the carrier's."""
        calls = tables.calls
        query = select(calls).where((calls.c.id == id_) | (calls.c.call_id == id_))
        with self._engine.connect() as connection:
            row = connection.execute(query.order_by(calls.c.started_at.desc())).first()
            return None if row is None else _kept(connection, row, {})

    def since(self, at: float, flow: str | None = None) -> Iterator[KeptCall]:
        """Iterate over the ended calls that began then or later, the oldest first."""
        calls = tables.calls
        query = select(calls).where(calls.c.state == "ended", calls.c.started_at >= at)
        if flow is not None:
            query = query.where(calls.c.flow == flow)
        query = query.order_by(calls.c.started_at, calls.c.id)
        known: dict[tuple[str, str], Mapping[str, str]] = {}
        with self._engine.connect() as connection:
            for row in connection.execute(query).yield_per(AT_ONCE):
                yield _kept(connection, row, known)


def _kept(
    connection: Connection, row: Row[Any], known: dict[tuple[str, str], Mapping[str, str]]
) -> KeptCall:
    key = row.flow, row.flow_version
    if key not in known:
        known[key] = _files(connection, *key)
    steps = tables.steps
    texts = connection.scalars(
        select(steps.c.step).where(steps.c.call == row.id).order_by(steps.c.number)
    )
    played = tuple(KeptStep.from_json(orjson.loads(text)) for text in texts)
    return KeptCall(row.id, row.flow, row.flow_version, row.started_at, known[key], played)


def _files(connection: Connection, flow: str, version: str) -> Mapping[str, str]:
    versions = tables.flow_versions
    query = select(versions.c.files).where(versions.c.name == flow, versions.c.version == version)
    text = connection.scalar(query)
    files: Mapping[str, str] = orjson.loads(text) if text else {}
    return files
