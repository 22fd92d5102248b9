"""Fits a model in a process of its own, so that the one that serves neither stalls nor grows.

Reads a JSON line for each article (the fields of `bots.Article`) on standard input. Writes to standard output one line
of JSON, the model's report (`Model.report`, and the `seconds` it took), and after it the model's bytes. With
`--vectors` a file remembers what the encoder made of the lines, for the next time.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from bots.encoder import Encoder, shared_encoder
from bots.fitting import fit
from bots.memory import Remembering
from bots.turn import Article


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bots.train", description=__doc__)
    parser.add_argument("--target", type=float, default=0.95, help="precision wanted of answers (0.95)")
    parser.add_argument("--unanswerable", type=float, default=0.2, help="assumed share of such questions (0.2)")
    parser.add_argument("--vectors", type=Path, help="a file that remembers the lines' vectors from fit to fit")
    options = parser.parse_args(arguments)
    begun = time.monotonic()
    try:
        articles = read_articles(sys.stdin.buffer)
        encoder = _encoder(options.vectors)
        model = fit(articles, target=options.target, unanswerable=options.unanswerable, encoder=encoder)
    except ValueError as error:
        print(f"bots.train: {error}", file=sys.stderr)
        return 2
    if isinstance(encoder, Remembering):
        encoder.save()
    report = model.report() | {"seconds": round(time.monotonic() - begun, 2)}
    sys.stdout.buffer.write(json.dumps(report).encode() + b"\n" + model.to_bytes())
    return 0


def _encoder(vectors: Path | None) -> Encoder | None:
    encoder = shared_encoder()
    return Remembering(encoder, vectors) if encoder and vectors else encoder


def read_articles(lines: Iterable[bytes]) -> list[Article]:
    """Raises ValueError, naming the line."""
    return [_article(line, number) for number, line in enumerate(lines, 1) if line.strip()]


def _article(line: bytes, number: int) -> Article:
    try:
        value = json.loads(line)
        return Article(**value | {"phrasings": tuple(value["phrasings"])})
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"line {number} is no article: {error}") from None


if __name__ == "__main__":
    sys.exit(main())
