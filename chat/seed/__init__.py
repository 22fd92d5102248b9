"""Believable demo data: a shop and a wallet that share their agents.

What people are called, bought and said stands in `demo/*.json`. Conversations and tickets of the past are made by
the very actions that make them every day, at the time they happened, so they cannot differ from real ones.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text
from sqlmodel import select

from chat.actions import tickets
from chat.seed import desk
from chat.seed.desk import PASSWORD
from chat.seed.past import Past
from chat.store import Tx
from chat.store.apart import apart
from chat.store.migrations import migrating
from chat.store.tables import Site

__all__ = ["PASSWORD", "seed_apart", "seed_demo"]


def seed_apart(where: Path | str, now: datetime, bot: tuple[float, float] | None) -> None:
    """As `seed_demo`, with the search's index and a model for the bot, in a process of its own: one that serves would
    not give back the 15 MB that it takes. `bot` says of what quality: target and unanswerable.
    """
    with migrating(where) as connection:
        is_fresh = connection.scalar(text("SELECT 1 FROM site LIMIT 1")) is None
    if is_fresh:
        and_bot = ", and its bot is trained, which takes up to a minute" if bot else ""
        print(f"The demo data is made{and_bot}. This is done once.", file=sys.stderr, flush=True)
        apart("chat.seed", where, now.isoformat(), *map(str, bot or ()))


def seed_demo(tx: Tx, now: datetime) -> None:
    """Fills a fresh database; one that has a site already is left alone."""
    if tx.session.exec(select(Site)).first() is not None:
        return
    from chat.seed import knowledge, nights, purchases, stories  # only who seeds tells stories

    tx.desk_offset = timedelta(0)  # the past was lived by the real clock
    past = Past(tx, now)
    desk.add(past)
    knowledge.add_articles(past)
    knowledge.add_policies(past)
    knowledge.add_canned_replies(past)
    purchases.add_customers(past)
    purchases.add_orders(past)
    purchases.add_transfers(past)
    stories.play(past)
    nights.play(past)
    tickets.close_solved(tx, now)  # those of long ago have closed by themselves since
    tx.events.clear()  # nobody listened then
    tx.change("DELETE FROM job WHERE kind IN ('case_mail', 'bot_turn')")  # and what went out then need not again
    tx.change("UPDATE ticket SET mailed_event = last_event")
