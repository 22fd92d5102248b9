"""Who stands where in a line is counted from an index alone: a line is a team's, so the team stands in it, too."""

from alembic import op
from sqlalchemy import text

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    is_waiting = text("status = 'waiting'")
    op.drop_index("conversation_waiting", table_name="conversation")
    op.create_index(
        "conversation_waiting",
        "conversation",
        ["site_id", "priority", "first_waited_at", "id", "team_id"],
        sqlite_where=is_waiting,
        postgresql_where=is_waiting,
    )
