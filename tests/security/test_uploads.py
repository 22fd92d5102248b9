"""Files that mean harm, and what becomes of them."""

from __future__ import annotations

import asyncio
import io
import struct
import zlib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from PIL import Image

from tests.conftest import PATIENCE, Arrive, Serve, Server, Someone, new_client_id, post

ONCE = pytest.mark.databases("sqlite")  # where no row decides, one database is enough


def picture(form: str = "PNG", size: tuple[int, int] = (40, 20), **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, form, **options)
    return out.getvalue()


async def upload(
    server: Server, token: str, content: bytes, name: str = "photo.png", door: str = "customer", **headers: str
) -> tuple[int, Any]:
    form = aiohttp.FormData(quote_fields=False)
    if client_id := headers.pop("client_id", None):
        form.add_field("client_id", client_id)
    form.add_field("file", content, filename=name, content_type="application/octet-stream")
    headers = {"Authorization": f"Bearer {token}", **headers}
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{server.url}/api/{door}/upload", data=form, headers=headers) as answer,
    ):
        return answer.status, await answer.json()


async def download(server: Server, url: str, token: str | None, **asked: str) -> tuple[int, dict[str, str], bytes]:
    headers = {**({"Authorization": f"Bearer {token}"} if token else {}), **asked}
    async with aiohttp.ClientSession() as http, http.get(server.url + url, headers=headers) as answer:
        return answer.status, dict(answer.headers), await answer.read()


def files_in(server: Server) -> list[Path]:
    return sorted(path for path in server.settings.files.rglob("*") if path.is_file())


async def rows_of(server: Server) -> list[dict[str, Any]]:
    return await server.store.read(lambda tx, now: [dict(row) for row in tx.rows("SELECT * FROM attachment")])


async def check_nothing_is_left(server: Server) -> None:
    assert (files_in(server), await rows_of(server)) == ([], [])


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is huge."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
REFUSED = {
    "a drawing with a script that is called a picture": (SVG, "logo.png", 415, "wrong_type"),
    "a page that is called plain text": (b"<!DOCTYPE html><p>hi", "notes.txt", 415, "wrong_type"),
    "a page behind blanks": ("\ufeff \n\t<HTML>".encode(), "notes.txt", 415, "wrong_type"),
    "a script": (b"#!/bin/sh\nrm -rf /", "notes.txt", 415, "wrong_type"),
    "a program": (b"MZ\x90\x00\x03" + bytes(200), "photo.jpg", 415, "wrong_type"),
    "an archive": (b"PK\x03\x04" + bytes(200), "photo.jpg", 415, "wrong_type"),
    "a picture that is too large to unpack": (bomb(60_000, 60_000), "a.png", 422, "too_many_pixels"),
    "one that is just too large": (bomb(5_001, 5_000), "a.png", 422, "too_many_pixels"),
    "a picture that ends in the middle": (picture()[:60], "a.png", 422, "broken_picture"),
    "the beginning of one and nothing more": (b"\x89PNG\r\n\x1a\n", "a.png", 422, "broken_picture"),
    "a JPEG of a thousand passes": (
        picture("JPEG")[:-2] + b"\xff\xda\x00\x02" * 1_000 + b"\xff\xd9",
        "a.jpg",
        422,
        "broken_picture",
    ),
    "nothing at all": (b"", "empty.txt", 422, "empty_file"),
}


@ONCE
@pytest.mark.parametrize("what", REFUSED)
async def test_what_is_no_file_for_here_is_refused_and_leaves_nothing(
    serve: Serve, customer: Arrive, what: str
) -> None:
    server = await serve()
    li_na = await customer(server)
    content, name, status, code = REFUSED[what]
    told, answer = await upload(server, li_na.token, content, name)
    assert (told, answer["ok"], answer["error"]["code"]) == (status, False, code)
    await check_nothing_is_left(server)


