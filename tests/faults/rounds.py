"""How long the fault tests go on: each stays within a minute, and `make soak` runs the long versions."""

from __future__ import annotations

import os

SOAK = bool(os.environ.get("NIGHTDESK_TEST_SOAK"))

LONGEST_SECONDS = 3600 if SOAK else 120  # of one test; a minute on a machine that has nothing else to do

# what is repeated -> (in `make test`, in `make soak`)
ROUNDS = {
    "kill -9": (5, 30),
    "SIGTERM": (3, 20),
    "messages through a bad line": (300, 6_000),
    "frames that are none of ours": (200, 2_000),
    "sockets that never join": (200, 900),
    "seconds of a flood": (5, 60),
    "notes": (20, 200),
    "a Postgres that goes away": (1, 5),
}


def rounds(what: str) -> int:
    return ROUNDS[what][SOAK]


SEED = int(
    os.environ.get("NIGHTDESK_TEST_SEED", "1")
)  # of everything that happens by chance; printed when a test fails
