"""People who use the wire as docs/protocol.md says: they never give up, and remember what was promised and shown.

A `Person` has an outbox (one message at a time, the same client_id until it is answered) and a log of each
conversation they follow (events are hints, `sync` is the truth). `check_log` compares both with what is stored.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import uuid
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal, Self

import aiohttp

from chat.seed import PASSWORD

PATIENCE = 15.0  # seconds after a command, or without hearing anything, before a line is given up
FIRST_WAIT, LONGEST_WAIT = 0.05, 1.0  # before dialling again; our own clients wait longer
PACKET = re.compile(r"(\d)(?:(/[^,]*),)?(\d*)(.*)", re.DOTALL)

Door = Literal["customer", "agent"]
Over = Literal["websocket", "http"]


class Offline(Exception):
    """Nobody knows whether the command was done: it is sent again with the same client_id."""


class Refused(Exception):
    """The command was answered with an error."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(f"{error['code']}: {error['message']}")
        self.code: str = error["code"]
        self.retry_after: float | None = error.get("retry_after")


@dataclass(frozen=True)
class Sent:
    conversation_id: str
    client_id: str
    body: str


@dataclass(frozen=True)
class Ack:
    sent: Sent
    seq: int
    id: str


@dataclass
class Log:
    """A conversation as its reader sees it."""

    shown: list[dict[str, Any]] = field(default_factory=list)  # in the order in which they appeared
    version: int = 0
    head: int = 0  # the highest number heard of
    is_stale: bool = False  # something may have happened that nobody told of

    @property
    def last(self) -> int:
        return len(self.shown)

    @property
    def is_behind(self) -> bool:
        return self.is_stale or self.head > self.last

    def take(self, message: dict[str, Any]) -> None:
        """Shows the next one; what was shown before is not shown again, what is too early waits for `sync`."""
        self.head = max(self.head, message["seq"])
        if message["seq"] == self.last + 1:
            self.shown.append(message)
        elif message["seq"] <= self.last:
            assert self.shown[message["seq"] - 1]["id"] == message["id"], "two messages with one number"

    def learn(self, conversation: dict[str, Any]) -> None:
        self.version = max(self.version, conversation["version"])
        self.head = max(self.head, conversation["last_seq"])