@ONCE
async def test_of_a_picture_nothing_is_kept_but_what_one_sees(serve: Serve, customer: Arrive) -> None:
    server = await serve()
    li_na = await customer(server)
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x8825] = {1: "N", 2: (31.0, 13.0, 50.0), 3: "E", 4: (121.0, 28.0, 25.0)}
    exif[0x010F] = "SECRET-MAKER"
    taken = picture("JPEG", (60, 20), exif=exif, comment=b"SECRET-WORDS") + b"<script>SECRET-TAIL</script>"
    for content, name in (
        (taken, "a.jpg"),
        (picture("PNG", (60, 20), exif=exif, icc_profile=b"SECRET-PROFILE"), "a.png"),
        (picture("WEBP", (60, 20), exif=exif, xmp=b"SECRET-XMP"), "a.webp"),
        (picture("GIF", (20, 60), comment=b"SECRET-WORDS") + b"SECRET-TAIL", "a.gif"),
    ):
        status, answer = await upload(server, li_na.token, content, name)
        assert status == 200, answer
        assert (answer["value"]["width"], answer["value"]["height"]) == (20, 60)
        _, _, kept = await download(server, answer["value"]["url"], li_na.token)
        assert b"SECRET" not in kept
        drawn = Image.open(io.BytesIO(kept))
        assert (dict(drawn.getexif()), drawn.size) == ({}, (20, 60))
        assert answer["value"]["size"] == len(kept)


@ONCE
async def test_an_upload_that_is_repeated_is_one_file_and_one_row(serve: Serve, customer: Arrive) -> None:
    server = await serve()
    li_na, again = await customer(server), new_client_id()
    at_once = [upload(server, li_na.token, picture("JPEG"), client_id=again) for _ in range(3)]
    answers = [*await asyncio.gather(*at_once), await upload(server, li_na.token, picture("JPEG"), client_id=again)]
    assert [status for status, _ in answers] == [200] * 4
    assert len({answer["value"]["attachment_id"] for _, answer in answers}) == 1
    assert (len(files_in(server)), len(await rows_of(server))) == (1, 1)
    status, answer = await upload(server, li_na.token, picture("JPEG", (9, 9)), client_id=again)
    assert (status, answer["error"]["code"]) == (409, "client_id_reused")
    for wrong in ("1", again * 9):
        assert (await upload(server, li_na.token, picture(), client_id=wrong))[0] == 400
    assert (len(files_in(server)), len(await rows_of(server))) == (1, 1)


@ONCE
async def test_a_picture_that_moves_stands_still(serve: Serve, customer: Arrive) -> None:
    server = await serve()
    li_na = await customer(server)
    out = io.BytesIO()
    frames = [Image.new("P", (30, 30), number) for number in range(50)]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    _, answer = await upload(server, li_na.token, out.getvalue(), "moving.gif")
    _, _, kept = await download(server, answer["value"]["url"], li_na.token)
    assert getattr(Image.open(io.BytesIO(kept)), "n_frames", 1) == 1


NAMES = {
    "../../etc/passwd": "passwd.png",
    "..\\..\\windows\\evil.exe": "evil.exe.png",
    "a\r\nSet-Cookie: x=1.png": "a Set-Cookie_ x=1.png",
    "照片\u202egnp.exe": "照片 gnp.exe.png",
    '"; filename="evil.html': "_; filename=_evil.html.png",
    "....": "file.png",
    "长" * 500 + ".png": "长" * 116 + ".png",
    "photo.PNG": "photo.PNG",
}


@ONCE
async def test_names_are_for_people_and_open_nothing(serve: Serve, customer: Arrive) -> None:
    server = await serve(upload_types="png")
    li_na = await customer(server)
    boundary = "x" * 20
    for given, kept in NAMES.items():
        # By hand: a decent client would not send such names.
        head = (
            f"--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename*=UTF-8''{quoted(given)}\r\n\r\n"
        )
        body = head.encode() + picture() + f"\r\n--{boundary}--\r\n".encode()
        headers = {
            "Authorization": f"Bearer {li_na.token}",
            "Content-Type": f"multipart/form-data; boundary={boundary}",
        }
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"{server.url}/api/customer/upload", data=body, headers=headers) as answer,
        ):
            told = await answer.json()
        assert told["value"]["name"] == kept
        status, headers, _ = await download(server, told["value"]["url"], li_na.token)
        assert (status, "Set-Cookie" in headers) == (200, False)
    paths = [row["path"] for row in await rows_of(server)]
    assert sorted(str(path.relative_to(server.settings.files)) for path in files_in(server)) == sorted(paths)
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in files_in(server))


def quoted(name: str) -> str:
    return "".join(f"%{byte:02X}" for byte in name.encode())


