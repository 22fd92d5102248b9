"""Backups: made while people write, put back into either kind of database, and never believed unlooked."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import resource
import tarfile
import uuid
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from chat import backup
from chat.actions import attachments
from chat.actions.access import Who
from chat.actions.perform import perform
from chat.commands import at_door
from chat.door import read_input
from chat.errors import Invalid, SettingsError
from chat.files import Files, Rules
from chat.store import Store
from chat.store.bulk import snapshot
from chat.store.migrations import is_older
from chat.store.store import database_at
from chat.store.upgrade import upgrade_to
from tests.actions.conftest import NOON, Desk, furnish
from tests.actions.test_search import found, index
from tests.databases import Databases, Originals

WRITERS = 20
# What a row of text could be taken for something else by.
ODD = [
    "a\tb\nc\rd",
    "\\N",
    "\\",
    "\\t is no tab",
    "\\\\x00",
    "结束。\n\n第二行\t",
    "'; DROP TABLE message; --",
    "🙈 \u2028 \x0b\x0c\x08",
]
ANY = Rules(1_000_000, 1_000_000, frozenset({"text"}))


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "files")


def file_of(files: Files, content: str) -> Any:
    """A file that was sent and lies there; its row is still to come."""
    incoming, file = files.incoming()
    with file:
        file.write(content.encode())
    try:
        return files.keep(incoming, "notes.txt", ANY)
    finally:
        incoming.unlink()


def say_with_file(desk: Desk, files: Files, customer: Who, conversation_id: str, content: str) -> str:
    """Where the file lies."""
    stored = file_of(files, content)
    kept, _ = desk.write(attachments.keep, customer, stored, None)
    desk.do(customer, "say", conversation_id=conversation_id, body="", attachment_id=kept.attachment_id)
    path: str = stored.path
    return path


def everything(where: Path | str) -> dict[str, list[bytes]]:
    """All rows as text, but for what is another one's after a restore."""
    with snapshot(where) as tables:
        found = {table.name: sorted(b"".join(tables.out(table)).splitlines()) for table in tables.tables}
    found["meta"] = [row for row in found["meta"] if not row.startswith(b"store_id\t")]
    return found


def empty(databases: Databases) -> Path | str:
    return databases.new("nothing")


def put_back(source: Path, where: Path | str, folder: Path) -> backup.Restored:
    folder.mkdir()
    return backup.restore(source, where, Files(folder / "files"), folder / ".restoring")


# -- under load ---------------------------------------------------------------------------------------------------


def test_a_backup_taken_under_twenty_writers_is_whole_and_can_be_put_back(
    desk: Desk, files: Files, databases: Databases, tmp_path: Path
) -> None:
    customers = [desk.arrive(f"customer_{number}") for number in range(WRITERS)]
    conversations = [desk.conversation(customer, "在吗?") for customer in customers]
    paths = [
        say_with_file(desk, files, customer, conversation, f"file of {conversation}")
        for customer, conversation in zip(customers, conversations, strict=True)
    ]
    target = tmp_path / "backup.tar"

    async def story(store: Store) -> tuple[backup.Taken, int]:
        said, stop, busy = 0, asyncio.Event(), asyncio.Event()

        async def write(customer: Who, conversation_id: str) -> None:
            nonlocal said
            command = at_door("customer")["say"]
            while not stop.is_set():
                given = {"conversation_id": conversation_id, "client_id": str(uuid.uuid4()), "body": "我想退款。" * 20}
                await store.write(perform, command, customer, read_input(command.input, given), ())
                said += 1
                if said == 2 * WRITERS:
                    busy.set()

        async with asyncio.TaskGroup() as group:
            for pair in zip(customers, conversations, strict=True):
                group.create_task(write(*pair))
            await busy.wait()
            before = said
            taken = await asyncio.to_thread(backup.take, desk.where, files, target, NOON)
            stop.set()
        return taken, said - before

    taken, meanwhile = desk.run(story)
    assert meanwhile > 0, "nobody wrote while it was made, so this shows nothing"
    assert (taken.files, taken.missing) == (WRITERS, [])
    looked = backup.verify_file(target)
    assert looked.problems == []
    assert looked.counts["message"] > 3 * WRITERS
    live = backup.verify(desk.where, files)
    assert live.problems == []

    there = empty(databases)
    restored = put_back(target, there, tmp_path / "restored")
    assert (restored.rows, restored.files) == (taken.rows, WRITERS)
    again = Files(tmp_path / "restored" / "files")
    assert backup.verify(there, again) == looked
    for path, conversation in zip(paths, conversations, strict=True):
        content = again.open(path)
        assert content is not None
        assert b"".join(content.blocks) == f"file of {conversation}".encode()


