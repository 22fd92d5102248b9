"""What a fit leaves behind: an unchanging matcher of a set of articles, as one value and as bytes.

The bytes are numpy's npz format, with a JSON header among the arrays; nothing in them is ever executed.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from bots.arrays import Floats
from bots.calibration import Calibrator
from bots.heads import Head
from bots.shelf import Letters, Meaning, SenseName, Shelf
from bots.spelling import Spelling
from bots.turn import VERSION, Locale, Mode, WhyOnlySuggest

_HEADER = "header"


class ModelError(ValueError):
    """Bytes that are no model, or one of another version: fit anew."""


@dataclass(frozen=True)
class Model:
    shelves: Mapping[Locale, Shelf]

    @property
    def mode(self) -> Mode:
        """Whether it may answer in any language; `shelves` say it of each."""
        return "full" if any(shelf.mode == "full" for shelf in self.shelves.values()) else "suggest_only"

    @property
    def reason(self) -> WhyOnlySuggest | None:
        if self.mode == "full":
            return None
        return next((shelf.reason for shelf in self.shelves.values() if shelf.reason), "few_articles")

    def report(self) -> dict[str, Any]:
        """What an operator wants to know of it, by locale where it differs; shares and confidences from 0 to 1."""
        sure = {locale: shelf.main_calibrator for locale, shelf in self.shelves.items()}
        return {
            "mode": self.mode,
            "reason": self.reason,
            "articles": {locale: len(shelf.ids) for locale, shelf in self.shelves.items()},
            "phrasings": {locale: sum(map(len, shelf.exact.values())) for locale, shelf in self.shelves.items()},
            "answer_at": {locale: one.answer_at for locale, one in sure.items()},
            "suggest_at": {locale: one.suggest_at for locale, one in sure.items()},
            "expected_precision": {locale: one.precision for locale, one in sure.items()},
            "expected_coverage": {locale: one.coverage for locale, one in sure.items()},
        }

    def to_bytes(self) -> bytes:
        writer = _Writer()
        shelves = {locale: writer.shelf(locale, shelf) for locale, shelf in self.shelves.items()}
        header = json.dumps({"version": VERSION, "shelves": shelves}).encode()
        file = io.BytesIO()
        writer.arrays[_HEADER] = np.frombuffer(header, np.uint8)
        np.savez(file, **writer.arrays)
        return file.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Model:
        """Raises ModelError."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                header = json.loads(arrays[_HEADER].tobytes())
                if header["version"] != VERSION:
                    raise ModelError(f"this model is of version {header['version']}, and {VERSION} is needed")
                reader = _Reader(arrays)
                return cls({locale: reader.shelf(locale, told) for locale, told in header["shelves"].items()})
        except ModelError:
            raise
        except Exception as error:
            raise ModelError(f"these bytes are no model: {error}") from error


class _Writer:
    """Numbers are kept in two bytes: half, and no figure moves."""

    def __init__(self) -> None:
        self.arrays: dict[str, Any] = {}

    def shelf(self, locale: str, shelf: Shelf) -> dict[str, Any]:
        return {
            "ids": list(shelf.ids),
            "exact": shelf.exact,
            "reason": shelf.reason,
            "senses": {name: self._sense(f"{locale}/{name}", sense) for name, sense in shelf.senses.items()},
            "heads": {view: self._heads(f"{locale}/{view}", heads) for view, heads in shelf.heads.items()},
            "calibrators": {view: self._calibrator(one) for view, one in shelf.calibrators.items()},
        }

    def _sense(self, path: str, sense: Meaning | Letters) -> dict[str, Any]:
        if isinstance(sense, Meaning):
            self.arrays |= {
                f"{path}/middle": sense.middle,
                f"{path}/spread": sense.spread,
                f"{path}/landmarks": sense.landmarks.astype(np.float16),
            }
            return {}
        spelling = sense.spelling
        self.arrays |= {f"{path}/hashes": spelling.hashes, f"{path}/rarities": spelling.rarities.astype(np.float16)}
        return {"unknown": spelling.unknown, "columns": spelling.columns, "of_sound": sense.of_sound}

    def _heads(self, path: str, heads: Mapping[SenseName, Head]) -> list[str]:
        for name, head in heads.items():
            self.arrays |= {f"{path}/{name}/weights": head.weights.astype(np.float16), f"{path}/{name}/bias": head.bias}
        return list(heads)

    def _calibrator(self, calibrator: Calibrator) -> dict[str, Any]:
        return {
            name: value.tolist() if isinstance(value, np.ndarray) else value
            for name, value in asdict(calibrator).items()
        }


class _Reader:
    def __init__(self, arrays: Mapping[str, Any]) -> None:
        self._arrays = arrays

    def shelf(self, locale: str, told: dict[str, Any]) -> Shelf:
        return Shelf(
            tuple(told["ids"]),
            {key: tuple(numbers) for key, numbers in told["exact"].items()},
            {name: self._sense(f"{locale}/{name}", about) for name, about in told["senses"].items()},
            {view: self._heads(f"{locale}/{view}", names) for view, names in told["heads"].items()},
            {view: self._calibrator(one) for view, one in told["calibrators"].items()},
            told["reason"],
        )

    def _sense(self, path: str, told: dict[str, Any]) -> Meaning | Letters:
        if not told:
            return Meaning(*(self._floats(f"{path}/{name}") for name in ("middle", "spread", "landmarks")))
        hashes, rarities = self._arrays[f"{path}/hashes"], self._floats(f"{path}/rarities")
        return Letters(Spelling(hashes, rarities, told["unknown"], told["columns"]), told["of_sound"])

    def _heads(self, path: str, names: Sequence[SenseName]) -> dict[SenseName, Head]:
        return {
            name: Head(self._floats(f"{path}/{name}/weights"), self._floats(f"{path}/{name}/bias")) for name in names
        }

    def _floats(self, name: str) -> Floats:
        floats: Floats = self._arrays[name].astype(np.float32)
        return floats

    def _calibrator(self, told: dict[str, Any]) -> Calibrator:
        arrays: dict[str, Any] = {name: np.array(told[name], np.float32) for name in ("weights", "listing_weights")}
        return Calibrator(**told | arrays)
