"""Two processes on one desk, and the same thing at once in both.

Each store is a process's worth: on Postgres eight connections, on SQLite a writer of its own on the same file.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from chat.actions.access import Who
from chat.actions.perform import asked, perform
from chat.commands import at_door
from chat.door import read_input
from chat.store import Asked, Clock, Store
from tests.actions.conftest import Desk
from tests.actions.test_people import VISITOR

Call = tuple[Who, str, dict[str, Any]]


class Processes:
    """Two stores on the desk's database."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._stores = [Store(desk.where, Clock(lambda: desk.now)) for _ in range(2)]

    def at_once(self, *calls: Call) -> list[Any]:
        """Each command on the store whose turn it is, all together. Gives values, and errors as values."""
        commands = [at_door("customer" if who is VISITOR else who.kind.value)[name] for who, name, _ in calls]
        given = [read_input(command.input, values) for command, (_, _, values) in zip(commands, calls, strict=True)]
        return self.run(
            *(
                (perform, command, who, one, ())
                for command, (who, _, _), one in zip(commands, calls, given, strict=True)
            ),
            looked_up=[asked(who, one) for (who, _, _), one in zip(calls, given, strict=True)],
        )

    def run(self, *actions: tuple[Any, ...], looked_up: Sequence[Asked | None] = ()) -> list[Any]:
        async def all_of_them() -> list[Any]:
            writes = [
                self._stores[number % 2].write(*action, asked=ahead)
                for number, (action, ahead) in enumerate(zip_longest(actions, looked_up))
            ]
            return await asyncio.gather(*writes, return_exceptions=True)

        return asyncio.run(all_of_them())

    def close(self) -> None:
        for store in self._stores:
            store.close()


def client_id() -> str:
    return str(uuid.uuid4())


def all_went_well(answers: list[Any]) -> None:
    assert [answer for answer in answers if isinstance(answer, BaseException)] == []