# -- back as it was -----------------------------------------------------------------------------------------------


def test_everything_goes_from_either_database_to_the_other_and_back_as_it_was(
    originals: Originals, tmp_path: Path
) -> None:
    kinds = {kind: Databases(kind, tmp_path, originals) for kind in ("postgres", "sqlite")}
    where, furniture = kinds["postgres"].furnished(furnish)
    desk = Desk(where, furniture)
    talk = desk.conversation(desk.li_na, *ODD)
    desk.do(desk.mei, "pick", conversation_id=talk)
    desk.do(desk.mei, "note", conversation_id=talk, body=ODD[0])
    desk.ticket(desk.mei, desk.wang_wei)
    desk.write(lambda tx, now: tx.change("UPDATE site SET ticket_prefix = '' WHERE key = 'wallet'"))
    desk.close()
    before = everything(where)
    nothing = Files(tmp_path / "nothing")
    for number, kind in enumerate(("sqlite", "postgres")):
        target = tmp_path / f"{number}.tar"
        backup.take(where, nothing, target, NOON)
        where = empty(kinds[kind])
        put_back(target, where, tmp_path / f"restored {number}")
        assert everything(where) == before
        desk = Desk(where, furniture)
        index(desk)  # which no backup holds
        assert found(desk, desk.mei, "结束") == ["message: [结束]。 第二行 "]
        assert found(desk, desk.mei, "li_na@demo.example")
        desk.close()
    desk = Desk(where, furniture)
    assert [line["body"] for line in desk.log(desk.li_na, talk) if line["author"]["kind"] == "customer"] == ODD
    desk.do(desk.li_na, "say", conversation_id=talk, body="还在吗?")
    desk.close()
    for databases in kinds.values():
        databases.remove()


def test_who_has_seen_newer_messages_is_told_that_the_database_was_replaced(
    desk: Desk, files: Files, databases: Databases, tmp_path: Path
) -> None:
    backup.take(desk.where, files, tmp_path / "a.tar", NOON)
    there = empty(databases)
    put_back(tmp_path / "a.tar", there, tmp_path / "restored")
    assert store_id(there) != store_id(desk.where)


def store_id(where: Path | str) -> bytes:
    with snapshot(where) as tables:
        [meta] = [table for table in tables.tables if table.name == "meta"]
        [row] = [row for row in b"".join(tables.out(meta)).splitlines() if row.startswith(b"store_id")]
        return row


def test_a_place_that_is_not_empty_is_left_as_it_is(
    desk: Desk, files: Files, databases: Databases, tmp_path: Path
) -> None:
    talk = desk.conversation(desk.li_na, "你好")
    path = say_with_file(desk, files, desk.li_na, talk, "hello")
    backup.take(desk.where, files, tmp_path / "a.tar", NOON)
    with pytest.raises(Invalid, match="already"):
        backup.restore(tmp_path / "a.tar", desk.where, Files(tmp_path / "other"), tmp_path / "mark")
    with pytest.raises(Invalid, match="already"):
        backup.restore(tmp_path / "a.tar", empty(databases), files, tmp_path / "mark")
    assert files.open(path) is not None
    assert backup.verify(desk.where, files).problems == []
    with pytest.raises(Invalid, match="already"):
        backup.take(desk.where, files, tmp_path / "a.tar", NOON)
    assert backup.verify_file(tmp_path / "a.tar").problems == []


