"""Senses and heads as bytes: numpy's npz format, with a JSON header among the arrays; nothing in it is ever executed.

Numbers are kept in two bytes: half, and no figure moves.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bots.arrays import Floats
from bots.heads import Head
from bots.senses import Letters, Meaning, Sense, SenseName
from bots.spelling import Spelling

_HEADER = "header"


class Packer:
    """`sense` and `heads` take a value in, under a path, and give what `Unpacker` must be told of it."""

    def __init__(self) -> None:
        self._arrays: dict[str, Any] = {}

    def sense(self, path: str, sense: Sense) -> dict[str, Any]:
        if isinstance(sense, Meaning):
            self._arrays |= {
                f"{path}/middle": sense.middle,
                f"{path}/spread": sense.spread,
                f"{path}/landmarks": sense.landmarks.astype(np.float16),
            }
            return {}
        assert isinstance(sense, Letters)
        spelling = sense.spelling
        self._arrays |= {f"{path}/hashes": spelling.hashes, f"{path}/rarities": spelling.rarities.astype(np.float16)}
        return {"unknown": spelling.unknown, "columns": spelling.columns, "of_sound": sense.of_sound}

    def heads(self, path: str, heads: Mapping[SenseName, Head]) -> list[str]:
        for name, head in heads.items():
            self._arrays |= {
                f"{path}/{name}/weights": head.weights.astype(np.float16),
                f"{path}/{name}/bias": head.bias,
            }
        return list(heads)

    def floats(self, path: str, floats: Floats) -> None:
        self._arrays[path] = floats.astype(np.float16)

    def packed(self, header: Mapping[str, Any]) -> bytes:
        file = io.BytesIO()
        arrays: dict[str, Any] = {_HEADER: np.frombuffer(json.dumps(header).encode(), np.uint8), **self._arrays}
        np.savez(file, **arrays)
        return file.getvalue()


class Unpacker:
    """Whatever is wrong with the bytes raises one of many errors."""

    def __init__(self, arrays: Mapping[str, Any]) -> None:
        self._arrays = arrays
        self.header: dict[str, Any] = json.loads(arrays[_HEADER].tobytes())

    def sense(self, path: str, told: Mapping[str, Any]) -> Sense:
        if not told:
            return Meaning(*(self.floats(f"{path}/{name}") for name in ("middle", "spread", "landmarks")))
        hashes, rarities = self._arrays[f"{path}/hashes"], self.floats(f"{path}/rarities")
        return Letters(Spelling(hashes, rarities, told["unknown"], told["columns"]), told["of_sound"])

    def heads(self, path: str, names: Sequence[SenseName]) -> dict[SenseName, Head]:
        return {name: Head(self.floats(f"{path}/{name}/weights"), self.floats(f"{path}/{name}/bias")) for name in names}

    def floats(self, name: str) -> Floats:
        floats: Floats = self._arrays[name].astype(np.float32)
        return floats
