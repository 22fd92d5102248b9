"""Where the money of a refund goes: sealed as it is stored, masked wherever it is shown, opened for who pays."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from chat import wire
from chat.actions import access, audit
from chat.actions.access import Who
from chat.domain.privacy import HIDDEN, masked_number
from chat.domain.refunds import RefundState
from chat.errors import IllegalMove, Invalid, Unavailable
from chat.store import Tx
from chat.store.queries import people
from chat.store.tx import Row

TO_BE_PAID = frozenset({RefundState.APPROVED, RefundState.PAYING, RefundState.FAILED})


def columns(tx: Tx, refund_id: str, to: wire.PayoutTo | None) -> dict[str, Any]:
    """The columns of a refund. Raises Invalid where a way needs an account, or has none."""
    if to is None:
        return {}
    if to.way == "original":
        if to.account or to.holder:
            raise Invalid("Money that goes back the way it came needs no account.")
        return {"payout": to.way}
    if not to.account:
        raise Invalid("Say which account the money should go to.")
    if not people.know_key(tx, tx.keys.check_value()):
        raise Unavailable("This server has another key than the others, so it stores no payout accounts.")
    account = json.dumps({"account": to.account, "holder": to.holder}, ensure_ascii=False)
    return {
        "payout": to.way,
        "payout_account": tx.keys.seal(account, of=refund_id),
        "payout_masked": masked(to.account),
    }


def masked(account: str) -> str:
    """Enough for its owner to know it again."""
    name, at, domain = account.partition("@")
    return f"{name[:1]}{HIDDEN}@{domain}" if at and domain else masked_number(account)


def opened(tx: Tx, refund: Row) -> wire.PayoutAccount:
    """For who pays. What it gives goes into no log, event, mail or job."""
    if refund["payout_account"] is None:
        return wire.PayoutAccount(way=refund["payout"] or "original")
    told = json.loads(tx.keys.open(refund["payout_account"], of=refund["id"]))
    return wire.PayoutAccount(way=refund["payout"], **told)


def payout_account(tx: Tx, who: Who, command: wire.OfRefund, now: datetime) -> wire.PayoutAccount:
    """The look leaves a trace; before a refund is approved, and once it is paid, nobody needs it."""
    refund = access.refund_for(tx, who, command.refund_id)
    if refund["state"] not in TO_BE_PAID:
        raise IllegalMove("The account is shown to who pays, once the refund is approved and until it is paid.")
    audit.record(tx, who, now, "payout_account_seen", "refund", refund["id"])
    return opened(tx, refund)