@pytest.mark.databases("sqlite")
def test_what_was_killed_while_it_put_files_back_is_begun_anew(
    desk: Desk, files: Files, databases: Databases, tmp_path: Path
) -> None:
    talk = desk.conversation(desk.li_na, "你好")
    path = say_with_file(desk, files, desk.li_na, talk, "hello")
    backup.take(desk.where, files, tmp_path / "a.tar", NOON)
    folder, there = tmp_path / "restored", empty(databases)
    folder.mkdir()
    half = Files(folder / "files")
    half.put_back(path, [b"hello"])
    with pytest.raises(Invalid, match="files"):
        backup.restore(tmp_path / "a.tar", there, half, folder / ".restoring")
    (folder / ".restoring").touch()
    backup.restore(tmp_path / "a.tar", there, half, folder / ".restoring")
    assert not (folder / ".restoring").exists()
    assert backup.verify(there, half).problems == []


@pytest.mark.databases("sqlite")
def test_a_disk_that_is_full_leaves_no_file(desk: Desk, files: Files, tmp_path: Path) -> None:
    desk.conversation(desk.li_na, "你好")  # the store has opened its files, which it cannot below
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        with pytest.raises(Invalid, match="cannot be written: File too large"):
            backup.take(desk.where, files, tmp_path / "a.tar", NOON)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list(tmp_path.glob("a.tar*"))
    backup.take(desk.where, files, tmp_path / "a.tar", NOON)
    assert [path.name for path in tmp_path.glob("a.tar*")] == ["a.tar"]
    assert (tmp_path / "a.tar").stat().st_mode & 0o777 == 0o600


def test_a_backup_of_an_older_schema_comes_back_at_the_newest(
    databases: Databases, files: Files, tmp_path: Path
) -> None:
    where, there = empty(databases), empty(databases)
    with database_at(where).migrating() as connection:
        upgrade_to(connection, "0003")
        connection.exec_driver_sql("INSERT INTO meta (key, value) VALUES ('store_id', 'old')")
        connection.exec_driver_sql("INSERT INTO meta (key, value) VALUES ('mail', 'outbox')")
    backup.take(where, files, tmp_path / "a.tar", NOON)
    with pytest.raises(SettingsError, match="migrate"):
        backup.verify(where, files)
    assert backup.verify_file(tmp_path / "a.tar").problems == []
    assert put_back(tmp_path / "a.tar", there, tmp_path / "restored").head.schema == "0003"
    with database_at(there).migrating() as connection:
        assert not is_older(connection)
        assert connection.exec_driver_sql("SELECT value FROM meta WHERE key = 'mail'").scalar() == "outbox"
    with database_at(where).migrating() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SettingsError, match="schema 9999"):
        backup.take(where, files, tmp_path / "b.tar", NOON)


# -- what is not as it was ----------------------------------------------------------------------------------------


Members = list[tuple[str, bytes]]


def rewritten(archive: Path, change: Callable[[Members], Members]) -> Path:
    with tarfile.open(archive) as tar:
        members = [(member.name, tar.extractfile(member).read()) for member in tar.getmembers()]  # type: ignore[union-attr]
    target = archive.with_name(f"{uuid.uuid4()}.tar")
    with tarfile.open(target, "w") as tar:
        for name, content in change(members):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return target


def without(start: str) -> Callable[[Members], Members]:
    return lambda members: [(name, content) for name, content in members if not name.startswith(start)]