@ONCE
async def test_what_is_handed_out_cannot_act(serve: Serve, customer: Arrive) -> None:
    server = await serve()
    li_na = await customer(server)
    for content, name, type_, place in (
        (picture(), "a.png", "image/png", "inline"),
        (b"%PDF-1.4\n<script>alert(1)</script>", "evil.html", "application/pdf", "attachment"),
        ("退款说明".encode("gbk"), "说明.html", "text/plain; charset=utf-8", "attachment"),
    ):
        _, answer = await upload(server, li_na.token, content, name)
        _, headers, kept = await download(server, answer["value"]["url"], li_na.token)
        assert headers["Content-Type"] == type_
        assert headers["Content-Disposition"].split(";")[0] == place
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "private, no-cache"
    assert kept.decode() == "退款说明"


@ONCE
async def test_the_limit_ends_an_upload_while_it_arrives(serve: Serve, customer: Arrive) -> None:
    server = await serve(upload_mb=1)
    li_na = await customer(server)
    status, answer = await upload(server, li_na.token, b"a" * 1_000_001, "long.txt")
    assert (status, answer["error"]["code"]) == (413, "too_large")
    status, answer = await upload(server, li_na.token, b"a" * 1_000_000, "long.txt")
    assert status == 200, answer

    sent = 0

    async def without_end() -> Any:
        nonlocal sent
        yield head("long.txt")
        while True:
            yield b"a" * 65_536
            sent += 65_536

    try:
        status, answer = await raw_upload(server, li_na.token, without_end())
    except aiohttp.ClientError:
        status = 413  # it was cut off while it was still sending
    assert status == 413
    assert sent < 40_000_000
    assert len(files_in(server)) == 1


def head(name: str) -> bytes:
    return f'--edge\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()


async def raw_upload(server: Server, token: str, body: Any, **headers: str) -> tuple[int, Any]:
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "multipart/form-data; boundary=edge",
        **headers,
    }
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{server.url}/api/customer/upload", data=body, headers=headers) as answer,
    ):
        return answer.status, await answer.json()


MALFORMED = {
    "no parts": b"--edge--\r\n",
    "no boundary": b"hello",
    "cut off in its content": head("a.txt") + b"hello",
    "another part before it": b'--edge\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n'
    + head("a.txt")
    + b"hi",
    "two files": head("a.txt") + b"hello\r\n" + head("b.txt") + b"hello\r\n--edge--\r\n",
    "parts in a part": b"--edge\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n"
    b"--edge--\r\n",
}


@ONCE
@pytest.mark.parametrize("what", MALFORMED)
async def test_a_body_that_is_not_one_file_is_refused_and_leaves_nothing(
    serve: Serve, customer: Arrive, what: str
) -> None:
    server = await serve()
    li_na = await customer(server)
    status, answer = await raw_upload(server, li_na.token, MALFORMED[what])
    assert (status, answer["error"]["code"]) == (400, "bad_request")
    await check_nothing_is_left(server)


@ONCE
async def test_who_stops_in_the_middle_or_lies_about_the_length_leaves_nothing(serve: Serve, customer: Arrive) -> None:
    server = await serve()
    li_na = await customer(server)
    where = urlsplit(server.url)
    _, writer = await asyncio.open_connection(where.hostname, where.port)
    part = head("long.txt") + b"a" * 100_000
    writer.write(
        b"POST /api/customer/upload HTTP/1.1\r\nHost: "
        + where.netloc.encode()
        + b"\r\nAuthorization: Bearer "
        + li_na.token.encode()
        + b"\r\nContent-Type: multipart/form-data; boundary=edge\r\nContent-Length: 900000\r\n\r\n"
        + part
    )
    await writer.drain()
    await until(lambda: len(files_in(server)) == 1)
    writer.transport.abort()
    await until(lambda: not files_in(server))
    await check_nothing_is_left(server)
    status, answer = await post(server, "/api/customer/my_cases", {}, li_na.token)
    assert (status, answer["ok"]) == (200, True)


async def until(what: Any) -> None:
    async with asyncio.timeout(PATIENCE):
        while not what():  # noqa: ASYNC110 (the disk tells nobody)
            await asyncio.sleep(0.01)


@ONCE
async def test_pages_and_callers_nobody_knows_send_nothing(serve: Serve, customer: Arrive, agent: Arrive) -> None:
    server = await serve()
    li_na, mei = await customer(server), await agent(server)
    for door, token, headers, status, code in (
        ("customer", "x" * 40, {}, 401, "unauthenticated"),
        ("customer", mei.token, {}, 401, "unauthenticated"),
        ("agent", li_na.token, {}, 401, "unauthenticated"),
        ("case_link", li_na.token, {}, 401, "unauthenticated"),
        ("customer", li_na.token, {"Origin": "https://evil.example"}, 403, "foreign_origin"),
        ("agent", mei.token, {"Origin": "https://evil.example"}, 403, "foreign_origin"),
        ("customer", li_na.token, {"Content-Encoding": "gzip"}, 400, "bad_request"),
    ):
        told, answer = await upload(server, token, picture(), door=door, **headers)
        assert (told, answer["error"]["code"]) == (status, code), door
    await check_nothing_is_left(server)


