"""The tables of campaigns, beside those of calls. Times are POSIX seconds."""

from sqlalchemy import Column, Double, ForeignKey, Index, Integer, String, Table, Text

from runtime.store.tables import metadata

campaigns = Table(
    "campaigns",
    metadata,
    Column("id", String(100), primary_key=True),  # the name that the operator gave it
    Column("created_at", Double, nullable=False),
    Column("file", Text, nullable=False),
    Column("content", String(64), nullable=False),  # SHA-256 of the list, in hex
    Column("header", Text, nullable=False),  # the list's columns, as JSON
    Column("plan", Text, nullable=False),
    Column("state", String(10), nullable=False),  # running | paused | cancelled | ended
    Column("why", Text, nullable=False),  # of a pause that nobody asked for; else ""
    Column("breaker_since", Double, nullable=False),  # attempts before it do not open the breaker
)

campaign_rows = Table(
    "campaign_rows",
    metadata,
    Column("campaign", ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("cells", Text, nullable=False),  # as the list has them, as JSON
    Column("mobile", String(20), nullable=False),  # "" in a bad row
    Column("variables", Text, nullable=False),
    Column("timezone", String(60), nullable=False),
    Column("state", String(10), nullable=False),  # waiting | calling | ended | bad
    Column("due_at", Double),  # while it waits
    Column("ticket", Integer, nullable=False),  # one more each time that it begins to wait
    Column("made", Integer, nullable=False),  # attempts
    Column("outcome", String(20)),  # of the last attempt
    Column("why", Text, nullable=False),  # it is not called, or not again
    Column("slots", Text, nullable=False),
    Index("ix_campaign_rows_campaign_state_due_at", "campaign", "state", "due_at"),
)

campaign_attempts = Table(
    "campaign_attempts",
    metadata,
    Column("campaign", ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),  # from 1
    Column("mobile", String(20), nullable=False, index=True),
    Column("at", Double, nullable=False),
    Column("state", String(10), nullable=False),  # placing | placed | ended
    Column("call", String(32)),  # the server's id of it, once it is known
    Column("outcome", String(20)),
    Column("why", Text, nullable=False),
    Column("ended_at", Double),
    Index("ix_campaign_attempts_campaign_ended_at", "campaign", "ended_at"),
)

campaign_workers = Table(
    "campaign_workers",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("campaign", String(100), nullable=False, index=True),
    Column("host", String(200), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("seen_at", Double, nullable=False),  # 0 when it has stopped
    Column("taken_by", String(32)),  # the worker that goes on with its calls
)

suppressed_numbers = Table(
    "suppressed_numbers",
    metadata,
    Column("mobile", String(20), primary_key=True),
    Column("since", Double, nullable=False),
    Column("source", Text, nullable=False),  # the file, or the call in which it was asked for
)