def with_rows(change: Callable[[bytes], bytes], told: bool = False) -> Callable[[Members], Members]:
    """The messages' rows changed; with `told` the manifest says that it should be so."""

    def rewrite(members: Members) -> Members:
        made = dict(members)
        made["tables/message/0.gz"] = gzip.compress(change(gzip.decompress(made["tables/message/0.gz"])))
        if told:
            manifest = json.loads(made["manifest.json"])
            manifest["parts"]["tables/message/0.gz"] = sha256(made["tables/message/0.gz"]).hexdigest()
            manifest["rows"]["message"] = gzip.decompress(made["tables/message/0.gz"]).count(b"\n")
            made["manifest.json"] = json.dumps(manifest).encode()
        return list(made.items())

    return rewrite


def spoilt(members: Members) -> Members:
    """Bytes in the middle of what is packed, such as a disk loses them."""
    made = dict(members)
    packed = made["tables/message/0.gz"]
    made["tables/message/0.gz"] = packed[:20] + b"\xff" * 20 + packed[40:]
    return list(made.items())


def called(name: str, other: str) -> Callable[[Members], Members]:
    return lambda members: [(other if found.startswith(name) else found, content) for found, content in members]


REFUSED: dict[str, Callable[[Members], Members]] = {
    "no manifest": without("manifest"),
    "a part is gone": without("tables/message/"),
    "a file is gone": without("files/"),
    "a part that cannot be unpacked": spoilt,
    "another text in a row": with_rows(lambda rows: rows.replace("你好".encode(), "再见".encode())),
    "a row less": with_rows(lambda rows: rows.partition(b"\n")[2]),
    "a column more": with_rows(lambda rows: rows.replace(b"\n", b"\tx\n"), told=True),
    "a column of another kind": with_rows(lambda rows: rows.replace(b"\t1\t", b"\tone\t"), told=True),
    "a row twice": with_rows(lambda rows: rows + rows, told=True),
    "a table that there is not": called("tables/message/", "tables/alembic_version/0.gz"),
    "a file in another place": called("files/", "files/../../outside"),
    "nothing": lambda members: [],
}


@pytest.mark.databases("sqlite")
def test_a_backup_that_is_not_as_it_was_written_is_refused_and_nothing_is_put_back(
    desk: Desk, files: Files, databases: Databases, tmp_path: Path
) -> None:
    say_with_file(desk, files, desk.li_na, desk.conversation(desk.li_na, "你好"), "hello")
    backup.take(desk.where, files, tmp_path / "whole.tar", NOON)
    assert backup.verify_file(rewritten(tmp_path / "whole.tar", lambda members: members)).problems == []
    there, folder = empty(databases), tmp_path / "restored"
    folder.mkdir()
    damaged = [rewritten(tmp_path / "whole.tar", change) for change in REFUSED.values()]
    for what, archive in zip([*REFUSED, *EARLY], [*damaged, *cut(tmp_path / "whole.tar")], strict=True):
        with pytest.raises((Invalid, SettingsError)):
            backup.restore(archive, there, Files(folder / "files"), folder / ".restoring")
        assert not [path for path in folder.rglob("*") if path.is_file()], what
        with database_at(there).migrating() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar() == 0, what
    for archive in damaged[:1] + damaged[2:5]:
        with pytest.raises(Invalid):
            backup.verify_file(archive)


EARLY = ("at once", "in its head", "in a part", "before its manifest", "in its manifest")


def cut(archive: Path) -> list[Path]:
    """The first of it, which is all that there was room for."""
    whole = archive.read_bytes()
    manifest = whole.rindex(b"manifest.json")
    ends = [0, 700, whole.rindex(b"tables/message") + 600, manifest, manifest + 700]
    made = [archive.with_name(f"{end}.tar") for end in ends]
    for path, end in zip(made, ends, strict=True):
        path.write_bytes(whole[:end])
    return made


