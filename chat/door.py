"""How a command runs, whichever door it came through: find it, read it, hold back floods, do it, word the answer.

The doors (`realtime`, `web`) turn bytes into `Door.answer` and back, and know nothing of commands.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import perf_counter
from typing import Any, NamedTuple, Protocol

import structlog
from aiohttp import web
from pydantic import ValidationError

from chat import wire
from chat.actions import access, attachments, demo, desk, presence
from chat.actions.access import Caller, Who
from chat.actions.bot_turn import Question, Ranking
from chat.actions.perform import asked, perform
from chat.commands import ORDINARY, Command, Ranked, Rate, Slow, at_door
from chat.domain.files import StoredFile
from chat.errors import BadShape, Conflict, NightdeskError, NotFound, TooMany, Unavailable
from chat.hub import Hub
from chat.limits import Gate, Limits, Polls, SlowLine, neighbourhood
from chat.probe import Probe
from chat.store import Store
from chat.store.events import customer_room
from chat.store.line import Waiting
from chat.store.migrations import versions
from chat.tally import Tally

log = structlog.get_logger()

__all__ = ["AGENT_COOKIE", "Answer", "Door", "Who", "failure", "read_input", "refusal"]

AGENT_COOKIE = "nightdesk_agent"
SIGN_OF_LIFE = Rate(burst=1, per_minute=6)
SENDING = Rate(burst=20, per_minute=10)  # files of one person
SENDING_NEARBY = Rate(burst=100, per_minute=60)  # and of one line to the Internet, where many may be one person
SLOW_PLACES = 16  # pieces of slow work that may be begun or waiting; four seconds of them at the worst
RANK_SECONDS = 3.0  # that the bot may think, or take to be loaded
POLLS = 4  # of one session: as many as it may have windows open on a line without websockets
PROBE_SECONDS = 1.0  # may the store take to show that it takes writes
OLDER = frozenset(versions()[:-1])  # schemas
_OUTCOMES = {200: "done", 503: "failed"}
BREATH = 0.1  # seconds between two looks of one poll: what comes thick and fast is read together


class Answer(NamedTuple):
    """An HTTP status and the envelope: {"ok": true, "value"} or {"ok": false, "error": {code, message}}."""

    status: int
    envelope: dict[str, Any]


class Judge(Protocol):
    """Whoever can say what the bot makes of a text."""

    async def rank(self, question: Question) -> Ranking: ...


class Door:
    def __init__(self, store: Store, hub: Hub, public_url: str | None = None, judge: Judge | None = None) -> None:
        self._store, self._judge = store, judge
        self._hub = hub
        self._public_url = public_url
        self._origins: frozenset[str] = frozenset()
        self._limits, self._polls, self._slow = Limits(), Polls(POLLS), SlowLine(SLOW_PLACES)
        self._gate = Gate()
        self.tally = Tally()
        self._probe = Probe(lambda: store.write(desk.probe), PROBE_SECONDS, PROBE_SECONDS)
        self._tables = {name: at_door(name) for name in ("customer", "agent", "case_link", "hook", "support")}

    async def open(self) -> None:
        """Loads the origins of the sites; before it no page of another origin is known."""
        self._origins = frozenset(await self._store.read(desk.origins))

    def is_known_origin(self, origin: str, request: web.BaseRequest) -> bool:
        """Is it one of our own pages, or of a site that embeds us?"""
        return origin in self._origins or self.is_own_origin(origin, request)

    def is_own_origin(self, origin: str, request: web.BaseRequest) -> bool:
        return origin == (self._public_url or f"{request.scheme}://{request.host}")

    async def site_origins(self, key: str) -> list[str] | None:
        """The pages that may embed this site's window; None when there is no such site."""
        return await self._store.read(desk.site_origins, key)

    async def site_names(self, key: str) -> dict[str, str] | None:
        """What a site is called, by locale; None when there is no such site."""
        return await self._store.read(desk.site_names, key)

    async def demo_shopper(self, site: str, external_id: str) -> demo.Shopper | None:
        """Who is signed in on a demo site, and what they bought there."""
        return await self._store.read(demo.shopper, site, external_id)

    async def demo_identity(self, site: str, external_id: str) -> str:
        """What a demo site's own back end signs for them. Raises NotFound. Serve it with demo data only."""
        return await self._store.read(demo.identity_for, site, external_id)

    async def problem(self) -> str | None:
        """Why commands cannot be served now, in a sentence."""
        if self._gate.is_shut:
            return "This server is draining: it is about to stop."
        probe = await self._probe.ask()
        if not probe.done():
            return f"The store has not taken a write for {PROBE_SECONDS:.0f} second."
        if error := probe.exception():
            return f"The store does not take writes: {error}"
        if (schema := probe.result()) in OLDER:
            return f"The database has schema {schema}, older than this version's: run `python -m chat migrate`."
        return self._store.trouble()  # a probe is small, and may find room where a message does not

    async def close(self) -> None:
        """Commands under way finish, long polls answer with what they have, new ones are refused with Unavailable."""
        self._gate.shut()
        self._polls.give_up_all()
        await self._gate.empty()

    async def identify(self, kind: Caller, token: str) -> Who:
        """Who holds this token. Raises Unauthenticated."""
        return await self._store.read(access.identify, kind, token)

    async def answer(self, door: str, who: Who, name: object, data: object) -> Answer:
        """Runs a command and words what came of it. Never raises."""
        begun = perf_counter()
        try:
            answer = _done(await self.run(door, who, name, data))
        except Exception as error:
            answer = _answer_to(error, who, name)
        # A poll takes as long as nothing happens.
        self._count(door, answer, None if isinstance(data, dict) and data.get("wait") else begun)
        return answer

    def answer_soon(self, door: str, who: Who, name: object, data: object, then: Callable[[Answer], None]) -> bool:
        """The same for what is written and no more, as most of what is asked, without a task: `then` gets the answer,
        later. False: it is something else, and nothing was done.
        """
        command = self._tables[door].get(name) if isinstance(name, str) else None
        if command is None or command.reads or command.before:
            return False
        begun = perf_counter()

        def settle(waiting: Waiting) -> None:
            self._gate.leave()
            tell(_answer_to(waiting.error, who, name) if waiting.error else _done(waiting.result), door, begun, then)

        tell = self._tell
        try:
            given = self._take(command, who, data)
            self._gate.check()
            self._store.write_soon(settle, perform, command, who, given, (), asked=asked(who, given))
            self._gate.enter()
        except Exception as error:
            asyncio.get_running_loop().call_soon(tell, _answer_to(error, who, name), door, begun, then)
        return True

    def _tell(self, answer: Answer, door: str, begun: float, then: Callable[[Answer], None]) -> None:
        self._count(door, answer, begun)
        then(answer)

    def _count(self, door: str, answer: Answer, begun: float | None) -> None:
        self.tally.outcomes[door, _OUTCOMES.get(answer.status, "refused")] += 1
        if begun is not None:
            self.tally.seconds[door].add(perf_counter() - begun)

    async def run(self, door: str, who: Who, name: object, data: object) -> Any:
        """The command's value, JSON-ready. Raises a NightdeskError."""
        with self._gate.passed():
            return await self._run(door, who, name, data)

    async def _run(self, door: str, who: Who, name: object, data: object) -> Any:
        command = self._tables[door].get(name) if isinstance(name, str) else None
        given = self._take(command, who, data)
        assert command is not None
        extra = (await self._prepare(command.before, who, given),) if command.before else ()
        if isinstance(given, wire.Sync) and given.wait and command.waits:
            return await self._when_newer(command, who, given)
        return await self._perform(command, who, given, extra)

    def _take(self, command: Command | None, who: Who, data: object) -> wire.Input:
        """What is asked, if it may be: by this kind of caller, in this shape and as often."""
        if command is None or command.caller is not who.kind:
            raise NotFound("There is no such command.", code="unknown_command")
        self._limits.take((command.name, command.rate, who.id or neighbourhood(who.address)), command.rate)
        given = read_input(command.input, data)
        if command.counted is not None:
            self._limits.take((command.name, command.counted, command.counted.by(given)), command.counted.rate)
        return given

    async def _prepare(self, before: Slow | Ranked, who: Who, given: wire.Input) -> object:
        if isinstance(before, Ranked):
            return await self.rank(await self._store.read(before.reads, who, given))
        return await self._slow.run(before.work, given, await self._store.read(before.reads, who, given))

    async def rank(self, question: Question) -> Ranking:
        """What the bot makes of a text. Raises Conflict `bot_off`, Unavailable while it is not there yet."""
        if self._judge is None:
            raise Conflict("The bot is switched off.", code="bot_off")
        try:
            async with asyncio.timeout(RANK_SECONDS):
                return await self._judge.rank(question)
        except TimeoutError:
            raise Unavailable("The bot is still being trained. Try again soon.", retry_after=RANK_SECONDS) from None

    async def _perform(self, command: Command, who: Who, given: wire.Input, extra: tuple[Any, ...] = ()) -> Any:
        if command.reads:
            return await self._store.read(perform, command, who, given, extra)
        return await self._store.write(perform, command, who, given, extra, asked=asked(who, given))

    async def _when_newer(self, command: Command, who: Who, given: wire.Sync) -> Any:
        """Listens before it reads: what is written between the two would be missed otherwise."""
        room = customer_room(who.id, who.site_id)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (given.wait or 0)
        known = given.version
        with self._hub.poll(room) as news, self._polls.place(who.session_id, news) as place:
            while True:
                news.clear()
                looked = loop.time()
                value = await self._perform(command, who, given)
                version = value["conversation"]["version"]
                # Who names no version waits for a change from the one there is now.
                known = version if known is None else known
                left = deadline - loop.time()
                if left <= 0 or place.given_up or value["messages"] or version != known:
                    return value
                try:
                    async with asyncio.timeout(left):
                        await news.wait()
                except TimeoutError:
                    return value
                await asyncio.sleep(looked + BREATH - loop.time())

    # -- files ------------------------------------------------------------------------------------------------------

    async def may_send(self, who: Who, address: str) -> None:
        """Asked before a file is read. Raises TooMany, Unauthenticated, or Unavailable when it could not be kept."""
        with self._gate.passed():
            self._limits.take(("upload", who.id), SENDING)
            self._limits.take(("upload", neighbourhood(address)), SENDING_NEARBY)
            if trouble := self._store.trouble():
                raise Unavailable(trouble, retry_after=5)
            await self._store.read(attachments.may_send, who)

    async def keep_file(self, who: Who, stored: StoredFile, client_id: str | None) -> tuple[dict[str, Any], bool]:
        """The attachment, JSON-ready, of a file that lies in the folder, and whether it is that one: not when the same
        was sent before. Raises what `may_send` does.
        """
        with self._gate.passed():
            kept, is_new = await self._store.write(attachments.keep, who, stored, client_id)
            return dict(kept.model_dump(mode="json", exclude_none=True)), is_new

    async def open_file(self, who: Who, attachment_id: str) -> StoredFile:
        """Where it lies and what it is, if the caller may see it now. Raises NotFound, Unauthenticated or TooMany."""
        self._limits.take(("file", who.id), ORDINARY)
        return await self._store.read(attachments.open_file, who, attachment_id)

    # -- what sockets need beside commands --------------------------------------------------------------------------

    async def heads(
        self, listeners: list[tuple[Who, list[str]]]
    ) -> list[tuple[dict[str, tuple[int, int]], set[str]] | None]:
        """For each listener, with what they have open: the heads of a beacon, and an agent's desks; None: no rights."""
        return await self._store.read(desk.heads, listeners)

    async def agent_connected(self, who: Who, connection_id: str) -> list[str]:
        return await self._store.write(presence.connected, who, connection_id)

    async def agent_disconnected(self, who: Who, connection_id: str) -> None:
        await self._store.write(presence.disconnected, who, connection_id)

    async def agent_called(self, who: Who) -> None:
        """A command over HTTP is a sign of life, as being connected is; written down as seldom as that."""
        try:
            self._limits.take(("sign of life", who.session_id), SIGN_OF_LIFE)
        except TooMany:
            return
        try:
            await self._store.write(presence.called, who)
        except Unavailable as error:  # the command may still be answered, such as one that only reads
            log.warning("a sign of life was not stored", id=who.id, error=str(error))

    async def agents_still_connected(self, connections: dict[str, str]) -> None:
        if connections:
            await self._store.write(presence.still_connected, connections)


def read_input(shape: type[wire.Input], data: object) -> wire.Input:
    """The input, or BadShape with the first thing that is wrong with it."""
    try:
        # What `model_validate` calls, without the questions about its options, which take as long as three fields.
        read: wire.Input = shape.__pydantic_validator__.validate_python({} if data is None else data)
        return read
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadShape(f"{where}: {first['msg']}." if where else f"{first['msg']}.") from None


def _done(value: Any) -> Answer:
    return Answer(200, {"ok": True, "value": value})


def _answer_to(error: BaseException, who: Who, name: object) -> Answer:
    if isinstance(error, NightdeskError):
        return refusal(error)
    log.error("command failed, nothing was stored", command=name, caller=who.kind, id=who.id, exc_info=error)
    return failure()


def refusal(error: NightdeskError) -> Answer:
    told: dict[str, Any] = {"code": error.code, "message": str(error)}
    if error.retry_after is not None:
        told["retry_after"] = error.retry_after
    return Answer(error.status, {"ok": False, "error": told})


def failure() -> Answer:
    """What is told of a fault of our own; the log says what it was."""
    return refusal(Unavailable("Something went wrong on our side. Nothing was stored; try again.", retry_after=1))