class Person:
    """A customer or an agent. `async with` them: from then on they stay connected."""

    def __init__(
        self,
        url: str,
        door: Door,
        session: dict[str, Any],
        over: Over = "websocket",
        seed: int = 0,
        patience: float = PATIENCE,
    ) -> None:
        self.url = url
        self.door = door
        self.session = session
        self.token: str = session["token"]
        self.id: str = session["customer" if door == "customer" else "agent"]["id"]
        self.over = over
        self.sent: list[Sent] = []
        self.acks: list[Ack] = []
        self.refusals: list[Refused] = []  # that said when to come back
        self.logs: dict[str, Log] = {}
        self.heard: list[tuple[str, Any]] = []
        self.deaf_to: set[str] = set()  # events that are lost on the way
        self.closes: list[int | None] = []  # the code of each websocket that ended; None: it just broke off
        self.connections = 0
        self.repeats = 0  # commands that were sent again, as nobody knew whether they were done
        self._patience = patience
        self._outbox: deque[Sent] = deque()
        self._random = random.Random(seed)
        self._online, self._news, self._behind = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._last_ack = 0
        self._come_back_in: float | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(headers={"Authorization": f"Bearer {self.token}"})
        if self.over == "websocket":
            self._tasks = [
                asyncio.create_task(self._stay_connected()),
                asyncio.create_task(self._catch_up_when_behind()),
            ]
        self._tasks.append(asyncio.create_task(self._empty_outbox()))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.leave()

    async def leave(self) -> None:
        for task in self._tasks:
            task.cancel()
        for problem in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(problem, Exception):
                raise problem
        await self._http.close()

    # -- what they do -------------------------------------------------------------------------------------------------

    def say(self, conversation_id: str, body: str) -> Sent:
        """Into the outbox. It is sent by and by, once, however often the line breaks."""
        sent = Sent(conversation_id, str(uuid.uuid4()), body)
        self.sent.append(sent)
        self._outbox.append(sent)
        self._news.set()
        return sent

    async def do(self, command: str, **values: Any) -> Any:
        """A command's value. Raises Refused, or Offline when there was no answer."""
        envelope = await (self._over_socket if self.over == "websocket" else self._over_http)(command, values)
        if not envelope["ok"]:
            raise Refused(envelope["error"])
        return envelope["value"]

    async def insist(self, command: str, **values: Any) -> Any:
        """The same, again and again until it is answered; refused for now is no answer."""
        while True:
            try:
                return await self.do(command, **values)
            except Offline:
                self.repeats += 1
                await asyncio.sleep(FIRST_WAIT)
            except Refused as refused:
                if refused.retry_after is None:
                    raise
                self.refusals.append(refused)
                await asyncio.sleep(refused.retry_after)

    async def start(self) -> str:
        """Their conversation, which they follow from now on."""
        conversation_id: str = (await self.insist("start", topic="other"))["conversation"]["id"]
        self.follow(conversation_id)
        return conversation_id

    async def leave_message(self, body: str, email: str) -> str:
        """A conversation in which a message is left for the agents."""
        conversation_id = await self.start()
        sent = Sent(conversation_id, str(uuid.uuid4()), body)
        self.sent.append(sent)
        await self.insist(
            "leave_message", conversation_id=conversation_id, client_id=sent.client_id, body=body, email=email
        )
        return conversation_id

    async def pick(self, conversation_id: str) -> None:
        await self.insist("pick", conversation_id=conversation_id)
        self.follow(conversation_id)

    def follow(self, conversation_id: str) -> None:
        """Over websockets by events, over HTTP by a long poll."""
        log = self.logs.setdefault(conversation_id, Log())
        log.is_stale = True
        if self.over == "http":
            self._tasks.append(asyncio.create_task(self._poll(conversation_id)))
        self._behind.set()
        self._tell()

    async def has_shown(self, conversation_id: str, messages: int, seconds: float) -> None:
        log = self.logs[conversation_id]
        await until(lambda: log.last >= messages, seconds, f"{self.door} {self.id} has seen all {messages}")

    async def all_acked(self, seconds: float) -> None:
        await until(lambda: not self._outbox, seconds, f"{self.door} {self.id} has all acks")

    async def online(self, seconds: float) -> None:
        await until(self._online.is_set, seconds, f"{self.door} {self.id} is online")

    async def everything(self, conversation_id: str) -> list[dict[str, Any]]:
        """What is stored of a conversation, asked over HTTP from its beginning."""
        found: list[dict[str, Any]] = []
        while True:
            page = await self._page_after(conversation_id, len(found))
            found += page["messages"]
            if not page["more"]:
                return found

    async def _page_after(self, conversation_id: str, seq: int) -> Any:
        command, values = "sync", {"conversation_id": conversation_id, "after_seq": seq}
        if self.door == "agent" and seq == 0:  # an agent's `sync` from nothing is the newest page
            command, values = "history", {"conversation_id": conversation_id, "before_seq": 2, "limit": 1}
        envelope = await self._over_http(command, values)
        if not envelope["ok"]:
            raise Refused(envelope["error"])
        value = envelope["value"]
        return {**value, "more": True} if command == "history" and value["messages"] else value

    # -- the outbox ---------------------------------------------------------------------------------------------------

    async def _empty_outbox(self) -> None:
        while True:
            if not self._outbox:
                self._news.clear()
                await self._news.wait()
                continue
            sent = self._outbox[0]
            answer = await self.insist(
                "say", conversation_id=sent.conversation_id, client_id=sent.client_id, body=sent.body
            )
            self.acks.append(Ack(sent, answer["seq"], answer["id"]))
            self._outbox.popleft()
            self._tell()

    # -- the line -----------------------------------------------------------------------------------------------------

    async def _over_http(self, command: str, values: dict[str, Any], seconds: float = 15) -> Any:
        try:
            async with (
                asyncio.timeout(seconds),
                self._http.post(f"{self.url}/api/{self.door}/{command}", json=values) as answer,
            ):
                return await answer.json()
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise Offline(str(error)) from None

    async def _over_socket(self, command: str, values: dict[str, Any]) -> Any:
        await self._online.wait()
        assert self._socket
        self._last_ack += 1
        number, answered = self._last_ack, asyncio.get_running_loop().create_future()
        self._waiting[number] = answered
        try:
            await self._socket.send_str(f"42/{self.door},{number}{json.dumps([command, values])}")
            return await answered
        except (aiohttp.ClientError, OSError) as error:
            raise Offline(str(error)) from None
        finally:
            self._waiting.pop(number, None)

    async def _stay_connected(self) -> None:
        wait = FIRST_WAIT
        while True:
            self._come_back_in = None
            with suppress(aiohttp.ClientError, OSError, TimeoutError, Offline):
                await self._connection()
                wait = FIRST_WAIT
            self._hang_up()
            if self._come_back_in is None:
                await asyncio.sleep(wait * self._random.uniform(0.5, 1))
                wait = min(2 * wait, LONGEST_WAIT)
            else:
                await asyncio.sleep(self._come_back_in)

    async def _connection(self) -> None:
        """One websocket, from its handshake to its end. Returns when it was let in and has ended."""
        address = f"{self.url}/socket.io/?EIO=4&transport=websocket"
        # A connector of its own: a websocket takes no connection over from a request.
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._patience)) as http:
            async with asyncio.timeout(self._patience):
                socket = await http.ws_connect(address, timeout=aiohttp.ClientWSTimeout(ws_close=0.1))
                await socket.receive_str()
                await socket.send_str(f"40/{self.door},{json.dumps({'token': self.token})}")
                joined = await socket.receive_str()
            if not joined.startswith(f"40/{self.door},"):
                raise Offline(joined)
            self._socket = socket
            self.connections += 1
            for log in self.logs.values():
                log.is_stale = True  # joined first, so what came before is read after it
            self._online.set()
            self._behind.set()
            self._tell()
            code = None
            try:
                code = await self._listen(socket)
            finally:
                self.closes.append(code)
                await socket.close()

    async def _listen(self, socket: aiohttp.ClientWebSocketResponse) -> int | None:
        """Until its end. Gives the code it was closed with, if it was."""
        probed = False
        while True:
            try:
                message = await socket.receive(self._patience)
            except TimeoutError:
                if probed or self._waiting:
                    return None  # the line is dead, although nobody said so
                probed = True
                await socket.send_str(f'42/{self.door},0["probe",{{}}]')
                continue
            probed = False
            if message.type is not aiohttp.WSMsgType.TEXT:
                # `close_code` of the socket is a guess where no code came.
                return message.data if message.type is aiohttp.WSMsgType.CLOSE else None
            if message.data.startswith("2"):
                await socket.send_str("3" + message.data[1:])
            elif message.data.startswith("4"):
                self._hear(message.data[1:])

    def _hear(self, packet: str) -> None:
        found = PACKET.fullmatch(packet)
        assert found, packet
        kind, _, number, text = found.groups()
        if kind == "3" and int(number) in self._waiting:
            self._waiting[int(number)].set_result(json.loads(text)[0])
        elif kind == "2":
            name, value = json.loads(text)
            self._happen(name, value)
        self._tell()

    def _happen(self, name: str, value: Any) -> None:
        if name in self.deaf_to:
            return
        self.heard.append((name, value))
        if name == "message" and value["conversation_id"] in self.logs:
            self.logs[value["conversation_id"]].take(value)
        elif name == "conversation" and value["id"] in self.logs:
            self.logs[value["id"]].learn(value)
        elif name == "beacon":
            for conversation_id, (last_seq, version) in value.items():
                if conversation_id in self.logs:
                    self.logs[conversation_id].learn({"last_seq": last_seq, "version": version})
        elif name == "bye":
            self._come_back_in = value["reconnect_in"] * self._random.uniform(1, 1.5)
        if any(log.is_behind for log in self.logs.values()):
            self._behind.set()

    def _hang_up(self) -> None:
        self._online.clear()
        self._socket = None
        for answered in self._waiting.values():
            if not answered.done():
                answered.set_exception(Offline("the line broke off"))
        self._waiting.clear()

    # -- catching up --------------------------------------------------------------------------------------------------

    async def _catch_up_when_behind(self) -> None:
        while True:
            await self._behind.wait()
            self._behind.clear()
            for conversation_id, log in list(self.logs.items()):
                while log.is_behind:
                    log.is_stale = False
                    await self._catch_up(conversation_id, log)

    async def _catch_up(self, conversation_id: str, log: Log) -> None:
        if self.door == "agent" and log.last == 0:
            # An agent follows a conversation from the moment they open it; then they read it from its beginning.
            opened = await self.insist("sync", conversation_id=conversation_id, after_seq=0)
            log.learn(opened["conversation"])
            page = await self.insist("history", conversation_id=conversation_id, before_seq=2, limit=1)
        else:
            page = await self.insist("sync", conversation_id=conversation_id, after_seq=log.last)
        self._read(log, page)

    def _read(self, log: Log, page: dict[str, Any]) -> None:
        for message in page["messages"]:
            log.take(message)
        if "conversation" in page and not page["more"]:
            log.version = max(log.version, page["conversation"]["version"])
            log.head = max(page["conversation"]["last_seq"], log.head)  # something newer may have been heard meanwhile
        self._tell()

    async def _poll(self, conversation_id: str) -> None:
        log = self.logs[conversation_id]
        while True:
            values = {"conversation_id": conversation_id, "after_seq": log.last, "version": log.version, "wait": 10}
            try:
                self._read(log, await self.do("sync", **values))
            except Offline:
                await asyncio.sleep(FIRST_WAIT)
            except Refused as refused:
                if refused.retry_after is None:
                    raise
                self.refusals.append(refused)
                await asyncio.sleep(refused.retry_after)

    def _tell(self) -> None:
        self._news.set()


