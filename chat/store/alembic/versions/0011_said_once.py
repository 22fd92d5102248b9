"""What was said before is found by an index that begins with the client's id instead of the conversation.

Our windows make ids that begin with the time. So what is said at once lies at the end of the index, in a page or two,
and not in a page of each conversation. An index has a name, so that SQLite need not copy the table another time.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("message_conversation_id_client_id_key", "message", type_="unique")
    else:
        _copy_without_constraint()
    is_given = sa.text("client_id IS NOT NULL")
    op.create_index(
        "message_once",
        "message",
        ["client_id", "conversation_id"],
        unique=True,
        sqlite_where=is_given,
        postgresql_where=is_given,
    )


def _copy_without_constraint() -> None:
    """Nothing refers to messages, so SQLite may copy. Triggers go with the table, and are made again as they were."""
    connection = op.get_bind()
    triggers = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'message'"
    made = connection.scalars(sa.text(triggers)).all()
    names = {"uq": "message_%(column_0_N_name)s"}  # for what has none
    with op.batch_alter_table("message", naming_convention=names) as message:
        message.drop_constraint("message_conversation_id_client_id", type_="unique")
    for trigger in made:
        connection.exec_driver_sql(trigger)
