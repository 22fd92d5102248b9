"""The log of a night at which things go wrong says what and where, and nothing of what anybody wrote or is."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import aiohttp
import jwt
import pytest
from aiosmtpd.controller import Controller

from chat.seed import PASSWORD
from tests.conftest import new_client_id
from tests.faults.conftest import Serving
from tests.faults.processes import Nightdesk
from tests.servers import free_port, wait_until

PATIENCE = 20
BODIES = {
    "body": "canary-body 我的卡号是六二二二",
    "name": "Canary-Name",
    "email": "canary-mail@nowhere.example",
    "phone": "13800001111",
    "external id": "canary-external-id",
    "file": "canary-file.txt",
    "content": "canary-content",
    "answer": "canary-answer",
    "note": "canary-note",
    "wrong password": "canary-wrong-password",
    "wrong token": "canary-wrong-token",
    "form": "canary-form",
    "page": "canary-page",
}


class Refusing:
    """Nobody is known here, and the answer says whom it means."""

    async def handle_RCPT(self, _s: Any, _session: Any, _envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        return f"550 5.1.1 <{address}> is not known here"


@contextmanager
def refusing_mail_server() -> Iterator[int]:
    controller = Controller(Refusing(), hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller.port
    controller.stop()


class Night:
    """What people and programs send in a night, and every word of it that no log may hold."""

    def __init__(self, process: Nightdesk, http: aiohttp.ClientSession) -> None:
        self._process, self._http = process, http
        self.words = dict(BODIES)

    async def post(self, path: str, body: Any, token: str | None = None) -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        sent = {"data": body} if isinstance(body, aiohttp.FormData) else {"json": body}
        async with self._http.post(self._process.url + path, headers=headers, **sent) as answer:
            return await answer.json()

    async def happens(self) -> None:
        customer = await self._somebody_is_signed_in()
        started = await self.post("/api/customer/start", {"client_id": new_client_id(), "topic": "other"}, customer)
        here = {"conversation_id": started["value"]["conversation"]["id"]}
        await self._a_message_is_left(customer, here)
        await self._a_file_is_sent_and_lost(customer, here)
        await self._an_agent_answers_and_the_mail_is_refused(here)
        await self._somebody_tries_doors()
        await self._a_row_breaks(customer, here)

    async def _somebody_is_signed_in(self) -> str:
        claims = {"sub": self.words["external id"], "aud": "demo"} | {
            name: self.words[name] for name in ("name", "email", "phone")
        }
        [(secret,)] = self.asked("SELECT identity_secret FROM site WHERE key = 'demo'")
        [(now,)] = self.asked("SELECT CAST(strftime('%s', 'now') AS INTEGER)")
        identity = jwt.encode({**claims, "iat": now, "exp": now + 300}, secret, "HS256")
        page = f"https://shop.example/{self.words['page']}"
        given = {"site": "demo", "locale": "zh-CN", "identity": identity, "page": page}
        opened = await self.post("/api/customer/session", given)
        assert opened["ok"], opened
        self.words |= {"identity": identity, "secret": secret, "token": opened["value"]["token"]}
        return str(opened["value"]["token"])

    async def _a_message_is_left(self, customer: str, here: dict[str, str]) -> None:
        said = {**here, "client_id": new_client_id(), "body": self.words["body"]}
        assert (await self.post("/api/customer/leave_message", said, customer))["ok"]

    async def _a_file_is_sent_and_lost(self, customer: str, here: dict[str, str]) -> None:
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("file", self.words["content"].encode(), filename=self.words["file"])
        sent = (await self.post("/api/customer/upload", form, customer))["value"]
        for path in (self._process.data_dir / "files").rglob("*"):
            if path.is_file():
                path.unlink()
        headers = {"Authorization": f"Bearer {customer}"}
        async with self._http.get(self._process.url + sent["url"], headers=headers) as answer:
            assert answer.status == 404
        said = {**here, "client_id": new_client_id(), "body": "", "attachment_id": sent["attachment_id"]}
        assert (await self.post("/api/customer/say", said, customer))["ok"]

    async def _an_agent_answers_and_the_mail_is_refused(self, here: dict[str, str]) -> None:
        given = {"email": "mei@demo.example", "password": PASSWORD, "bearer": True}
        agent = (await self.post("/api/agent/session", given))["value"]["token"]
        self.words |= {"password": PASSWORD, "agent's token": agent}
        await self.post("/api/agent/set_presence", {"status": "online"}, agent)
        assert (await self.post("/api/agent/pick", here, agent))["ok"]
        note = {**here, "client_id": new_client_id(), "body": self.words["note"]}
        assert (await self.post("/api/agent/note", note, agent))["ok"]
        said = {**here, "client_id": new_client_id(), "body": self.words["answer"]}
        assert (await self.post("/api/agent/say", said, agent))["ok"]
        self.asked("UPDATE job SET run_at = 1 WHERE kind = 'answer_mail' RETURNING id")
        await asyncio.to_thread(self.until_logged, "a job failed")

    async def _somebody_tries_doors(self) -> None:
        wrong = {"email": self.words["email"], "password": self.words["wrong password"]}
        assert not (await self.post("/api/agent/session", wrong))["ok"]
        assert not (await self.post("/api/agent/sync", {}, self.words["wrong token"]))["ok"]
        assert not (await self.post("/api/agent/session", {"email": [self.words["email"]]}))["ok"]
        async with self._http.get(f"{self._process.url}/case/{self.words['wrong token']}") as answer:
            assert answer.status == 404
        async with self._http.ws_connect(f"{self._process.url}/socket.io/?transport=websocket&EIO=4") as socket:
            await socket.send_str(f"4{self.words['body']}")
            async for _ in socket:  # until it is closed
                pass

    async def _a_row_breaks(self, customer: str, here: dict[str, str]) -> None:
        """What nobody foresaw: the error quotes it."""
        self.asked(f"UPDATE message SET data = '{self.words['form']}' WHERE kind = 'file' RETURNING id")
        answer = await self.post("/api/customer/sync", {**here, "after_seq": 0}, customer)
        assert answer["error"]["code"] == "unavailable"

    def until_logged(self, words: str) -> None:
        wait_until(lambda: words in self._process.log, PATIENCE, lambda: self._process.log[-2_000:])

    def asked(self, sql: str) -> list[Any]:
        with sqlite3.connect(self._process.database, timeout=10) as database:
            return database.execute(sql).fetchall()


@pytest.mark.databases("sqlite")
async def test_the_log_of_a_bad_night_is_of_names_and_values_and_tells_nothing_of_people(nightdesk: Serving) -> None:
    with refusing_mail_server() as port:
        mail = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_tls": "none"}
        process = await asyncio.to_thread(
            lambda: nightdesk(at="22:30", bot=False, log_level="debug", log_format="json", **mail)
        )
        async with aiohttp.ClientSession() as http:
            night = Night(process, http)
            await night.happens()
        await asyncio.to_thread(process.terminate)
    lines = [json.loads(line) for line in process.log.splitlines() if line.startswith("{")]
    assert all({"timestamp", "level", "event"} <= line.keys() for line in lines)
    others = [line for line in process.log.splitlines() if not line.startswith("{")]
    assert not [line for line in others if not line.startswith(("Nightdesk", "  ", "Stop with"))], others
    told = {line["event"]: line for line in lines}
    # What happened is in it, or that nothing is in it would show nothing.
    assert told["a job failed"]["kind"] == "answer_mail"
    assert told["a job failed"]["error"] == "SMTPRecipientsRefused"
    assert "is missing" in "".join(told)
    assert "a socket sent what it may not and is closed" in told
    failed = told["command failed, nothing was stored"]
    assert failed["exception"].endswith("JSONDecodeError")
    assert "chat/actions" in failed["exception"]
    found = [name for name, word in night.words.items() if word in process.log and name != "password"]
    assert found == []
    assert process.log.count(PASSWORD) == 1  # as the demo's log-in, when it begins
