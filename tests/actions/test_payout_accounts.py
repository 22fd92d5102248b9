"""Where money goes: sealed in the database, masked on every screen, opened for who pays, and that is written down."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chat.actions import setup
from chat.errors import IllegalMove, Invalid, NotFound, SettingsError, Unavailable
from chat.store import Clock, Keys, Store, Tx
from tests.actions.conftest import Desk
from tests.actions.test_refunds import approved, ask, decide, pay

ACCOUNT = "6222021234567890123"
BANK = {"way": "bank", "account": ACCOUNT, "holder": "王小明"}


def everything(desk: Desk) -> str:
    tables = ("refund", "receipt", "ticketevent", "audit", "message", "job", "ticket", "payout")
    return json.dumps([desk.rows(f"SELECT * FROM {table}") for table in tables], ensure_ascii=False, default=str)


def opened(desk: Desk, who: Any, refund: Any) -> Any:
    return desk.do(who, "payout_account", refund_id=refund["id"])


def test_an_account_is_nowhere_to_be_read(desk: Desk) -> None:
    refund = approved(desk, payout=BANK)
    assert refund["payout"] == {"way": "bank", "masked": "••••0123"}
    pay(desk, desk.mei, refund)
    assert ACCOUNT not in everything(desk)
    assert "王小明" not in everything(desk)
    assert ACCOUNT not in json.dumps([event.value for event in desk.heard], ensure_ascii=False, default=str)
    (case,) = desk.do(desk.li_na, "my_cases")["cases"]
    assert case["refund"]["payout"] == {"way": "bank", "masked": "••••0123"}


def test_who_pays_opens_it_and_that_is_written_down(desk: Desk) -> None:
    refund = approved(desk, payout=BANK)
    assert opened(desk, desk.mei, refund) == BANK
    (look,) = desk.rows("SELECT actor_id, subject_id, data FROM audit WHERE what = 'payout_account_seen'")
    assert (look["actor_id"], look["subject_id"], look["data"]) == (desk.mei.id, refund["id"], None)


def test_nobody_else_opens_it_and_not_before_or_after(desk: Desk) -> None:
    refund = ask(desk, desk.ticket(desk.mei, desk.li_na), payout=BANK)
    with pytest.raises(IllegalMove):
        opened(desk, desk.mei, refund)
    decide(desk, desk.david, refund, "review")
    decide(desk, desk.david, refund, "approve")
    with pytest.raises(NotFound):
        opened(desk, desk.peter, refund)  # of another site
    assert opened(desk, desk.lin, refund)["account"] == ACCOUNT
    pay(desk, desk.mei, refund)
    with pytest.raises(IllegalMove):
        opened(desk, desk.mei, refund)


@pytest.mark.parametrize(
    ("to", "masked"),
    [
        ({"way": "alipay", "account": "lina@mail.example"}, "l••••@mail.example"),
        ({"way": "wechat", "account": "13800138000"}, "••••8000"),
        ({"way": "wechat", "account": "abc"}, "••••c"),
        ({"way": "original"}, None),
    ],
)
def test_its_owner_knows_it_again(desk: Desk, to: Any, masked: str | None) -> None:
    assert ask(desk, desk.ticket(desk.mei, desk.li_na), payout=to)["payout"].get("masked") == masked


@pytest.mark.parametrize(
    "to", [{"way": "bank"}, {"way": "original", "account": "1"}, {"way": "original", "holder": "x"}]
)
def test_an_account_that_is_missing_or_needless_is_refused(desk: Desk, to: Any) -> None:
    with pytest.raises(Invalid):
        ask(desk, desk.ticket(desk.mei, desk.li_na), payout=to)


def test_what_was_sealed_for_one_refund_opens_for_no_other(desk: Desk) -> None:
    one, two = approved(desk, payout=BANK, lines=[1], amount=100), approved(desk, payout=BANK, lines=[2], amount=100)
    sealed = desk.rows("SELECT id, payout_account FROM refund ORDER BY id")
    assert len({row["payout_account"] for row in sealed}) == 2
    mine = next(row["payout_account"] for row in sealed if row["id"] == one["id"])
    desk.change("UPDATE refund SET payout_account = :mine WHERE id = :id", mine=mine, id=two["id"])
    assert opened(desk, desk.mei, one) == BANK
    with pytest.raises(Unavailable):
        opened(desk, desk.mei, two)


def with_key(desk: Desk, secret: str) -> None:
    """What a process does at its start."""

    async def start(_store: Store) -> None:
        other = Store(desk.where, Clock(lambda: desk.now, keys=Keys(secret)))
        try:
            await other.read(setup.check_key)
        finally:
            other.close()

    desk.run(start)


def test_a_server_with_another_key_does_not_start(desk: Desk) -> None:
    with_key(desk, "another key, as long as it has to be")  # nothing is sealed yet, so nothing is lost
    ask(desk, desk.ticket(desk.mei, desk.li_na), payout=BANK)
    with_key(desk, "the key of the tests, long enough")
    with pytest.raises(SettingsError, match=r"Put back the file secret\.key"):
        with_key(desk, "another key, as long as it has to be")


def test_a_server_with_another_key_that_runs_already_seals_nothing(desk: Desk) -> None:
    def know_another(tx: Tx, now: object) -> None:
        tx.change("INSERT INTO meta (key, value) VALUES ('sealed_by', 'another')")

    ticket = desk.ticket(desk.mei, desk.li_na)
    desk.write(know_another)
    with pytest.raises(Unavailable):
        ask(desk, ticket, payout=BANK)
    assert ask(desk, ticket, payout={"way": "original"})["payout"] == {"way": "original"}
