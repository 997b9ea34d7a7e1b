"""Campaigns, their rows and attempts, who works at them, and numbers not to be called."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "campaign_workers",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("campaign", sa.String(length=100), nullable=False),
        sa.Column("host", sa.String(length=200), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.Double(), nullable=False),
        sa.Column("taken_by", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_workers")),
    )
    op.create_index(
        op.f("ix_campaign_workers_campaign"), "campaign_workers", ["campaign"], unique=False
    )
    op.create_table(
        "campaigns",
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("header", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("breaker_since", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
    )
    op.create_table(
        "suppressed_numbers",
        sa.Column("mobile", sa.String(length=20), nullable=False),
        sa.Column("since", sa.Double(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("mobile", name=op.f("pk_suppressed_numbers")),
    )
    op.create_table(
        "campaign_attempts",
        sa.Column("campaign", sa.String(length=100), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("mobile", sa.String(length=20), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("call", sa.String(length=32), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign"],
            ["campaigns.id"],
            name=op.f("fk_campaign_attempts_campaign_campaigns"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("campaign", "line", "number", name=op.f("pk_campaign_attempts")),
    )
    op.create_index(
        "ix_campaign_attempts_campaign_ended_at",
        "campaign_attempts",
        ["campaign", "ended_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_campaign_attempts_mobile"), "campaign_attempts", ["mobile"], unique=False
    )
    op.create_table(
        "campaign_rows",
        sa.Column("campaign", sa.String(length=100), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("cells", sa.Text(), nullable=False),
        sa.Column("mobile", sa.String(length=20), nullable=False),
        sa.Column("variables", sa.Text(), nullable=False),
        sa.Column("timezone", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("due_at", sa.Double(), nullable=True),
        sa.Column("ticket", sa.Integer(), nullable=False),
        sa.Column("made", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("slots", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign"],
            ["campaigns.id"],
            name=op.f("fk_campaign_rows_campaign_campaigns"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("campaign", "line", name=op.f("pk_campaign_rows")),
    )
    op.create_index(
        "ix_campaign_rows_campaign_state_due_at",
        "campaign_rows",
        ["campaign", "state", "due_at"],
        unique=False,
    )