def test_a_gap_in_what_is_numbered_is_told_of_a_database_and_of_its_backup(
    desk: Desk, files: Files, tmp_path: Path
) -> None:
    others = {name: desk.conversation(desk.arrive(name), "一", "二") for name in ("first", "last", "too_far", "notes")}
    desk.do(desk.mei, "note", conversation_id=others["notes"], body="note")
    desk.ticket(desk.mei, desk.li_na)
    assert backup.verify(desk.where, files).problems == []
    talk = "conversation_id = :talk"
    desk.change(f"DELETE FROM message WHERE {talk} AND seq = 1", talk=others["first"])
    last = desk.rows("SELECT last_seq FROM conversation WHERE id = :talk", talk=others["last"])[0]["last_seq"]
    desk.change(f"DELETE FROM message WHERE {talk} AND seq = {last}", talk=others["last"])
    desk.change(f"UPDATE message SET seq = 99 WHERE {talk} AND seq = 2", talk=others["too_far"])
    desk.change(f"DELETE FROM note WHERE {talk}", talk=others["notes"])
    desk.change("DELETE FROM ticketevent WHERE number = 1")
    told = backup.verify(desk.where, files).problems
    expected = {
        f"{others['first']} should have the messages 1 to {last}, and has {last - 1}, from 2 to {last}",
        f"{others['last']} should have the messages 1 to {last}, and has {last - 1}, from 1 to {last - 1}",
        f"{others['too_far']} should have the messages 1 to {last}, and has {last}, from 1 to 99",
        f"{others['notes']} should have the notes 1 to 1, and has 0, from None to None",
    }
    assert {problem.removeprefix("The conversation ").rstrip(".") for problem in told if "ticket" not in problem} == (
        expected
    )
    assert ["ticket" in problem and "should have the events 1 to" in problem for problem in told].count(True) == 1
    backup.take(desk.where, files, tmp_path / "a.tar", NOON)
    assert sorted(backup.verify_file(tmp_path / "a.tar").problems) == sorted(told)


@pytest.mark.databases("sqlite")
def test_a_row_that_names_nobody_is_told(desk: Desk, files: Files) -> None:
    desk.conversation(desk.li_na, "你好")
    desk.close()
    with database_at(desk.where).migrating() as connection:
        driver: Any = connection.connection.driver_connection
        driver.execute("COMMIT")
        driver.execute("PRAGMA foreign_keys = OFF")
        driver.execute("UPDATE conversation SET agent_id = 'nobody'")
        driver.execute("BEGIN")
    [problem] = backup.verify(desk.where, files).problems
    assert problem == "1 rows of conversation name a agent that is not there (agent_id)."


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda path: path.unlink(), "is missing"),
        (lambda path: path.write_text("hallo"), "is not what was sent"),
        (lambda path: path.write_text("hell"), "is not what was sent"),
    ],
)
def test_a_file_that_is_lost_or_changed_is_told_and_the_rest_is_backed_up(
    desk: Desk, files: Files, databases: Databases, tmp_path: Path, change: Callable[[Path], object], told: str
) -> None:
    talk = desk.conversation(desk.li_na, "你好")
    path = say_with_file(desk, files, desk.li_na, talk, "hello")
    say_with_file(desk, files, desk.li_na, talk, "another")
    change(files.disk.root / path)
    [problem] = backup.verify(desk.where, files).problems
    assert f"The file {path} {told}" in problem
    taken = backup.take(desk.where, files, tmp_path / "a.tar", NOON)
    assert taken.missing == [path]
    [problem] = backup.verify_file(tmp_path / "a.tar").problems
    assert path in problem
    assert put_back(tmp_path / "a.tar", empty(databases), tmp_path / "restored").files >= 1


@pytest.mark.databases("sqlite")
def test_a_file_that_nobody_used_may_be_gone(desk: Desk, files: Files, tmp_path: Path) -> None:
    stored = file_of(files, "hello")
    desk.write(attachments.keep, desk.li_na, stored, None)
    files.remove([stored.path])
    assert backup.verify(desk.where, files).problems == []
    assert backup.take(desk.where, files, tmp_path / "a.tar", NOON).missing == []
    assert backup.verify_file(tmp_path / "a.tar").problems == []
