"""A bot that answers customers from articles and knows when to step aside.

The contract is one function: `Bot(articles).reply(turn) -> Decision`. A `Turn` holds everything the bot may
know, so the same turn always gets the same decision; the bot keeps no state, reads no clock, does no I/O and
never raises on what a customer typed. A decision says what to do and never how: who carries it out looks the
article up by its id and words the lines behind the codes in the customer's language.

- `Answer`: the bot is sure; send this article.
- `Suggest`: the bot is not sure; offer one to three articles to choose from.
- `Ask`: say the line behind `text_code` and wait for the next message.
- `TakeMessage`: the desk is closed and a person is needed; ask for a message and a way to reply.
- `CallAgent`: the desk is open and a person is needed; put the customer in line.

The package uses its own libraries and nothing of the server's.
"""

from bots.bot import Bot
from bots.turn import Answer, Article, Ask, CallAgent, Decision, Suggest, TakeMessage, Turn

__all__ = ["Answer", "Article", "Ask", "Bot", "CallAgent", "Decision", "Suggest", "TakeMessage", "Turn"]