async def until(holds: Callable[[], bool], seconds: float, what: str = "") -> None:
    """Looks again and again. Raises TimeoutError with what was waited for."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not holds():
        if asyncio.get_running_loop().time() > deadline:
            raise TimeoutError(f"not within {seconds} seconds: {what}")
        await asyncio.sleep(0.02)


async def customer(
    url: str, *, over: Over = "websocket", seed: int = 0, patience: float = PATIENCE, **given: Any
) -> Person:
    """Somebody who opens the window."""
    session = await _session(url, "customer", {"site": "demo", "locale": "zh-CN", **given})
    return Person(url, "customer", session, over, seed, patience)


async def agent(
    url: str, name: str = "mei", *, over: Over = "websocket", seed: int = 0, patience: float = PATIENCE
) -> Person:
    """An agent of the demo data, signed in; `set_presence` is theirs to call."""
    given = {"email": f"{name}@demo.example", "password": PASSWORD, "bearer": True}
    return Person(url, "agent", await _session(url, "agent", given), over, seed, patience)


async def _session(url: str, door: Door, given: dict[str, Any]) -> dict[str, Any]:
    async with aiohttp.ClientSession() as http, http.post(f"{url}/api/{door}/session", json=given) as answer:
        envelope = await answer.json()
    if not envelope["ok"]:
        raise Refused(envelope["error"])
    value: dict[str, Any] = envelope["value"]
    return value


def check_log(conversation_id: str, stored: list[dict[str, Any]], people: Iterable[Person]) -> None:
    """Nothing that was acknowledged is lost, doubled or reordered, and nothing is there that nobody sent."""
    people = list(people)
    assert [message["seq"] for message in stored] == list(range(1, len(stored) + 1)), "the numbers have gaps"
    by_client_id = {message["client_id"]: message for message in stored if "client_id" in message}
    assert len(by_client_id) == sum("client_id" in message for message in stored), "a message is there twice"
    sent = {one.client_id: (one, person) for person in people for one in person.sent}
    for client_id, message in by_client_id.items():
        assert client_id in sent, f"nobody sent number {message['seq']}"
        one, person = sent[client_id]
        assert (message["body"], message["author"]["id"]) == (one.body, person.id)
    for person in people:
        mine = [one.client_id for one in person.sent if one.conversation_id == conversation_id]
        theirs = [message["client_id"] for message in stored if message.get("client_id") in set(mine)]
        assert theirs == [client_id for client_id in mine if client_id in by_client_id], "an author's order is lost"
        for ack in person.acks:
            if ack.sent.conversation_id == conversation_id:
                found = by_client_id.get(ack.sent.client_id)
                assert found is not None, f"number {ack.seq} was acknowledged and is lost"
                assert (found["seq"], found["id"]) == (ack.seq, ack.id), "what was acknowledged is another message"


def check_shown(conversation_id: str, stored: list[dict[str, Any]], person: Person) -> None:
    """Each message of the log once, in its place."""
    shown = [(message["seq"], message["id"], message["body"]) for message in person.logs[conversation_id].shown]
    assert shown == [(message["seq"], message["id"], message["body"]) for message in stored]
