"""The folder of files and their rows are kept in step."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chat.files import Files, Rules
from chat.work.files import LooseFiles
from tests.conftest import Arrive, Serve
from tests.security.test_uploads import files_in, rows_of, upload

pytestmark = pytest.mark.databases("sqlite")


async def test_what_a_crash_left_goes_after_an_hour_and_what_has_a_row_stays(serve: Serve, customer: Arrive) -> None:
    server = await serve(work=False)
    li_na = await customer(server)
    await upload(server, li_na.token, b"hello", "a.txt")
    files = Files(server.settings.files)
    # As far as two uploads got: one had arrived in part, one was kept and its row was not.
    half, file = files.incoming()
    file.close()
    arrived, file = files.incoming()
    with file:
        file.write(b"hello")
    orphan = server.settings.files / files.keep(arrived, "b.txt", Rules(100, 100, frozenset({"text"}))).path
    arrived.unlink()
    now, loose = datetime.now(UTC), LooseFiles(server.store, files)
    await loose.look(now)
    assert len(files_in(server)) == 3
    for path in files_in(server):
        _make_older(path, now - timedelta(hours=2))
    await loose.look(now)
    assert not half.exists()
    assert not orphan.exists()
    assert [str(path.relative_to(server.settings.files)) for path in files_in(server)] == [
        row["path"] for row in await rows_of(server)
    ]


async def test_what_nobody_used_goes_with_its_file(serve: Serve, customer: Arrive) -> None:
    server = await serve(work=False)
    li_na = await customer(server)
    await upload(server, li_na.token, b"hello", "a.txt")
    loose = LooseFiles(server.store, Files(server.settings.files))
    await loose.look(datetime.now(UTC))
    assert (len(files_in(server)), len(await rows_of(server))) == (1, 1)
    await server.store.write(lambda tx, now: tx.change("UPDATE attachment SET created_at = 1"))
    await loose.look(datetime.now(UTC))
    assert (files_in(server), await rows_of(server)) == ([], [])


def _make_older(path: Path, when: datetime) -> None:
    os.utime(path, (when.timestamp(), when.timestamp()))
