"""Taking files in: as they arrive to the disk, counted on the way, then looked at one after the other."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import BodyPartReader

from chat.domain.files import StoredFile
from chat.errors import Invalid, TooLarge, TooMany
from chat.files import Files, Rules
from chat.limits import SlowLine

BLOCK = 128 * 1024
QUIET_SECONDS = 20.0  # so long may nothing of a file arrive
AT_ONCE = 3  # uploads of one person
IN_LINE = 16  # files that are being looked at, or wait for it


@dataclass(frozen=True)
class Received:
    """What came in: a file that lies among the incoming ones, and the name its sender gave it."""

    path: Path
    name: str | None


class Intake:
    """Takes files in: a few of one person at once, looked at one after the other on a thread of their own."""

    def __init__(self, files: Files, rules: Rules) -> None:
        self.files, self.rules = files, rules
        self._line = SlowLine(IN_LINE)
        self._under_way: Counter[str] = Counter()

    @contextmanager
    def place(self, person: str) -> Iterator[None]:
        """Raises TooMany."""
        if self._under_way[person] >= AT_ONCE:
            raise TooMany("One file after the other, please.", retry_after=1)
        self._under_way[person] += 1
        try:
            yield
        finally:
            self._under_way[person] -= 1
            if not self._under_way[person]:
                del self._under_way[person]

    async def receive(self, part: BodyPartReader) -> Received:
        """Writes what arrives to the disk and counts it on the way. Raises TooLarge, BadShape or Invalid."""
        path, file = await asyncio.to_thread(self.files.incoming)
        try:
            with file:
                size = 0
                while block := await _in_time(part.read_chunk(BLOCK)):
                    size += len(block)
                    if size > self.rules.size:
                        raise self.too_large()
                    await asyncio.to_thread(file.write, block)
            if not size:
                raise Invalid("The file is empty.", code="empty_file")
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return Received(path, part.filename)

    def too_large(self) -> TooLarge:
        return TooLarge(f"A file may have {self.rules.size // 1_000_000} MB.")

    async def keep(self, received: Received) -> StoredFile:
        """Raises WrongType or Invalid."""
        try:
            return await self._line.run(self.files.keep, received.path, received.name, self.rules)
        finally:
            received.path.unlink(missing_ok=True)


async def _in_time(block: Awaitable[bytes]) -> bytes:
    async with asyncio.timeout(QUIET_SECONDS):
        return await block
