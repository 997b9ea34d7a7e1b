"""The tables. Times are POSIX seconds; what is JSON is kept as its text, which nothing queries."""

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Constraints have names, so that a migration can drop them on both databases."""

Identity = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only where the key's type is INTEGER."""

calls = Table(
    "calls",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("call_id", String(200), nullable=False, index=True),  # the carrier's; "" at first
    Column("did", String(200), nullable=False, index=True),
    Column("mobile", String(200), nullable=False),
    Column("direction", String(8), nullable=False),  # incoming | outgoing
    Column("flow", String(200), nullable=False, index=True),
    Column("flow_version", String(12), nullable=False),
    Column("state", String(8), nullable=False, index=True),  # dialling | live | ended
    Column("started_at", Double, nullable=False),
    Column("answered_at", Double),
    Column("ended_at", Double),
    Column("end_reason", String(200)),
    Column("variables", Text, nullable=False),
    Column("slots", Text, nullable=False),
    Column("usage", Text, nullable=False),
    Column("server", String(32), nullable=False),  # who leads it, or led it
    Column("recording", Text),  # the file, below the data folder of that server
    Index("ix_calls_started_at_id", "started_at", "id"),
)

turns = Table(
    "turns",
    metadata,
    Column("call", ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", Double, nullable=False),
    Column("who", String(6), nullable=False),  # bot | caller
    Column("text", Text, nullable=False),
    Column("state", String(200), nullable=False),
    Column("intent", String(200)),
    Column("confidence", Double),
    Column("how", String(20)),
    Column("latency_ms", Integer),
)

events = Table(
    "events",
    metadata,
    Column("call", ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("event", Text, nullable=False),  # as `events` of GET /v1/calls/{id} shows it
)

steps = Table(
    "steps",
    metadata,
    Column("call", ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("step", Text, nullable=False),  # an engine's event and its effects, for replay
)

flow_versions = Table(
    "flow_versions",
    metadata,
    Column("version", String(12), primary_key=True),
    Column("name", String(200), primary_key=True),
    Column("files", Text, nullable=False),  # by path, its own first
    Column("seen_at", Double, nullable=False),
)

servers = Table(
    "servers",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("started_at", Double, nullable=False),
    Column("seen_at", Double, nullable=False),
)

feed = Table(
    "feed",
    metadata,
    # Never used again, so that a reader may go on where it stopped.
    Column("id", Identity, primary_key=True, autoincrement=True),
    Column("at", Double, nullable=False, index=True),
    Column("kind", String(40), nullable=False),
    Column("data", Text, nullable=False),
    sqlite_autoincrement=True,
)

outgoing = Table(
    "outgoing",
    metadata,
    Column("id", ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    Column("token", String(64), nullable=False, unique=True),  # SHA-256 of it, in hex
    Column("token_until", Double, nullable=False),
    Column("token_used_at", Double),
    Column("key", String(200), unique=True),  # of who asked: the same key is the same call
    Column("status", String(20), nullable=False),
    Column("error", Text),
    Column("outcome", String(20)),  # answered | busy | no_answer | voicemail | failed
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", Identity, primary_key=True, autoincrement=True),
    Column("at", Double, nullable=False, index=True),
    Column("call_id", String(200), nullable=False, index=True),  # "" where the body names none
    Column("body", Text, nullable=False),
)
