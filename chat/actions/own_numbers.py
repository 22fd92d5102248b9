"""The numbers of a customer's own orders and transactions, which look like card numbers by chance now and then.

What people write is masked where it comes in, before anybody can look whose number it is. Where four last digits are
all that is left and exactly one number of the customer's own would look so, that number takes their place again: never
what was typed, so nothing of a card comes back.
"""

from __future__ import annotations

import re

from chat import wire
from chat.domain.privacy import HIDDEN, masked_number, without_numbers
from chat.store import Tx
from chat.store.queries import orders
from chat.store.tx import Row

NEWEST = 200  # of each that are looked at
_MASKED = re.compile(rf"{HIDDEN}\d{{4}}(?!\d)")


def shown(tx: Tx, customer_id: str, site_id: str, text: str) -> str:
    """Only of customers whom the site has signed."""
    if HIDDEN not in text:  # almost every text
        return text
    own: dict[str, str] = {}
    for number in orders.own_numbers(tx, customer_id, site_id, NEWEST):
        if (masked := without_numbers(number)) == masked_number(number):
            own[masked] = "" if masked in own else number  # which of two is meant nobody knows
    return _MASKED.sub(lambda found: own.get(found[0]) or found[0], text)


def in_form(tx: Tx, customer_id: str, site_id: str, form: dict[str, str]) -> dict[str, str]:
    return {name: shown(tx, customer_id, site_id, value) for name, value in form.items()}


def in_say(tx: Tx, row: Row, command: wire.Say) -> wire.Say:
    """What is said in a conversation, by whomever, with its customer's numbers."""
    if HIDDEN not in command.body:
        return command
    return command.model_copy(update={"body": shown(tx, row["customer_id"], row["site_id"], command.body)})
