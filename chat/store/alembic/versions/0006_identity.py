"""A site's keys for identity tokens, what such a token says of a customer, and which ones were used.

Jobs that were given up are found without looking at the others.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute("ALTER TABLE site ADD COLUMN identity_keys TEXT")
    op.execute("ALTER TABLE customer ADD COLUMN attributes TEXT NOT NULL DEFAULT '{}'")
    op.create_table(
        "identityuse",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash", "session_id"),
    )
    op.create_index("ix_identityuse_expires_at", "identityuse", ["expires_at"])
    op.create_index(
        "job_given_up",
        "job",
        ["kind"],
        sqlite_where=sa.text("failed_at IS NOT NULL AND done_at IS NULL"),
        postgresql_where=sa.text("failed_at IS NOT NULL AND done_at IS NULL"),
    )