@ONCE
async def test_nobody_fills_the_disk_alone(serve: Serve, customer: Arrive) -> None:
    server = await serve()
    li_na, wang = await customer(server), await customer(server)
    sent = [(await upload(server, li_na.token, b"hello", "a.txt"))[0] for _ in range(22)]
    assert (sent.count(200), sent[-1]) == (20, 429)
    assert (await upload(server, wang.token, b"hello", "a.txt"))[0] == 200

    await server.store.write(lambda tx, now: tx.change("UPDATE attachment SET used_at = 1"))
    rows = (await rows_of(server))[-1:]
    for number in range(100):
        copy = dict(rows[0]) | {"id": new_client_id(), "path": f"x/{number}"}
        names = ", ".join(copy)
        sql = f"INSERT INTO attachment ({names}) VALUES ({', '.join(f':{name}' for name in copy)})"
        await server.store.write(lambda tx, now, sql=sql, copy=copy: tx.change(sql, **copy))
    status, answer = await upload(server, wang.token, b"hello", "a.txt")
    assert (status, answer["error"]["code"]) == (429, "too_many_files")


async def test_a_file_is_opened_by_who_may_see_where_it_was_sent_and_by_nobody_else(
    serve: Serve, customer: Arrive, agent: Arrive
) -> None:
    server = await serve()
    li_na, wang, mei = await customer(server), await customer(server), await agent(server)
    conversation = (await li_na.do("start", topic="other", client_id=new_client_id()))["conversation"]["id"]
    theirs = (await wang.do("start", topic="other", client_id=new_client_id()))["conversation"]["id"]
    _, answer = await upload(server, li_na.token, picture())
    sent, url = answer["value"], answer["value"]["url"]

    async def seen_by(*people: Someone) -> list[int]:
        return [(await download(server, url, one.token))[0] for one in people]

    assert await seen_by(li_na, wang, mei) == [200, 404, 404]
    status, answer = await post(server, "/api/customer/say", file_of(theirs, sent), wang.token)
    assert (status, answer["error"]["code"]) == (404, "not_found")
    await li_na.do("say", **file_of(conversation, sent))
    assert await seen_by(li_na, wang, mei) == [200, 404, 200]
    assert (await download(server, url, None))[0] == 401
    await mei.do("sign_out")
    assert await seen_by(mei) == [401]


def file_of(conversation_id: str, attachment: dict[str, Any]) -> dict[str, Any]:
    return {
        "conversation_id": conversation_id,
        "client_id": new_client_id(),
        "body": "",
        "attachment_id": attachment["attachment_id"],
    }


@ONCE
async def test_a_link_that_was_revoked_sends_and_opens_nothing(serve: Serve, customer: Arrive) -> None:
    server = await serve()
    identity = (await aget(server, "/demo/identity?site=demo&as=u-1001"))["token"]
    li_na = await customer(server, identity=identity)
    ticket = (await li_na.do("my_cases"))["cases"][0]["ticket_id"]
    token = (await li_na.do("case_link", ticket_id=ticket))["path"].rpartition("/")[2]
    status, answer = await upload(server, token, picture(), door="case_link")
    assert status == 200, answer
    url = answer["value"]["url"]
    assert (await download(server, url, token))[0] == 200
    assert (await download(server, url, li_na.token))[0] == 404
    await server.store.write(lambda tx, now: tx.change("UPDATE caselink SET revoked_at = 1"))
    assert (await download(server, url, token))[0] == 401
    assert (await upload(server, token, picture(), door="case_link"))[0] == 401


async def aget(server: Server, path: str) -> Any:
    async with aiohttp.ClientSession() as http, http.get(server.url + path) as answer:
        return await answer.json()


@ONCE
async def test_a_file_that_somebody_took_out_of_the_folder_is_told_as_gone(serve: Serve, customer: Arrive) -> None:
    server = await serve()
    li_na = await customer(server)
    _, answer = await upload(server, li_na.token, picture())
    files_in(server)[0].unlink()
    status, _, body = await download(server, answer["value"]["url"], li_na.token)
    assert (status, b"file_missing" in body) == (404, True)
