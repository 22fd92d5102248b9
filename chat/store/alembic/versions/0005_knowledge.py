"""Versions of articles, votes, trained models, the bot's turns and flows; the ways to reach a desk; cases that were
over while money was still owed, and their lists by status.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

# A version before this one goes on writing rows meanwhile, so whatever must be there has a default.
COLUMNS = {
    "site": ("channels TEXT NOT NULL DEFAULT '[]'",),
    "conversation": ("bot_flow TEXT",),
    "article": (
        "kind TEXT NOT NULL DEFAULT 'article'",
        "sites TEXT NOT NULL DEFAULT '[]'",
        "note TEXT",
        "effective_at BIGINT",
        "revision INTEGER NOT NULL DEFAULT 0",
    ),
    "payout": ("said TEXT",),
    "attachment": ("key TEXT",),
}


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} ADD COLUMN {column}")
    _add_versions()
    _add_votes()
    _add_models()
    _add_turns()
    _keep_what_is_in_force()
    _list_by_status()
    _open_what_is_owed()
    _index("payout_doubtful", "payout", ["refund_id"], "said IS NOT NULL")
    _index("payout_silent", "payout", ["at"], "state IN ('asked', 'unknown')")
    # Once such jobs were given up after some hours; they ask for ever now.
    op.execute("UPDATE job SET failed_at = NULL WHERE kind = 'payout' AND done_at IS NULL")
    _index("ix_caselink_expires_at", "caselink", ["expires_at"])
    _index("attachment_agent", "attachment", ["agent_id", "created_at"], "agent_id IS NOT NULL")
    _index("attachment_key", "attachment", ["key"], unique=True)


def _add_versions() -> None:
    op.create_table(
        "articleversion",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("article_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sites", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("phrasings", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("returned", sa.Text(), nullable=True),
        sa.Column("author_id", sa.Text(), nullable=True),
        sa.Column("reviewer_id", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("effective_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"]),
        sa.ForeignKeyConstraint(["author_id"], ["agent.id"]),
        sa.ForeignKeyConstraint(["reviewer_id"], ["agent.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("article_id", "number"),
    )
    _index("one_draft", "articleversion", ["article_id"], "state IN ('draft', 'review')", unique=True)
    _index("version_scheduled", "articleversion", ["effective_at"], "state = 'scheduled'")


def _add_votes() -> None:
    op.create_table(
        "articlevote",
        sa.Column("article_id", sa.Text(), nullable=False),
        sa.Column("voter", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("helpful", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"]),
        sa.PrimaryKeyConstraint("article_id", "voter"),
    )


def _add_models() -> None:
    op.create_table(
        "botmodel",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("edition", sa.Text(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    _index("ix_botmodel_edition", "botmodel", ["edition"])


def _add_turns() -> None:
    op.create_table(
        "botturn",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("article_id", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("candidates", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("unmatched", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("wrong_by_id", sa.Text(), nullable=True),
        sa.Column("right_article_id", sa.Text(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"]),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"]),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"]),
        sa.ForeignKeyConstraint(["right_article_id"], ["article.id"]),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"]),
        sa.ForeignKeyConstraint(["wrong_by_id"], ["agent.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("conversation_id", "seq"),
    )
    _index("botturn_article", "botturn", ["article_id", "at"])
    _index("botturn_list", "botturn", ["site_id", "at"])
    _index("botturn_customer", "botturn", ["customer_id", "at"])
    _index("botturn_unmatched", "botturn", ["site_id", "at"], "unmatched")


def _keep_what_is_in_force() -> None:
    """Every article there is was published once; its id serves for its only version too."""
    op.execute("UPDATE article SET effective_at = updated_at WHERE effective_at IS NULL")
    op.execute(
        "INSERT INTO articleversion (id, article_id, number, state, sites, category, question, phrasings, answer, created_at,"
        " updated_at, effective_at) SELECT id, id, version, CASE WHEN published THEN 'in_force' ELSE 'superseded' END,"
        " '[]', category, question, phrasings, answer, updated_at, updated_at, updated_at FROM article"
    )


def _list_by_status() -> None:
    for name in ("ticket_due", "ticket_list_by_assignee"):
        op.drop_index(name, "ticket")
    _index("ticket_due", "ticket", ["site_id", "status", "due_at", "id", "assignee_id"], "due_at IS NOT NULL")
    _index("ticket_list_by_assignee", "ticket", ["site_id", "assignee_id", "status", "updated_at", "id"])


# As `domain.refunds.unfinished` says it.
OWED = (
    "t.status IN ('solved', 'closed') AND t.merged_into_id IS NULL AND EXISTS (SELECT 1 FROM refund r"
    " WHERE r.ticket_id = t.id AND (r.state NOT IN ('paid', 'rejected', 'withdrawn', 'failed') OR (r.state = 'failed'"
    " AND NOT EXISTS (SELECT 1 FROM refund o WHERE o.ticket_id = t.id AND (o.created_at, o.id) > (r.created_at, r.id)))))"
)


def _open_what_is_owed() -> None:
    """A ticket could be solved, and closed, while a refund of it was undecided or unpaid; nobody turned to it again."""
    op.execute(
        "INSERT INTO ticketevent (ticket_id, number, at, actor_kind, actor_name, code, data, visible)"
        " SELECT t.id, t.last_event + 1, t.updated_at, 'system', '', 'status_open', '{}', TRUE FROM ticket t"
        f" WHERE {OWED}"
    )
    # The sweep computes anew when it is due.
    op.execute(
        "UPDATE ticket AS t SET status = 'open', solved_at = NULL, paused_at = NULL, calendar_revision = 0,"
        f" last_event = t.last_event + 1 WHERE {OWED}"
    )


def _index(name: str, table: str, columns: list[str], where: str | None = None, unique: bool = False) -> None:
    condition = sa.text(where) if where else None
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)
