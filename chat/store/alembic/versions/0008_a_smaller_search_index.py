"""Messages of the search index stand a hundred in a row instead of one, and Postgres keeps which word has which numbers
in lists of its own. There the index is made anew in the background; SQLite's words stay as they are.

The mark that is counted up with each put has another name from here on. So a process of the version before, which may
run beside this one and numbers what it puts in without a look at `top`, finds none, says so once, and puts nothing in.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

SLOTS = 100
BYTES = 16
BEGUN = (("customer", "created_at"), ("ticket", "updated_at"), ("article", "updated_at"))  # as they are numbered
BLOCK = sa.text("INSERT INTO searchblock (block, low, high, subjects) VALUES (:block, :low, :high, :subjects)")


def upgrade() -> None:
    is_postgres = op.get_bind().dialect.name == "postgresql"
    number = "BIGINT" if is_postgres else "INTEGER"
    op.execute(
        f"CREATE TABLE searchblock (block {number} NOT NULL PRIMARY KEY, low BIGINT NOT NULL, high BIGINT NOT NULL,"
        f" subjects {'BYTEA' if is_postgres else 'BLOB'} NOT NULL)"
    )
    op.execute("CREATE INDEX searchblock_range ON searchblock (high, low)")
    if is_postgres:
        _make_lists()
        _begin_anew()
    else:
        _pack()
    op.execute(
        "INSERT INTO searchmark (name, value) SELECT 'bottom', CAST(coalesce((SELECT max(number) FROM searchentry"
        " WHERE number <= CAST(m.value AS BIGINT)), 0) AS TEXT) FROM searchmark m WHERE m.name = 'middle'"
    )
    op.execute(
        "INSERT INTO searchmark (name, value) SELECT 'top', CAST(coalesce((SELECT max(number) FROM searchentry"
        " WHERE number > CAST(m.value AS BIGINT)), CAST(m.value AS BIGINT)) AS TEXT) FROM searchmark m"
        " WHERE m.name = 'middle'"
    )
    op.execute("INSERT INTO searchmark (name, value) VALUES ('tidied', '')")
    if not is_postgres:
        op.execute("DELETE FROM searchentry WHERE kind = 'm'")


def _make_lists() -> None:
    op.execute(
        'CREATE TABLE searchtextlist (word TEXT COLLATE "C" NOT NULL, first BIGINT NOT NULL, last BIGINT NOT NULL,'
        " numbers BYTEA NOT NULL, PRIMARY KEY (word, first)) WITH (fillfactor = 85)"
    )
    op.execute("ALTER TABLE searchtextlist ALTER COLUMN numbers SET STORAGE PLAIN")  # never more than a few hundred
    op.execute("CREATE TABLE searchtextgone (number BIGINT NOT NULL PRIMARY KEY, is_new BOOLEAN NOT NULL DEFAULT TRUE)")


def _begin_anew() -> None:
    op.execute("DELETE FROM searchmark")  # first, as whoever puts something in does: each would wait for the other
    op.execute("TRUNCATE searchtext, searchentry, searchspan, searchtodo")
    for table, at in BEGUN:
        op.execute(f"INSERT INTO searchtodo (kind, subject) SELECT '{table}', id FROM {table} ORDER BY {at}, id")
    newest = "SELECT id FROM message UNION ALL SELECT id FROM note"
    # What a clock that was ahead has given an id is no end: nothing that is said until then would be new.
    now: int = op.get_bind().scalar(sa.text("SELECT CAST(extract(epoch FROM now()) * 1000 AS BIGINT)"))
    made = f"{now:012x}"
    until = f"WHERE id < '{made[:8]}-{made[8:]}'"
    op.execute(
        "INSERT INTO searchmark (name, value) VALUES ('puts', '0'),"
        f" ('head', COALESCE((SELECT MAX(id) FROM message {until}), '')),"
        f" ('walk', ''), ('old', COALESCE((SELECT MAX(id) FROM ({newest}) AS newest {until}), '')),"
        f" ('middle', CAST((SELECT COUNT(*) FROM ({newest}) AS newest) AS TEXT))"
    )


def _pack() -> None:
    """Numbers stay what they are."""
    op.execute("UPDATE searchmark SET name = 'puts' WHERE name = 'turn'")
    connection = op.get_bind()
    found = connection.execute(sa.text("SELECT number, subject FROM searchentry WHERE kind = 'm' ORDER BY number"))
    block = -1
    slots: dict[int, bytes] = {}
    for number, subject in found:
        if number // SLOTS != block:
            _write(connection, block, slots)
            block, slots = number // SLOTS, {}
        slots[number % SLOTS] = bytes(subject)
    _write(connection, block, slots)


def _write(connection: sa.Connection, block: int, slots: dict[int, bytes]) -> None:
    if slots:
        keys = [int.from_bytes(subject[:8]) >> 1 for subject in slots.values()]
        subjects = b"".join(slots.get(slot, bytes(BYTES)) for slot in range(max(slots) + 1))
        connection.execute(BLOCK, {"block": block, "low": min(keys), "high": max(keys), "subjects": subjects})
