"""Kinds as data, due times, views; orders a shop tells of; limits, payouts and identity checks; files and evidence."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

# A version before this one goes on writing rows meanwhile, so whatever must be there has a default.
COLUMNS = {
    "site": (
        "refund_limits TEXT NOT NULL DEFAULT '{}'",
        "refund_policy TEXT NOT NULL DEFAULT '{}'",
        "second_person TEXT NOT NULL DEFAULT '[]'",
        "shop_secret TEXT",
        "shop_url TEXT",
    ),
    "session": ("confirmed_at BIGINT",),
    "purchase": ("delivered_at BIGINT", "told_at BIGINT"),
    "payment": ("told_at BIGINT",),
    "ticket": (
        "fields TEXT NOT NULL DEFAULT '{}'",
        "wanted TEXT NOT NULL DEFAULT '[]'",
        "team_id TEXT REFERENCES team (id)",
        "priority INTEGER NOT NULL DEFAULT 3",
        "tags TEXT NOT NULL DEFAULT '[]'",
        "opened_by TEXT NOT NULL DEFAULT 'agent'",
        "contact TEXT NOT NULL DEFAULT '{}'",
        "mailed_event INTEGER NOT NULL DEFAULT 0",
        "ending TEXT",
        "ending_by_id TEXT REFERENCES agent (id)",
        "ending_proposed TEXT",
        "appealed_at BIGINT",
        "merged_into_id TEXT REFERENCES ticket (id)",
        "follows_id TEXT REFERENCES ticket (id)",
        "due_at BIGINT",
        "first_due_at BIGINT",
        "next_due_at BIGINT",
        "solve_due_at BIGINT",
        "answered_at BIGINT",
        "asked_at BIGINT",
        "paused_at BIGINT",
        "paused_seconds INTEGER NOT NULL DEFAULT 0",
        "calendar_revision INTEGER NOT NULL DEFAULT 0",
        "solved_at BIGINT",
    ),
    "refund": (
        "transaction_id TEXT REFERENCES payment (id)",
        "decided_at BIGINT",
        "first_by_id TEXT REFERENCES agent (id)",
        "first_by TEXT",
        "verdict TEXT",
        "calculation TEXT",
        "payout TEXT",
        "payout_account TEXT",
        "payout_masked TEXT",
        "appealed_at BIGINT",
        "appeal_reason TEXT",
        "paid_at BIGINT",
    ),
}


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} ADD COLUMN {column}")
    _free_refunds_of_their_order()
    _find_tickets()
    _add_what_shops_tell()
    _add_what_tickets_have()
    _add_what_refunds_have()
    _add_files()
    _learn_from_events()


def _free_refunds_of_their_order() -> None:
    """A refund may be of a transaction that belongs to no order. Nothing refers to refunds yet, so SQLite may copy."""
    amount = sa.CheckConstraint("amount > 0", name="refund_amount")
    with op.batch_alter_table("refund", table_args=(amount,)) as refund:
        refund.alter_column("order_id", existing_type=sa.Text(), nullable=True)
        refund.create_check_constraint("refund_of_one", "(order_id IS NULL) <> (transaction_id IS NULL)")
    _index("ix_refund_transaction_id", "refund", ["transaction_id"])
    _index("refund_by_day", "refund", ["decided_by_id", "decided_at"])


def _find_tickets() -> None:
    _index("ticket_list_by_assignee", "ticket", ["site_id", "assignee_id", "updated_at", "id"])
    for column in ("kind", "team", "priority"):
        name = "team_id" if column == "team" else column
        _index(f"ticket_list_by_{column}", "ticket", ["site_id", name, "updated_at", "id"])
    _index("ticket_due", "ticket", ["site_id", "due_at", "id"], "due_at IS NOT NULL")
    _index("ticket_calendar", "ticket", ["site_id", "calendar_revision"], "status NOT IN ('solved', 'closed')")
    _index("ticket_merged", "ticket", ["merged_into_id"], "merged_into_id IS NOT NULL")
    _index("ticketlink_target", "ticketlink", ["target_id", "kind"])


def _learn_from_events() -> None:
    """What earlier versions wrote into events only."""
    op.execute("UPDATE refund SET decided_at = updated_at WHERE decided_by_id IS NOT NULL AND decided_at IS NULL")
    op.execute("UPDATE refund SET paid_at = updated_at WHERE state = 'paid'")
    op.execute("UPDATE refund SET first_by_id = decided_by_id, first_by = decided_by WHERE state = 'second_approval'")
    op.execute("UPDATE ticket SET mailed_event = last_event")  # nobody is mailed what is over
    op.execute("UPDATE ticket SET solved_at = updated_at WHERE status IN ('solved', 'closed')")


def _index(name: str, table: str, columns: list[str], which: str | None = None, *, unique: bool = False) -> None:
    where = sa.text(which) if which else None
    op.create_index(name, table, columns, unique=unique, sqlite_where=where, postgresql_where=where)


def _add_what_shops_tell() -> None:
    op.create_table(
        "ordermatch",
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"]),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"]),
        sa.ForeignKeyConstraint(["order_id"], ["purchase.id"]),
        sa.PrimaryKeyConstraint("customer_id", "order_id"),
    )
    op.create_table(
        "shopevent",
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"]),
        sa.PrimaryKeyConstraint("site_id", "event_id"),
    )
    _index("ix_shopevent_at", "shopevent", ["at"])


def _add_what_tickets_have() -> None:
    op.create_table(
        "ticketkind",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "tickettag",
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"]),
        sa.PrimaryKeyConstraint("ticket_id", "tag"),
    )
    _index("ticket_tag", "tickettag", ["tag", "ticket_id"])
    op.create_table(
        "ticketwatcher",
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"]),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"]),
        sa.PrimaryKeyConstraint("ticket_id", "agent_id"),
    )
    _index("ix_ticketwatcher_agent_id", "ticketwatcher", ["agent_id"])
    op.create_table(
        "ticketview",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("filter", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    _index("ix_ticketview_agent_id", "ticketview", ["agent_id"])


def _add_what_refunds_have() -> None:
    op.create_table(
        "payout",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("refund_id", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["agent.id"]),
        sa.ForeignKeyConstraint(["refund_id"], ["refund.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    _index("ix_payout_refund_id", "payout", ["refund_id"])
    _index("one_payout", "payout", ["refund_id"], "state <> 'failed'", unique=True)
    op.create_table(
        "identitycheck",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("agent_name", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"]),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    _index("ix_identitycheck_ticket_id", "identitycheck", ["ticket_id"])


def _add_files() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=True),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("agent_id", sa.Text(), nullable=True),
        sa.Column("ticket_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"]),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"]),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"]),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("path"),
    )
    _index("attachment_loose", "attachment", ["created_at"], "used_at IS NULL")
    _index("ix_attachment_customer_id", "attachment", ["customer_id"])
    _index("ix_attachment_ticket_id", "attachment", ["ticket_id"])
    op.create_table(
        "attachmentuse",
        sa.Column("attachment_id", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["attachment_id"], ["attachment.id"]),
        sa.PrimaryKeyConstraint("attachment_id", "subject_kind", "subject_id"),
    )
    _index("attachmentuse_subject", "attachmentuse", ["subject_id"])
    op.create_table(
        "evidence",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("attachment_id", sa.Text(), nullable=True),
        sa.Column("by_kind", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Text(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["attachment_id"], ["attachment.id"]),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("ticket_id", "client_id"),
    )
    _index("evidence_ticket", "evidence", ["ticket_id", "id"])
