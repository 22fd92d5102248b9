"""Grams as vectors: weighted by how few lines share them, folded into a fixed number of columns.

The columns are a count sketch (Charikar, Chen, Farach-Colton 2002): each gram adds its weight to the column its hash
points at, with a sign its hash gives too. Inner products survive that nearly, and a model needs no table of grams by
column, so a thousand articles stay a few megabytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bots.arrays import Floats, Hashes
from bots.grams import FAMILIES, Grams

_MIX = np.uint32(2_654_435_761)  # Knuth's multiplier: bits of a CRC of short texts are not independent enough


@dataclass(frozen=True)
class Spelling:
    hashes: Hashes  # known grams, ascending
    rarities: Floats  # their weights, inverse document frequencies
    unknown: float  # the weight of a gram no line has
    columns: int

    @classmethod
    def of(cls, lines: Sequence[Grams], columns: int) -> Spelling:
        every = np.concatenate([line.hashes for line in lines]) if lines else np.zeros(0, np.uint32)
        hashes, sharers = np.unique(every, return_counts=True)
        rarities = 1 + np.log((1 + len(lines)) / (1 + sharers))
        return cls(hashes, rarities.astype(np.float32), 1 + float(np.log((1 + len(lines)) / 2)), columns)

    def rows(self, lines: Sequence[Grams]) -> Floats:
        """A row for each line, as long as the share of the line that its known grams make up, 0 to 1."""
        rows = np.zeros((len(lines), self.columns), np.float32)
        for number, line in enumerate(lines):
            if len(line.hashes) and len(self.hashes):
                rows[number] = self._row(line)
        return rows

    def _row(self, line: Grams) -> Floats:
        places = np.searchsorted(self.hashes, line.hashes)
        places[places == len(self.hashes)] = 0
        is_known = self.hashes[places] == line.hashes
        weights = line.counts * np.where(is_known, self.rarities[places], np.float32(self.unknown))
        # Letters within words outnumber the words five to one, so the families are brought to the same length.
        for number in FAMILIES:
            family = line.families == number
            weights[family] /= max(float(np.linalg.norm(weights[family])), 1e-9)
        weights = weights[is_known] / max(float(np.linalg.norm(weights)), 1e-9)
        mixed = line.hashes[is_known] * _MIX
        signed = weights * np.where(mixed >> np.uint32(31), np.float32(1), np.float32(-1))
        row = np.bincount((mixed >> np.uint32(8)) % np.uint32(self.columns), signed, self.columns)
        return row.astype(np.float32)
