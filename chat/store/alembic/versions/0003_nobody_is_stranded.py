"""Who may take what and how it was decided, promises, colleagues beside an agent, what the watchdog found."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

# Written out, because SQLite takes a reference only together with its column. A version before this one goes on
# writing rows meanwhile, so whatever must be there has a default.
COLUMNS = {
    "site": (
        "calendar_revision INTEGER NOT NULL DEFAULT 0",
        "answer_seconds INTEGER",
        "grace_seconds INTEGER NOT NULL DEFAULT 300",
        "last_call_minutes INTEGER NOT NULL DEFAULT 10",
        "promise_minutes INTEGER NOT NULL DEFAULT 240",
        "urgent_words TEXT NOT NULL DEFAULT '[]'",
        "urgent_phone TEXT",
        "urgent_steps TEXT NOT NULL DEFAULT '{}'",
        "on_call TEXT",
    ),
    "team": (
        "policy TEXT NOT NULL DEFAULT 'by_hand'",
        "capacity INTEGER",
        "overflow_team_id TEXT REFERENCES team (id)",
        "overflow_seconds INTEGER",
        "max_queue INTEGER",
        "max_wait_seconds INTEGER",
        "divert TEXT NOT NULL DEFAULT 'message'",
        "wrap_up_seconds INTEGER NOT NULL DEFAULT 0",
    ),
    "agent": (
        "capacity INTEGER",
        "languages TEXT NOT NULL DEFAULT '[]'",
        "break_reason TEXT",
        "last_assigned_at BIGINT",
        "wrap_up_until BIGINT",
        "offline_at BIGINT",
        "gone_at BIGINT",
    ),
    "presence": ("session_id TEXT",),
    "conversation": (
        "team_id TEXT REFERENCES team (id)",
        "last_agent_id TEXT REFERENCES agent (id)",
        "passed_over TEXT NOT NULL DEFAULT '[]'",
        "priority INTEGER NOT NULL DEFAULT 3",
        "urgent BOOLEAN NOT NULL DEFAULT FALSE",
        "last_author TEXT",
        "last_said_at BIGINT",
        "assigned_at BIGINT",
        "overflowed_at BIGINT",
        "diverted_at BIGINT",
        "told_closed_at BIGINT",
        "reply_by BIGINT",
        "snoozed_until BIGINT",
    ),
}
IS_OFFLINE = "status = 'offline'"
NOT_ENDED = sa.text("ended_at IS NULL")


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} ADD COLUMN {column}")
    _learn_who_spoke_last()
    _order_lists_anew()
    _find_the_stranded()
    _add_assignments()
    _add_participants()
    _add_promises()
    _add_findings()


def _learn_who_spoke_last() -> None:
    last = (
        "(SELECT m.{what} FROM message m WHERE m.conversation_id = conversation.id"
        " AND m.author_kind IN ('customer', 'agent') ORDER BY m.seq DESC LIMIT 1)"
    )
    op.execute(
        f"UPDATE conversation SET last_author = {last.format(what='author_kind')},"
        f" last_said_at = {last.format(what='created_at')},"
        " assigned_at = CASE WHEN status = 'active' THEN last_at END, last_agent_id = agent_id"
    )


def _order_lists_anew() -> None:
    op.drop_index("conversation_queue", table_name="conversation")
    op.create_index(
        "conversation_queue",
        "conversation",
        ["site_id", "status", "priority", "first_waited_at", "id"],
    )
    op.drop_index("conversation_inbox", table_name="conversation")
    for name, columns, which in (
        ("conversation_waiting", ["site_id", "priority", "first_waited_at", "id"], "status = 'waiting'"),
        ("conversation_active", ["agent_id", "id"], "status = 'active'"),
        ("conversation_inbox", ["site_id", "priority", "reply_by", "id", "snoozed_until"], IS_OFFLINE),
        ("conversation_inbox_of", ["site_id", "agent_id", "priority", "reply_by", "id"], IS_OFFLINE),
        ("conversation_urgent", ["site_id", "urgent", "priority", "reply_by", "id"], IS_OFFLINE),
    ):
        _index(name, columns, which)


def _find_the_stranded() -> None:
    for name, column, which in (
        ("conversation_promised", "reply_by", IS_OFFLINE),
        ("conversation_unpromised", "status", f"{IS_OFFLINE} AND (reply_by IS NULL OR left_at IS NULL)"),
        ("conversation_snoozed", "snoozed_until", "snoozed_until IS NOT NULL"),
        ("conversation_with_bot", "id", "status = 'bot'"),
    ):
        _index(name, [column], which)


def _index(name: str, columns: list[str], which: str) -> None:
    op.create_index(name, "conversation", columns, sqlite_where=sa.text(which), postgresql_where=sa.text(which))


def _add_assignments() -> None:
    op.create_table(
        "assignment",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("team_id", sa.Text(), nullable=True),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_how", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"]),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"]),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"]),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("assignment_conversation", "assignment", ["conversation_id", "id"])
    op.create_index(
        "assignment_open",
        "assignment",
        ["conversation_id"],
        sqlite_where=NOT_ENDED,
        postgresql_where=NOT_ENDED,
    )
    op.create_index("assignment_recent", "assignment", ["team_id", "ended_at"])
    op.create_index("ix_assignment_agent_id", "assignment", ["agent_id"])


def _add_participants() -> None:
    op.create_table(
        "participant",
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("may", sa.Text(), nullable=False),
        sa.Column("invited_by_id", sa.Text(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("joined_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"]),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"]),
        sa.ForeignKeyConstraint(["invited_by_id"], ["agent.id"]),
        sa.PrimaryKeyConstraint("conversation_id", "agent_id"),
    )
    op.create_index("ix_participant_agent_id", "participant", ["agent_id"])


def _add_promises() -> None:
    op.create_table(
        "promise",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_how", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"]),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "one_open_promise",
        "promise",
        ["conversation_id"],
        unique=True,
        sqlite_where=NOT_ENDED,
        postgresql_where=NOT_ENDED,
    )
    op.create_index("promise_due", "promise", ["site_id", "due_at"])


def _add_findings() -> None:
    op.create_table(
        "finding",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "subject_id"),
    )
    op.create_index("ix_finding_site_id", "finding", ["site_id"])
