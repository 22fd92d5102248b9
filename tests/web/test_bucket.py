"""Files in a bucket instead of the data folder, on a small storage that speaks S3."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from chat.app import files_of
from chat.errors import SettingsError
from chat.settings import Settings, load_settings
from chat.work.files import LooseFiles
from tests.conftest import PATIENCE, Arrive, Serve, Server
from tests.s3 import BUCKET, KEY_ID, S3, SECRET
from tests.security.test_uploads import download, files_in, picture, rows_of, upload

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def s3() -> Iterator[S3]:
    s3 = S3()
    s3.start()
    yield s3
    s3.stop()


def at(s3: S3, secret: str = SECRET) -> dict[str, str]:
    return {"s3_bucket": f"{BUCKET}/files", "s3_endpoint": s3.url, "s3_key_id": KEY_ID, "s3_secret": secret}


async def test_a_file_goes_into_the_bucket_and_comes_out_of_it_for_whoever_may_see_it(
    serve: Serve, customer: Arrive, s3: S3
) -> None:
    server = await serve(**at(s3))
    li_na, wang_wei = await customer(server), await customer(server)
    status, answer = await upload(server, li_na.token, picture(), "断带.png")
    assert status == 200, answer
    [row] = await rows_of(server)
    assert list(s3.objects) == [f"files/{row['path']}"]
    assert files_in(server) == []  # what came in went on whole
    status, headers, content = await download(server, answer["value"]["url"], li_na.token)
    assert (status, content) == (200, s3.objects[f"files/{row['path']}"][0])
    assert (headers["Content-Type"], headers["Content-Security-Policy"]) == ("image/png", "sandbox; default-src 'none'")
    assert headers["Content-Length"] == str(answer["value"]["size"])
    assert (await download(server, answer["value"]["url"], wang_wei.token))[0] == 404
    s3.objects.clear()
    assert (await download(server, answer["value"]["url"], li_na.token))[0] == 404


async def test_what_lay_in_the_data_folder_before_there_was_a_bucket_is_found_there(
    serve: Serve, customer: Arrive, s3: S3
) -> None:
    server = await serve()
    li_na = await customer(server)
    _, answer = await upload(server, li_na.token, picture())
    await server.stop()
    server = await serve(**at(s3))
    assert s3.objects == {}
    assert (await download(server, answer["value"]["url"], li_na.token))[0] == 200


async def test_a_storage_that_fails_or_refuses_us_takes_nothing_and_says_when_to_come_back(
    serve: Serve, customer: Arrive, s3: S3
) -> None:
    server = await serve(**at(s3, secret="not the secret of the key"))
    li_na = await customer(server)
    status, answer = await upload(server, li_na.token, picture())
    assert (status, answer["error"]["code"], answer["error"]["retry_after"]) == (503, "unavailable", 5)
    await server.stop()
    server = await serve(**at(s3))
    _, kept = await upload(server, li_na.token, picture())
    s3.fails = True
    assert (await upload(server, li_na.token, picture()))[0] == 503
    assert (await download(server, kept["value"]["url"], li_na.token))[0] == 503
    s3.fails = False
    assert (await download(server, kept["value"]["url"], li_na.token))[0] == 200
    assert (len(s3.objects), len(await rows_of(server)), files_in(server)) == (1, 1, [])


@pytest.mark.parametrize("place", ["the folder", "the bucket"])
async def test_a_part_of_a_file_is_given_to_whoever_may_see_it(
    serve: Serve, customer: Arrive, s3: S3, place: str
) -> None:
    server = await serve(**(at(s3) if place == "the bucket" else {}))
    li_na, wang_wei = await customer(server), await customer(server)
    _, kept = await upload(server, li_na.token, b"0123456789\n" * 100, "log.txt")
    url, size = kept["value"]["url"], kept["value"]["size"]
    _, headers, whole = await download(server, url, li_na.token)
    assert (len(whole), headers["Accept-Ranges"]) == (size, "bytes")
    for asked, first, end in (("bytes=0-9", 0, 10), ("bytes=1000-", 1000, size), ("bytes=-5", size - 5, size)):
        status, headers, content = await download(server, url, li_na.token, Range=asked)
        assert (status, content) == (206, whole[first:end])
        assert headers["Content-Range"] == f"bytes {first}-{end - 1}/{size}"
        assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    status, headers, _ = await download(server, url, li_na.token, Range=f"bytes={size}-")
    assert (status, headers["Content-Range"]) == (416, f"bytes */{size}")
    assert (await download(server, url, wang_wei.token, Range="bytes=0-9"))[0] == 404


async def test_a_storage_that_does_not_answer_is_told_and_no_reason_to_go_elsewhere(serve: Serve, s3: S3) -> None:
    server = await serve(**at(s3))
    assert (await ready(server), s3.objects) == ({"ok": True}, {})
    await server.stop()
    s3.fails = True
    server = await serve(**at(s3))
    async with asyncio.timeout(PATIENCE):
        while True:
            if "storage of files does not answer" in (await ready(server)).get("degraded", ""):
                break
            await asyncio.sleep(0.1)
    async with aiohttp.ClientSession() as http, http.get(f"{server.url}/metrics") as answer:
        assert "nightdesk_bucket_failures_total 1.0" in await answer.text()


async def ready(server: Server) -> Any:
    async with aiohttp.ClientSession() as http, http.get(f"{server.url}/readyz") as answer:
        assert answer.status == 200
        return await answer.json()


async def test_what_no_row_knows_goes_from_the_bucket_after_an_hour_and_the_rest_stays(
    serve: Serve, customer: Arrive, s3: S3
) -> None:
    server = await serve(work=False, **at(s3))
    li_na = await customer(server)
    for _ in range(3):
        await upload(server, li_na.token, picture())
    kept = set(s3.objects)
    s3.objects |= {f"files/ab/{number:032}": (b"half", datetime.now(UTC)) for number in range(3)}
    loose = LooseFiles(server.store, files_of(server.settings))
    await loose.look(datetime.now(UTC))
    assert len(s3.objects) == 6
    await loose.look(datetime.now(UTC) + timedelta(hours=2))
    assert set(s3.objects) == kept


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("s3_bucket", "s3://desk", "must look like desk"),
        ("s3_endpoint", "s3.example.com", "must look like https://s3.example.com"),
        ("s3_key_id", "an id", "s3_key_id and s3_secret go together"),
    ],
)
def test_a_wrong_setting_of_the_storage_is_told(name: str, value: str, told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        load_settings(**{name: value})


def test_without_a_bucket_files_lie_in_the_data_folder() -> None:
    assert files_of(Settings(s3_bucket=None)).bucket is None
