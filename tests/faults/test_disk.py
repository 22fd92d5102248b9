"""A database that cannot be written: held by another program, on a full disk, in a read-only folder."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from tests.conftest import missing
from tests.faults.conftest import Serving
from tests.faults.processes import Nightdesk
from tests.faults.senders import Person, Refused, check_log, customer, until

PATIENCE = 20
HELD_SECONDS = 8
TMPFS_BYTES = 12 * 1024 * 1024

HOLD = f"""
import sqlite3, sys, time
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("BEGIN EXCLUSIVE")
print("held", flush=True)
time.sleep({HELD_SECONDS})
database.execute("ROLLBACK")
"""


async def test_messages_said_while_another_program_holds_the_database_are_there_once_afterwards(
    nightdesk: Serving,
) -> None:
    process = await asyncio.to_thread(nightdesk)
    async with AsyncExitStack() as stack:
        people = [await stack.enter_async_context(await customer(process.url)) for _ in range(6)]
        talks = [await person.start() for person in people]
        command = [sys.executable, "-c", HOLD, str(process.database)]
        holder = subprocess.Popen(command, stdout=subprocess.PIPE)  # noqa: ASYNC220
        assert holder.stdout
        assert await asyncio.to_thread(holder.stdout.readline) == b"held\n"
        for number in range(10):
            for person, talk in zip(people, talks, strict=True):
                person.say(talk, f"{number}")
        # The same customer in another window: opening a session would be a write.
        window = Person(process.url, "customer", people[0].session, "http")
        reader = await stack.enter_async_context(window)
        assert len(await reader.everything(talks[0])) == 0  # nothing is stored, and reading does not wait for writing
        assert holder.poll() is None
        assert not any(person.acks for person in people)
        await asyncio.to_thread(holder.wait)
        await check_all_is_there(people, talks)
    assert process.is_running


async def check_all_is_there(people: list[Person], talks: list[str]) -> None:
    for person, talk in zip(people, talks, strict=True):
        await person.all_acked(PATIENCE)
        check_log(talk, await person.everything(talk), people)
        assert len(person.acks) == len(person.sent)


# -- a full disk ------------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a file system of its own, with little room."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0 or not mount("-t", "tmpfs", "-o", f"size={TMPFS_BYTES}", "nightdesk-test", str(folder)):
        missing("the right to mount a tmpfs")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def mount(*options: str) -> bool:
    return subprocess.run(["mount", *options], capture_output=True, check=False).returncode == 0


@contextmanager
def filled(folder: Path) -> Iterator[None]:
    """Not a byte is left."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        for size in (65_536, 1):
            with suppress(OSError):
                while True:
                    file.write(b"x" * size)
    yield
    filler.unlink()


async def test_a_full_disk_takes_nothing_tells_why_and_recovers(
    nightdesk: Serving, small_disk: Path, seeded: Path
) -> None:
    process = await asyncio.to_thread(lambda: nightdesk(data_dir=small_disk, seeded=seeded))
    async with AsyncExitStack() as stack:
        people = [await stack.enter_async_context(await customer(process.url)) for _ in range(4)]
        talks = [await person.start() for person in people]
        say_all(people, talks, 3)
        await check_all_is_there(people, talks)
        with filled(small_disk):
            say_all(people, talks, 3)
            await check_writes_are_refused_and_reads_answered(process, people, talks)
            assert "full" in await problem_of(process)
        await until_ready(process)
        say_all(people, talks, 3)
        await check_all_is_there(people, talks)
    assert process.is_running


