"""What a fit leaves behind: an unchanging matcher of a set of articles, as one value and as bytes (`bots.packing`)."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from bots.calibration import Calibrator
from bots.packing import Packer, Unpacker
from bots.senses import SenseName
from bots.shelf import Shelf
from bots.turn import VERSION, Locale, Mode, WhyOnlySuggest
from bots.usual import Usual, usual_senses


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
        packer = Packer()
        shelves = {locale: _pack(packer, locale, shelf) for locale, shelf in self.shelves.items()}
        return packer.packed({"version": VERSION, "shelves": shelves})

    @classmethod
    def from_bytes(cls, data: bytes) -> Model:
        """Raises ModelError."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
                unpacker = Unpacker(arrays)
                if (of := unpacker.header["version"]) != VERSION:
                    raise ModelError(f"this model is of version {of}, and {VERSION} is needed")
                told = unpacker.header["shelves"]
                return cls({locale: _unpack(unpacker, locale, about) for locale, about in told.items()})
        except ModelError:
            raise
        except Exception as error:
            raise ModelError(f"these bytes are no model: {error}") from error


def _pack(packer: Packer, locale: Locale, shelf: Shelf) -> dict[str, Any]:
    own = {name: sense for name, sense in shelf.senses.items() if not isinstance(sense, Usual)}
    if shelf.usual is not None:
        packer.floats(f"{locale}/usual", shelf.usual)
    return {
        "ids": list(shelf.ids),
        "exact": shelf.exact,
        "reason": shelf.reason,
        "senses": {name: packer.sense(f"{locale}/{name}", sense) for name, sense in own.items()},
        "usual": next((sense.digest for sense in shelf.senses.values() if isinstance(sense, Usual)), None),
        "heads": {view: packer.heads(f"{locale}/{view}", heads) for view, heads in shelf.heads.items()},
        "calibrators": {view: _plain(one) for view, one in shelf.calibrators.items()},
    }


def _unpack(unpacker: Unpacker, locale: Locale, told: Mapping[str, Any]) -> Shelf:
    own = {name: unpacker.sense(f"{locale}/{name}", about) for name, about in told["senses"].items()}
    return Shelf(
        tuple(told["ids"]),
        {key: tuple(numbers) for key, numbers in told["exact"].items()},
        {**own, **_usual(locale, told["usual"])},
        {view: unpacker.heads(f"{locale}/{view}", names) for view, names in told["heads"].items()},
        {view: _calibrator(one) for view, one in told["calibrators"].items()},
        told["reason"],
        unpacker.floats(f"{locale}/usual") if told["usual"] else None,
    )


def _usual(locale: Locale, digest: str | None) -> Mapping[SenseName, Usual]:
    """A model holds no copy of what every FAQ shares."""
    if digest is None:
        return {}
    senses = usual_senses(locale)
    if {sense.digest for sense in senses.values()} != {digest}:
        raise ModelError(f"this model needs what was learned of other usual questions in {locale}")
    return senses


def _plain(calibrator: Calibrator) -> dict[str, Any]:
    return {
        name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in asdict(calibrator).items()
    }


def _calibrator(told: dict[str, Any]) -> Calibrator:
    arrays: dict[str, Any] = {name: np.array(told[name], np.float32) for name in ("weights", "listing_weights")}
    return Calibrator(**told | arrays)
