"""Grams as vectors: weighted by how few lines share them, folded into a fixed number of columns.

The columns are a count sketch (Charikar, Chen, Farach-Colton 2002): each gram adds its weight to the column its hash
points at, with a sign its hash gives too. Inner products survive that nearly, and a model needs no table of grams by
column, so a thousand articles stay a few megabytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bots.arrays import Floats, Hashes, Ints
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
        if not len(self.hashes) or not any(len(line.hashes) for line in lines):
            return rows
        every = _Together.of(lines)
        places = np.searchsorted(self.hashes, every.hashes)
        places[places == len(self.hashes)] = 0
        is_known = self.hashes[places] == every.hashes
        weights = every.counts * np.where(is_known, self.rarities[places], np.float32(self.unknown))
        # Letters within words outnumber the words five to one, so the families are brought to the same length.
        weights = _unit(_unit(weights, every.families), every.lines)[is_known]
        mixed = every.hashes[is_known] * _MIX
        signed = weights * np.where(mixed >> np.uint32(31), np.float32(1), np.float32(-1))
        np.add.at(rows, (every.lines[is_known], (mixed >> np.uint32(8)) % np.uint32(self.columns)), signed)
        return rows


@dataclass(frozen=True)
class _Together:
    """The grams of several lines one after the other, with the numbers of their lines and of the families in these."""

    hashes: Hashes
    counts: Floats
    lines: Ints
    families: Ints

    @classmethod
    def of(cls, lines: Sequence[Grams]) -> _Together:
        numbers = np.repeat(np.arange(len(lines), dtype=np.int32), [len(line.hashes) for line in lines])
        families = numbers * np.int32(len(FAMILIES)) + np.concatenate([line.families for line in lines])
        hashes = np.concatenate([line.hashes for line in lines])
        return cls(hashes, np.concatenate([line.counts for line in lines]), numbers, families)


def _unit(weights: Floats, groups: Ints) -> Floats:
    """Each group at length one."""
    lengths = np.sqrt(np.bincount(groups, weights * weights))
    unit: Floats = (weights / np.maximum(lengths, 1e-9)[groups]).astype(np.float32)
    return unit
