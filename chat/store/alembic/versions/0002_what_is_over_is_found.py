"""Indexes by which what nobody asks for any more is found."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_index(
        "job_over",
        "job",
        ["done_at"],
        sqlite_where=sa.text("done_at IS NOT NULL"),
        postgresql_where=sa.text("done_at IS NOT NULL"),
    )
    op.create_index("ix_receipt_created_at", "receipt", ["created_at"])
    op.create_index("ix_session_expires_at", "session", ["expires_at"])
    op.create_index(
        "session_revoked",
        "session",
        ["revoked_at"],
        sqlite_where=sa.text("revoked_at IS NOT NULL"),
        postgresql_where=sa.text("revoked_at IS NOT NULL"),
    )
