"""A bot that answers customers from articles and knows when to step aside.

The contract is two functions: `fit(articles) -> Model`, run once for a set of articles, and
`Bot(model).reply(turn) -> Decision`. A `Turn` holds everything the bot may
know, so the same turn always gets the same decision; the bot keeps no state, reads no clock, does no I/O and
never raises on what a customer typed. A decision says what to do and never how: who carries it out looks the
article up by its id and words the lines behind the codes in the customer's language.

- `Answer`: the bot is sure; send this article.
- `Suggest`: the bot is not sure; offer one to three articles to choose from.
- `Ask`: say the line behind `text_code` and wait for the next message.
- `SmallTalk`: say its sentence; what was written is no question, and no miss.
- `TakeMessage`: the desk is closed and a person is needed; ask for a message and a way to reply.
- `CallAgent`: the desk is open and a person is needed; put the customer in line.

The package uses its own libraries and nothing of the server's.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from bots.shipped import algorithm
from bots.turn import (
    VERSION,
    Answer,
    Article,
    Ask,
    CallAgent,
    Decision,
    Ranked,
    Ranking,
    SmallTalk,
    Suggest,
    TakeMessage,
    Turn,
)

if TYPE_CHECKING:
    from bots.bot import Bot
    from bots.encoder import Encoder, shared_encoder
    from bots.fitting import fit
    from bots.model import Model, ModelError

__all__ = [
    "VERSION",
    "Answer",
    "Article",
    "Ask",
    "Bot",
    "CallAgent",
    "Decision",
    "Encoder",
    "Model",
    "ModelError",
    "Ranked",
    "Ranking",
    "SmallTalk",
    "Suggest",
    "TakeMessage",
    "Turn",
    "algorithm",
    "fit",
    "shared_encoder",
]

# Whoever only reads articles or decisions pays for no numpy; a server whose bot is off does neither.
_HEAVY = {
    "Bot": "bots.bot",
    "Encoder": "bots.encoder",
    "Model": "bots.model",
    "ModelError": "bots.model",
    "fit": "bots.fitting",
    "shared_encoder": "bots.encoder",
}


def __getattr__(name: str) -> Any:
    if name not in _HEAVY:
        raise AttributeError(f"module 'bots' has no attribute {name!r}")
    return getattr(import_module(_HEAVY[name]), name)
