"""A desk whose clock is moved by hand: the real actions on a real database, one after the other, without a server.

Nothing waits here. A step is one transaction on the hands of the store, in this thread, and then a look at all that it
has changed. Players are generators that say for how many seconds they do nothing; the clock jumps to whoever is next.
"""

from __future__ import annotations

import heapq
import random
import uuid
from collections.abc import Callable, Coroutine, Generator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, TypeVar, cast

from chat import wire
from chat.actions import access, people
from chat.actions.access import Caller, Who
from chat.actions.perform import perform
from chat.commands import at_door
from chat.door import read_input
from chat.errors import NightdeskError
from chat.store import Clock, Event, Store, Tx
from chat.store.line import Waiting
from chat.store.store import database_at

T = TypeVar("T")
Player = Generator[float | tuple[float, str], bool, None]
"""Yields the seconds for which it does nothing, at most as long as the conversation with that id is as it was.

Is sent whether that conversation has changed.
"""

NOBODY = Who(Caller.PUBLIC)
DOORS = {door: at_door(door) for door in ("customer", "agent")}
NOBODY_WAITS: Any = None  # the loop and the future of an action that is carried out at once


class World:
    """`look` is run after each step, in a transaction of its own, and gives the conversations that have changed."""

    def __init__(self, where: Path | str, start: datetime, seed: int) -> None:
        self.now, self.chance = start, random.Random(seed)
        self.steps = 0
        self.look: Callable[[Tx, datetime], set[str]] = lambda tx, now: set()
        self.hear: Callable[[list[Event]], None] = lambda events: None
        self.refused: dict[str, int] = {}
        self.failure: Exception | None = None  # of a step or a look that nobody expected to fail
        self._numbers = count()
        self._line: list[tuple[datetime, int, Turn]] = []
        self._looking: dict[str, list[Turn]] = {}
        self._clock = Clock(lambda: self.now)
        database = database_at(where)
        self._writer, self._reader = database.writer(), database.reader()

    def close(self) -> None:
        self._writer.close()
        self._reader.close()

    # -- time -----------------------------------------------------------------------------------------------------

    def play(self, player: Player, after: float = 0) -> None:
        self._stand_in_line(Turn(player), after)

    def run(self, until: datetime) -> None:
        while self._line and self._line[0][0] <= until:
            at, number, turn = heapq.heappop(self._line)
            if turn.number == number:  # else it was called before its time
                self.now = at
                self._take(turn)
        self.now = until

    def _take(self, turn: Turn) -> None:
        self._stop_looking(turn)
        news, turn.news = turn.news, False
        try:
            # The first time nothing may be sent.
            wanted = turn.player.send(news) if turn.begun else next(turn.player)
        except StopIteration:
            return
        turn.begun = True
        seconds, turn.looks_at = wanted if isinstance(wanted, tuple) else (wanted, None)
        if turn.looks_at is not None:
            self._looking.setdefault(turn.looks_at, []).append(turn)
        self._stand_in_line(turn, seconds)

    def _stand_in_line(self, turn: Turn, seconds: float) -> None:
        turn.number = next(self._numbers)
        # Whole milliseconds, as they are stored.
        at = self.now + timedelta(milliseconds=max(1, round(1_000 * seconds)))
        heapq.heappush(self._line, (at, turn.number, turn))

    def _stop_looking(self, turn: Turn) -> None:
        if turn.looks_at is not None and turn in self._looking.get(turn.looks_at, []):
            self._looking[turn.looks_at].remove(turn)
        turn.looks_at = None

    def _wake(self, conversation_id: str) -> None:
        for turn in self._looking.pop(conversation_id, []):
            turn.news = True
            self._stand_in_line(turn, self.chance.uniform(0.2, 2))

    # -- steps ----------------------------------------------------------------------------------------------------

    def do(self, who: Who, name: str, **values: Any) -> Any:
        """A command as its callers send it. Raises what it raises."""
        command = DOORS["agent" if who.kind is Caller.AGENT else "customer"][name]
        if "client_id" in command.input.model_fields:
            values.setdefault("client_id", str(uuid.UUID(int=self.chance.getrandbits(128), version=4)))
        given = read_input(command.input, values)
        return (self.read if command.reads else self.step)(perform, command, who, given, ())

    def attempt(self, who: Who, name: str, **values: Any) -> Any:
        """The same, None when it is refused: somebody was faster, or the desk has closed."""
        try:
            return self.do(who, name, **values)
        except NightdeskError as error:
            key = f"{name}: {error.code}"
            self.refused[key] = self.refused.get(key, 0) + 1
            return None

    def step(self, action: Callable[..., T], *args: Any) -> T:
        done, looked = (_now(act, *given) for act, given in ((action, args), (self.look, ())))
        self._writer.carry_out([done, looked], self._clock)
        self.steps += 1
        for waiting in (looked, done):
            self._raise_error_of(waiting)
        for conversation_id in sorted(looked.result):
            self._wake(conversation_id)
        self.hear(done.events)
        return cast(T, done.result)

    def read(self, action: Callable[..., T], *args: Any) -> T:
        waiting = _now(action, *args)
        self._reader.carry_out([waiting], self._clock)
        self._raise_error_of(waiting)
        return cast(T, waiting.result)

    def _raise_error_of(self, waiting: Waiting) -> None:
        if waiting.error is None:
            return
        if not isinstance(waiting.error, NightdeskError):
            self.failure = cast(Exception, waiting.error)
        raise waiting.error

    def arrives(self, site: str, locale: str) -> Who:
        """A new customer opens the window."""
        opened = self.do(NOBODY, "session", site=site, locale=locale)
        return self.read(access.identify, Caller.CUSTOMER, opened["token"])

    def comes_to_work(self, agent_id: str) -> Who:
        """An agent signs in. Their password is taken as right: comparing it is slow by design."""
        given = wire.AgentSession(email="agent@day.example", password="-", bearer=True)
        opened = self.step(people.open_agent_session, NOBODY, given, (agent_id, "-"))
        return self.read(access.identify, Caller.AGENT, opened.token)

    def as_store(self) -> Store:
        """For what asks for a store: it is answered in this thread, before it can wait."""
        return cast(Store, AtOnce(self))

    def fail_if_something_failed(self) -> None:
        """What asks for a store may go on after a failure; the game does not."""
        if self.failure is not None:
            raise self.failure


class Turn:
    """Whose turn it is, and when: `number` is that of the place in line that counts."""

    def __init__(self, player: Player) -> None:
        self.player = player
        self.number = -1
        self.begun = self.news = False
        self.looks_at: str | None = None


class AtOnce:
    def __init__(self, world: World) -> None:
        self._world = world
        self.clock = Clock(lambda: world.now)

    async def write(self, action: Callable[..., T], /, *args: Any) -> T:
        return self._world.step(action, *args)

    async def read(self, action: Callable[..., T], /, *args: Any) -> T:
        return self._world.read(action, *args)


def at_once(work: Coroutine[Any, Any, T]) -> T:
    """Runs what has nothing to wait for."""
    try:
        work.send(None)
    except StopIteration as end:
        return cast(T, end.value)
    raise AssertionError("it waits for something")


def _now(action: Callable[..., Any], *args: Any) -> Waiting:
    return Waiting(lambda tx: action(tx, *args, tx.now), NOBODY_WAITS, NOBODY_WAITS)
