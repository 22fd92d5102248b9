"""Files in a bucket of storage that speaks S3 (Amazon's, MinIO, Ceph, Garage, and the others' compatible doors)."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog

from chat.errors import SettingsError, Unavailable
from chat.files.disk import AT_ONCE, BLOCK, Content

log = structlog.get_logger()

ANSWER = timedelta(seconds=10)  # for one request
TRIES = timedelta(seconds=20)  # for all tries of it


@dataclass(frozen=True)
class Place:
    """Where the bucket is. Without a key, obstore looks where Amazon's own tools do (AWS_ACCESS_KEY_ID, a role)."""

    bucket: str
    prefix: str | None = None
    endpoint: str | None = None  # None: Amazon
    region: str | None = None
    key_id: str | None = None
    secret: str | None = field(default=None, repr=False)


class Bucket:
    def __init__(self, place: Place) -> None:
        """Raises SettingsError when the library is not installed."""
        try:
            import obstore  # only who has a bucket carries it: 16 MB
            from obstore.store import S3Store
        except ImportError:
            raise SettingsError(
                "NIGHTDESK_S3_BUCKET needs a library: pip install obstore, or nightdesk[s3] instead of nightdesk."
            ) from None
        given: dict[str, Any] = {
            "endpoint": place.endpoint,
            "region": place.region or "us-east-1",
            "access_key_id": place.key_id,
            "secret_access_key": place.secret,
        }
        self._s3: Any = obstore
        self.failures = 0
        self._store = S3Store(
            place.bucket,
            prefix=place.prefix,
            client_options={"allow_http": True, "timeout": ANSWER},
            retry_config={"max_retries": 3, "retry_timeout": TRIES},
            config={name: value for name, value in given.items() if value is not None},  # type: ignore[arg-type]
        )

    def put(self, written: Path, path: str) -> None:
        """Takes a copy; it is there whole or not at all."""
        with self._answering("taken"):
            self._s3.put(self._store, path, written)

    def open(self, path: str, part: tuple[int, int] | None = None) -> Content | None:
        with self._answering("given"):
            try:
                found = self._s3.get(self._store, path, options={"range": part} if part else None)
            except FileNotFoundError:
                return None
        first, end = found.range
        return Content(end - first, self._blocks(found))

    def _blocks(self, found: Any) -> Iterator[bytes]:
        with self._answering("given"):
            yield from map(bytes, found.stream(min_chunk_size=BLOCK))

    def remove(self, paths: list[str]) -> None:
        with self._answering("removed"):
            if paths:
                self._s3.delete(self._store, paths)

    def old(self, before: float) -> Iterator[list[str]]:
        with self._answering("listed"):
            for batch in self._s3.list(self._store, chunk_size=AT_ONCE):
                yield [found["path"] for found in batch if found["last_modified"].timestamp() < before]

    def try_out(self) -> None:
        """It takes a file, gives it and forgets it. Raises Unavailable."""
        path, asked = f"trial/{secrets.token_hex(8)}", b"is anybody there?"
        with self._answering("tried"):
            self._s3.put(self._store, path, asked)
            given = bytes(self._s3.get(self._store, path).bytes())
            self._s3.delete(self._store, [path])
        if given != asked:
            raise Unavailable("The storage of files does not give what it has taken.", retry_after=5)

    @contextmanager
    def _answering(self, what: str) -> Iterator[None]:
        try:
            yield
        except (self._s3.exceptions.BaseError, OSError) as error:
            # Never the whole of it: it quotes what was asked, with the name of a customer's file in it.
            self.failures += 1
            log.error("the bucket failed", to_be=what, error=type(error).__name__)
            raise Unavailable("The storage of files does not answer. Try again in a moment.", retry_after=5) from error
