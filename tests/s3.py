"""A small storage that speaks as much S3 as a client of one bucket needs, and believes only who signs rightly.

The signature is checked as Amazon describes version 4 of it (docs: "Authenticating Requests: Using the Authorization
Header"), so a client that gets through here says the right things in the right form.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import threading
from datetime import UTC, datetime
from urllib.parse import quote
from xml.etree import ElementTree

from aiohttp import web

BUCKET, KEY_ID, SECRET, REGION = "desk", "a key of the tests", "a secret of the tests", "us-east-1"
PAGE = 2  # objects of one page of a list: few, so that the next page is asked for


class S3:
    """`objects` is what lies in the bucket. Runs on a thread of its own; `fails` makes it answer 500 to everything."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, datetime]] = {}
        self.fails = False
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(10)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        app = web.Application(client_max_size=1 << 30)
        app.router.add_route("*", f"/{BUCKET}", self._bucket)
        app.router.add_route("*", f"/{BUCKET}/{{key:.*}}", self._object)
        runner = web.AppRunner(app, access_log=None)
        self._loop.run_until_complete(runner.setup())
        self._loop.run_until_complete(web.TCPSite(runner, "127.0.0.1", 0).start())
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())

    async def _object(self, request: web.Request) -> web.Response:
        body, key = await request.read(), request.match_info["key"]
        if refusal := self._refusal(request, body):
            return refusal
        if not key:
            return await self._bucket(request)
        match request.method:
            case "PUT":
                self.objects[key] = body, datetime.now(UTC)
                return web.Response(headers={"ETag": _tag(body)})
            case "GET" | "HEAD" if key in self.objects:
                content, at = self.objects[key]
                headers = {"ETag": _tag(content), "Last-Modified": at.strftime("%a, %d %b %Y %H:%M:%S GMT")}
                asked = request.http_range
                first, end, _ = asked.indices(len(content))
                if (first, end) == (0, len(content)):
                    return web.Response(body=content, headers=headers)
                headers["Content-Range"] = f"bytes {first}-{end - 1}/{len(content)}"
                return web.Response(status=206, body=content[first:end], headers=headers)
            case "DELETE":
                self.objects.pop(key, None)
                return web.Response(status=204)
        return _error(404, "NoSuchKey")

    async def _bucket(self, request: web.Request) -> web.Response:
        body = await request.read()
        if refusal := self._refusal(request, body):
            return refusal
        if request.method == "POST" and "delete" in request.query:
            keys = [found.text or "" for found in ElementTree.fromstring(body).iter() if found.tag.endswith("Key")]
            for key in keys:
                self.objects.pop(key, None)
            told = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
            return _xml(f"<DeleteResult>{told}</DeleteResult>")
        if request.method == "GET" and request.query.get("list-type") == "2":
            return self._list(request.query.get("prefix", ""), request.query.get("continuation-token", ""))
        return _error(501, "NotImplemented")

    def _list(self, prefix: str, after: str) -> web.Response:
        keys = sorted(key for key in self.objects if key.startswith(prefix) and key > after)
        shown, more = keys[:PAGE], len(keys) > PAGE
        told = "".join(
            f"<Contents><Key>{key}</Key><Size>{len(self.objects[key][0])}</Size>"
            f"<LastModified>{self.objects[key][1].strftime('%Y-%m-%dT%H:%M:%S.000Z')}</LastModified></Contents>"
            for key in shown
        )
        token = f"<NextContinuationToken>{shown[-1]}</NextContinuationToken>" if more else ""
        return _xml(f"<ListBucketResult><IsTruncated>{str(more).lower()}</IsTruncated>{token}{told}</ListBucketResult>")

    def _refusal(self, request: web.Request, body: bytes) -> web.Response | None:
        if self.fails:
            return _error(500, "InternalError")
        given = request.headers.get("Authorization", "")
        claimed = request.headers.get("x-amz-content-sha256", "")
        if claimed not in ("UNSIGNED-PAYLOAD", hashlib.sha256(body).hexdigest()):
            return _error(400, "XAmzContentSHA256Mismatch")
        return None if given == _authorization(request, given, claimed) else _error(403, "SignatureDoesNotMatch")


def _authorization(request: web.Request, given: str, claimed: str) -> str:
    """What a request says whose sender knows the secret."""
    moment = request.headers.get("x-amz-date", "")
    scope = f"{moment[:8]}/{REGION}/s3/aws4_request"
    _, _, names = given.partition("SignedHeaders=")
    names = names.partition(",")[0]
    query = "&".join(sorted(f"{quote(n, safe='-_.~')}={quote(v, safe='-_.~')}" for n, v in request.query.items()))
    headers = "".join(f"{name}:{request.headers[name].strip()}\n" for name in names.split(";") if name)
    canonical = "\n".join([request.method, request.raw_path.partition("?")[0], query, headers, names, claimed])
    to_sign = "\n".join(["AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{SECRET}".encode()
    for part in [*scope.split("/"), to_sign]:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return f"AWS4-HMAC-SHA256 Credential={KEY_ID}/{scope}, SignedHeaders={names}, Signature={key.hex()}"


def _tag(content: bytes) -> str:
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'


def _xml(text: str) -> web.Response:
    return web.Response(text=f'<?xml version="1.0" encoding="UTF-8"?>{text}', content_type="application/xml")


def _error(status: int, code: str) -> web.Response:
    answer = _xml(f"<Error><Code>{code}</Code><Message>{code}</Message></Error>")
    answer.set_status(status)
    return answer