@pytest.fixture
def real_disk() -> Iterator[Path]:
    """A folder that is not in memory, where an open file does not care whether it has become immutable."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        yield Path(folder)


async def test_a_data_folder_that_turns_read_only_takes_nothing_tells_why_and_recovers(
    nightdesk: Serving, real_disk: Path, seeded: Path
) -> None:
    process = await asyncio.to_thread(lambda: nightdesk(data_dir=real_disk, seeded=seeded))
    if not turns_read_only(process.data_dir):
        missing("a file system whose open files can be made immutable, and the right to do so")
    async with AsyncExitStack() as stack:
        people = [await stack.enter_async_context(await customer(process.url)) for _ in range(4)]
        talks = [await person.start() for person in people]
        say_all(people, talks, 3)
        await check_all_is_there(people, talks)
        with immutable(process.data_dir):
            say_all(people, talks, 3)
            await check_writes_are_refused_and_reads_answered(process, people, talks)
            told = await problem_of(process)
            assert any(word in told for word in ("read-only", "cannot be written")), told
        await until_ready(process)
        say_all(people, talks, 3)
        await check_all_is_there(people, talks)
    assert process.is_running


def say_all(people: list[Person], talks: list[str], count: int) -> None:
    for number in range(count):
        for person, talk in zip(people, talks, strict=True):
            person.say(talk, f"{number} " + "很长的一句话。" * 300)


async def check_writes_are_refused_and_reads_answered(
    process: Nightdesk, people: list[Person], talks: list[str]
) -> None:
    # What is refused says when to come back, and is refused again then. What still found room is checked at the end.
    for person in people:
        await until(lambda person=person: len(person.refusals) >= 2, PATIENCE, "a refusal")  # type: ignore[misc]
    for person, talk in zip(people, talks, strict=True):
        known = len(person.acks)
        stored = await person.everything(talk)
        assert len(stored) >= known > 0
        assert (await person.do("history", conversation_id=talk, before_seq=2, limit=1))["messages"] == stored[:1]
        with pytest.raises(Refused) as refused:
            await person.do("say", conversation_id=talk, client_id=str(uuid.uuid4()), body="很长的一句话。" * 1_000)
        assert refused.value.code == "unavailable"
        assert refused.value.retry_after


async def problem_of(process: Nightdesk) -> str:
    told = await asyncio.to_thread(process.problem, PATIENCE)
    assert told is not None
    return told


async def until_ready(process: Nightdesk) -> None:
    async with asyncio.timeout(PATIENCE):
        while await asyncio.to_thread(process.problem, PATIENCE) is not None:  # noqa: ASYNC110
            await asyncio.sleep(0.1)


def turns_read_only(folder: Path) -> bool:
    """Can a file be made immutable here, and does that hold for those who have it open?"""
    probe = folder / "probe"
    with probe.open("wb", buffering=0) as file:
        if not change_attribute("+i", probe):
            return False
        try:
            file.write(b"x")
            return False
        except OSError:
            return True
        finally:
            change_attribute("-i", probe)
            probe.unlink()


@contextmanager
def immutable(folder: Path) -> Iterator[None]:
    files = [*folder.iterdir(), folder]
    try:
        assert all(change_attribute("+i", path) for path in files if path.is_file() or path.is_dir())
        yield
    finally:
        for path in files:
            change_attribute("-i", path)


def change_attribute(change: str, path: Path) -> bool:
    with suppress(FileNotFoundError):
        return subprocess.run(["chattr", change, str(path)], capture_output=True, check=False).returncode == 0
    return False


async def test_a_folder_that_is_read_only_from_the_start_is_told_in_one_line(
    nightdesk: Serving, small_disk: Path, seeded: Path
) -> None:
    process = await asyncio.to_thread(lambda: nightdesk(data_dir=small_disk, seeded=seeded))
    async with await customer(process.url) as li_na:
        talk = await li_na.start()
        li_na.say(talk, "在吗?")
        await li_na.all_acked(PATIENCE)
        await asyncio.to_thread(process.terminate)
        told = len(process.log)
        assert mount("-o", "remount,ro", str(small_disk))
        with pytest.raises(RuntimeError):
            await asyncio.to_thread(process.start)
        [line] = process.log[told:].splitlines()
        assert "cannot be written: Read-only file system" in line
        assert mount("-o", "remount,rw", str(small_disk))
        await asyncio.to_thread(process.start)
        await check_all_is_there([li_na], [talk])
