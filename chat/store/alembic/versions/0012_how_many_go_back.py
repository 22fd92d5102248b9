"""How many of an item go back stands with the refund, and not only in the customer's words."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("refund", sa.Column("counts", sa.Text(), nullable=False, server_default="{}"))
