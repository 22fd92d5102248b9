"""A site's topics that only take a message while the desk is closed."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.execute("ALTER TABLE site ADD COLUMN message_topics TEXT NOT NULL DEFAULT '[]'")
