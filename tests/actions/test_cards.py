"""Cards that an agent sends: articles in force at the site, and the wish to be rated."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from chat.actions.cards import summary
from chat.errors import BadShape, Conflict, Forbidden, NotFound
from tests.actions.conftest import Desk
from tests.actions.test_articles import publish, write


@pytest.fixture
def talk(desk: Desk) -> str:
    here = desk.conversation(desk.li_na, "退款多久到账？")
    desk.do(desk.mei, "pick", conversation_id=here)
    return here


def send(desk: Desk, who: Any, here: str, slug: str, **more: Any) -> Any:
    return desk.do(who, "send_article", conversation_id=here, client_id=str(uuid4()), slug=slug, **more)


def ask(desk: Desk, here: str) -> Any:
    return desk.do(desk.mei, "ask_rating", conversation_id=here, client_id=str(uuid4()))


def test_an_article_is_chosen_among_those_in_force_and_sent_with_what_it_says(desk: Desk, talk: str) -> None:
    publish(desk, write(desk, answer="## 费用\n**免费**，见[说明](/help)。"))
    listed = desk.do(desk.mei, "card_articles", conversation_id=talk)["results"]
    assert "fees" in [one["slug"] for one in listed]
    send(desk, desk.mei, talk, "fees")
    card = desk.log(desk.li_na, talk)[-1]
    assert (card["kind"], card["author"]["kind"]) == ("card", "agent")
    assert card["body"] == card["data"]["title"]
    assert (card["data"]["summary"], card["data"]["path"]) == ("费用 免费，见说明。", "/help/shop/zh-CN/fees")


def test_what_is_not_in_force_and_what_is_no_article_is_not_sent(desk: Desk, talk: str) -> None:
    write(desk, slug="draft-only")
    publish(desk, write(desk, slug="of-the-wallet"))
    desk.change("UPDATE article SET sites = '[\"wallet\"]' WHERE slug = 'of-the-wallet'")
    before = desk.log(desk.li_na, talk)
    for slug in ("draft-only", "of-the-wallet", "nothing"):
        with pytest.raises(NotFound):
            send(desk, desk.mei, talk, slug)
    with pytest.raises(BadShape):
        send(desk, desk.mei, talk, "https://bad.example")
    with pytest.raises(BadShape):
        send(desk, desk.mei, talk, "fees", path="https://bad.example")
    assert desk.log(desk.li_na, talk) == before


def test_a_colleague_sends_no_cards_into_it(desk: Desk, talk: str) -> None:
    publish(desk, write(desk))
    with pytest.raises((Forbidden, Conflict)):
        send(desk, desk.david, talk, "fees")


def test_the_customer_rates_it_when_they_are_asked_and_not_before(desk: Desk, talk: str) -> None:
    with pytest.raises(Conflict) as early:
        desk.do(desk.li_na, "rate", conversation_id=talk, score=5)
    assert early.value.code == "not_closed"
    ask(desk, talk)
    card = desk.log(desk.li_na, talk)[-1]
    assert card["data"] == {"card": "rating", "code": "rating_asked", "values": {}}
    [listed] = desk.do(desk.mei, "sync")["desk"]["mine"]
    assert listed["preview"] == "退款多久到账？"  # a card without words is none
    rated = desk.do(desk.li_na, "rate", conversation_id=talk, score=5)["conversation"]
    assert (rated["score"], rated["status"]) == (5, "active")
    with pytest.raises(Conflict) as again:
        ask(desk, talk)
    assert again.value.code == "already_asked"


@pytest.mark.parametrize(
    ("markdown", "text"),
    [("短", "短"), ("# 题\n- 一\n- 二", "题 一 二"), ("字" * 200, "字" * 139 + "…"), ("![图](x.png) 说明", "图 说明")],
)
def test_a_summary_is_how_it_begins_without_marks(markdown: str, text: str) -> None:
    assert summary(markdown) == text
