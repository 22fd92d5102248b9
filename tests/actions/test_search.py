"""Agents search in what they may see, and find it as it is now, on either database alike."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chat import wire
from chat.actions import indexing
from chat.actions import search as searching
from chat.actions.access import Who
from chat.commands import COMMANDS, Caller
from chat.domain.search import Word, find, terms
from chat.errors import BadShape, Invalid, NotFound
from chat.store import Tx
from chat.store.queries import search as queries
from chat.store.search_index import Lists, Wanted
from chat.store.tables import new_id, to_millis
from tests.actions.conftest import Desk


def index(desk: Desk) -> None:
    """All that there is to index, as a process does it that has the desk for itself."""
    while part := desk.read(indexing.pending):
        assert desk.write(indexing.put, part)


def messages_in_index(desk: Desk) -> int:
    blocks = desk.rows("SELECT subjects FROM searchblock")
    return sum(any(row["subjects"][at : at + 16]) for row in blocks for at in range(0, len(row["subjects"]), 16))


def found(desk: Desk, who: Who, text: str, **filters: Any) -> list[str]:
    """What is found, the newest first: its kind, and its piece of text with the hits in brackets."""
    return [shown(one) for one in desk.do(who, "search", text=text, **filters)["found"]]


def shown(one: Any) -> str:
    pieces = (f"[{piece['text']}]" if piece["hit"] else piece["text"] for piece in one["pieces"])
    return f"{one['kind']}: {''.join(pieces)}"


def in_index(desk: Desk, word: str) -> int:
    """How many numbers the index itself has for a word, whatever is found of them."""

    def look(tx: Tx, _now: datetime) -> int:
        return len(queries.newest(tx, Wanted([Word(word)], []), queries.NEWEST, 1_000).numbers)

    return desk.read(look)


def test_an_agent_finds_what_was_said_and_where_it_stands(desk: Desk) -> None:
    conversation_id = desk.conversation(desk.li_na, "你好", "我想退款，订单 DD-2026-1127")
    index(desk)
    [one] = desk.do(desk.mei, "search", text="退款")["found"]
    assert (one["kind"], one["conversation_id"], one["title"]) == ("message", conversation_id, "Li Na")
    assert (one["author"]["kind"], one["status"], one["site"]) == ("customer", "waiting", "shop")
    assert [line["body"] for line in desk.log(desk.li_na, conversation_id) if line["seq"] == one["seq"]] == [
        "我想退款，订单 DD-2026-1127"
    ]
    assert shown(one) == "message: 我想[退款]，订单 DD-2026-1127"
    assert found(desk, desk.mei, "dd-2026-1127") == ["message: 我想退款，订单 [DD-2026-1127]"]


def test_whoever_serves_another_site_finds_nothing_of_it(desk: Desk) -> None:
    desk.conversation(desk.li_na, "我想退款")
    desk.ticket(desk.mei, desk.wang_wei)
    desk.conversation(desk.emma, "about 退款")
    index(desk)
    for text in ("退款", "退", "li_na@demo.example", "wang"):
        assert found(desk, desk.peter, text) == (["message: about [退款]"] if text == "退款" else
                                                 ["message: about [退]款"] if text == "退" else [])  # fmt: skip
        assert found(desk, desk.mei, text)
    with pytest.raises(NotFound):
        desk.do(desk.peter, "search", text="退款", site="shop")


def test_who_loses_a_team_finds_nothing_of_its_sites_from_then_on(desk: Desk) -> None:
    desk.conversation(desk.li_na, "我想退款")
    index(desk)
    assert found(desk, desk.mei, "退款")
    desk.change("DELETE FROM teamagent WHERE agent_id = :mei", mei=desk.mei.id)
    assert found(desk, desk.mei, "退款") == []


def test_nobody_but_agents_can_search() -> None:
    """The support centre's search, of what is published, is another command."""
    assert [one.caller for one in COMMANDS if one.action is searching.search] == [Caller.AGENT]


def test_notes_are_found_by_agents_and_reach_no_customer(desk: Desk) -> None:
    conversation_id = desk.conversation(desk.li_na, "你好")
    desk.do(desk.mei, "note", conversation_id=conversation_id, body="此人多次恶意退款")
    index(desk)
    assert found(desk, desk.david, "恶意") == ["note: 此人多次[恶意]退款"]
    assert not any("恶意" in line["body"] for line in desk.log(desk.li_na, conversation_id))


def test_the_name_of_a_file_is_found_and_a_line_of_the_house_is_not(desk: Desk) -> None:
    conversation_id = desk.conversation(desk.li_na, "see this")
    desk.do(desk.mei, "pick", conversation_id=conversation_id)
    data = '{"attachment": {"name": "receipt-0815.pdf"}}'
    desk.change("UPDATE message SET kind = 'file', data = :data WHERE author_kind = 'customer'", data=data)
    index(desk)
    assert found(desk, desk.mei, "receipt") == ["message: see this [receipt]-0815.pdf"]
    assert len(desk.log(desk.li_na, conversation_id)) > messages_in_index(desk) == 1


def test_a_ticket_is_found_by_all_that_stands_in_it(desk: Desk) -> None:
    ticket = desk.ticket(desk.mei, desk.li_na, subject="鞋子开胶")
    desk.do(desk.mei, "note_ticket", ticket_id=ticket["id"], body="仓库说批次有问题")
    desk.do(desk.mei, "link", ticket_id=ticket["id"], kind="order", id=desk.ids["shoes"])
    desk.do(desk.mei, "update_ticket", ticket_id=ticket["id"], tags=["质检"])
    index(desk)
    number = ticket["number"]
    for text in ("开胶", "批次", "20260301000001", "质检", number, number.lower().replace("-", "")):
        [one] = desk.do(desk.david, "search", text=text, kinds=["ticket"])["found"]
        assert (one["ticket_id"], one["number"], one["title"], one["status"]) == (
            ticket["id"], number, "鞋子开胶", "new")  # fmt: skip


def test_a_customer_is_found_by_name_address_or_number_and_opens_in_their_newest_conversation(desk: Desk) -> None:
    conversation_id = desk.conversation(desk.li_na, "你好")
    index(desk)
    for text in ("Li Na", "li_na@demo.example", "demo.exam"):
        people = desk.do(desk.mei, "search", text=text, kinds=["customer"])["found"]
        assert [(one["title"], one["conversation_id"]) for one in people] == [("Li Na", conversation_id)]
    assert desk.do(desk.mei, "search", text="wang wei")["found"] == []  # who never wrote here


def test_what_somebody_left_as_their_contact_is_found_where_they_left_it(desk: Desk) -> None:
    desk.conversation(desk.li_na, "你好")
    wallet = desk.do(desk.emma, "start", topic="refund")["conversation"]["id"]
    # One person across two sites, who left an address at one of them.
    desk.change("UPDATE conversation SET customer_id = :li, contact_phone = '+4915112345678' WHERE id = :id",
                li=desk.li_na.id, id=wallet)  # fmt: skip
    index(desk)
    assert found(desk, desk.peter, "4915112345678", kinds=["customer"])
    assert found(desk, desk.mei, "li na", kinds=["customer"])
    assert found(desk, desk.mei, "4915112345678") == []


def test_an_article_is_found_by_its_texts_and_its_draft_where_it_is_for(desk: Desk) -> None:
    for slug, sites, question in (("fees", [], "手续费是多少？"), ("shop-only", ["shop"], "手续费怎么退？")):
        saved = desk.do(desk.lin, "save_article", slug=slug, locale="zh-CN", category="fees", sites=sites,
                        question=question, answer="见说明。")  # fmt: skip
        desk.do(desk.lin, "publish_article", article_id=saved["article"]["id"], revision=saved["article"]["revision"])
    index(desk)
    assert len(found(desk, desk.mei, "手续费")) == 2
    assert len(found(desk, desk.peter, "手续费")) == 1


def said(desk: Desk, body: str, customer: Who | None = None) -> str:
    return desk.conversation(customer or desk.arrive(f"c{random.random()}"), body)


def test_filters_let_through_who_wrote_it_when_in_which_state_and_team(desk: Desk) -> None:
    first = said(desk, "退款一")
    desk.do(desk.mei, "pick", conversation_id=first)
    desk.do(desk.mei, "say", conversation_id=first, body="退款二")
    desk.do(desk.david, "note", conversation_id=first, body="退款三")
    noon = desk.now
    desk.wait(days=2)
    said(desk, "退款四")
    ticket = desk.ticket(desk.mei, desk.li_na, subject="退款五")
    desk.do(desk.mei, "update_ticket", ticket_id=ticket["id"], assignee_id=desk.david.id)
    desk.change("UPDATE conversation SET team_id = :team WHERE id = :id", team=desk.ids["shop team"], id=first)
    desk.change("UPDATE conversation SET team_id = NULL WHERE id <> :id", id=first)
    index(desk)

    def numbers(**filters: Any) -> set[str]:
        texts = found(desk, desk.lin, "退款", **filters)
        return {sign for sign in "一二三四五" if any(sign in text for text in texts)}

    later, earlier = wire.utc(noon + timedelta(days=1)), wire.utc(noon - timedelta(days=1))
    assert numbers() == set("一二三四五")
    assert numbers(kinds=["note", "ticket"]) == set("三五")
    assert numbers(by="customer") == set("一四")
    assert numbers(by="agent") == set("二三")
    assert numbers(agent_id=desk.mei.id) == set("二")
    assert numbers(agent_id=desk.david.id) == set("三五")
    assert numbers(since=later) == set("四五")
    assert numbers(until=later) == set("一二三")
    assert numbers(since=earlier, until=later, by="customer") == set("一")
    assert numbers(until=earlier) == set()
    assert numbers(status="active") == set("一二三")
    assert numbers(status="waiting") == set("四")
    assert numbers(status="new", kinds=["ticket"]) == set("五")
    assert numbers(team_id=desk.ids["shop team"], kinds=["message"]) == set("一二")
    assert numbers(site="shop") == set("一二三四五")
    person = next(iter(desk.do(desk.mei, "search", text="退款一")["found"]))["customer_id"]
    assert numbers(customer_id=person) == set("一二三")
    assert numbers(customer_id=person, by="agent") == set("二三")
    assert numbers(customer_id=person, kinds=["note"]) == set("三")
    assert numbers(customer_id=person, since=later) == set()
    assert numbers(customer_id=desk.li_na.id) == set("五")
    assert found(desk, desk.peter, "退款", customer_id=person) == []  # of another site


def test_a_list_is_gone_through_page_by_page_without_a_gap_or_a_repeat(desk: Desk) -> None:
    conversation_id = desk.conversation(desk.li_na, *(f"退款 {number}" for number in range(23)))
    index(desk)
    seen: list[int] = []
    page: dict[str, Any] = {"next": None}
    while True:
        before = {"before": page["next"]} if page["next"] else {}
        page = desk.do(desk.mei, "search", text="退款", limit=5, kinds=["message"], **before)
        seen += [one["seq"] for one in page["found"]]
        if not page.get("next"):
            break
    lines = [line["seq"] for line in desk.log(desk.li_na, conversation_id) if line["author"]["kind"] == "customer"]
    assert seen == lines[::-1]


def say_all(desk: Desk, conversation_id: str, bodies: list[str]) -> None:
    """More than anybody says in a test, as if it had been said."""

    def add(tx: Tx, now: datetime) -> None:
        last = tx.value("SELECT last_seq FROM conversation WHERE id = :id", id=conversation_id)
        for seq, body in enumerate(bodies, last + 1):
            tx.change(
                "INSERT INTO message (conversation_id, seq, id, author_kind, author_name, kind, body, created_at)"
                " VALUES (:conversation, :seq, :id, 'customer', '', 'text', :body, :at)",
                conversation=conversation_id,
                seq=seq,
                id=new_id(),
                body=body,
                at=to_millis(now),
            )

    desk.write(add)


def test_a_page_is_given_after_so_many_that_are_turned_down_and_goes_on_from_there(desk: Desk) -> None:
    old = said(desk, "退款")
    desk.do(desk.mei, "pick", conversation_id=old)
    say_all(desk, said(desk, "你好"), ["退款"] * (searching.MOST + 10))
    index(desk)
    page = desk.do(desk.mei, "search", text="退款", status="active", kinds=["message"])
    assert page["found"] == []
    page = desk.do(desk.mei, "search", text="退款", status="active", kinds=["message"], before=page["next"])
    assert [one["conversation_id"] for one in page["found"]] == [old]
    assert "next" not in page


@pytest.mark.parametrize("text", ["", "   ", "!?", "👍"])
def test_a_query_without_a_word_is_refused(desk: Desk, text: str) -> None:
    with pytest.raises((Invalid, BadShape)):
        desk.do(desk.mei, "search", text=text)


def test_a_cursor_that_was_never_given_is_refused(desk: Desk) -> None:
    with pytest.raises(BadShape):
        desk.do(desk.mei, "search", text="退款", before="nonsense")


@pytest.mark.parametrize("text", ['" OR "', "退款' | 'x", "a*", "NEAR(", "-退款", "')", "a:b", "\\", "¤ksm 退款", "%"])
def test_what_means_something_to_a_database_means_nothing_here(desk: Desk, text: str) -> None:
    desk.conversation(desk.li_na, "我想退款")
    index(desk)
    if not terms(text):
        return
    assert len(found(desk, desk.mei, text)) == ("退款" in text and len(terms(text)) == 1)


# -- what changes -------------------------------------------------------------------------------------------------


def test_a_message_that_is_redacted_is_not_found_any_more_at_once_and_the_index_forgets_it(desk: Desk) -> None:
    conversation_id = desk.conversation(desk.li_na, "我的密码是龙猫", "再见")
    index(desk)
    assert (len(found(desk, desk.mei, "龙猫")), in_index(desk, "龙猫")) == (1, 1)
    desk.change("UPDATE message SET body = '（已删除）' WHERE body LIKE '%龙猫%'")
    assert found(desk, desk.mei, "龙猫") == []
    index(desk)
    assert in_index(desk, "龙猫") == 0
    assert desk.rows("SELECT * FROM searchtodo") == []
    # It keeps its place among the others.
    assert found(desk, desk.mei, "删除") == ["message: （已[删除]）"]
    order = [one["seq"] for one in desk.do(desk.mei, "search", text="再见")["found"]]
    assert order == [desk.log(desk.li_na, conversation_id)[-1]["seq"]]


@pytest.mark.parametrize("is_indexed_between", [True, False])
def test_a_message_that_changes_twice_leaves_nothing_of_what_it_was(desk: Desk, is_indexed_between: bool) -> None:
    desk.conversation(desk.li_na, "第一龙猫")
    index(desk)
    for body in ("第二熊猫", "第三花猫"):
        desk.change("UPDATE message SET body = :body WHERE author_kind = 'customer'", body=body)
        if is_indexed_between:
            index(desk)
    index(desk)
    assert [in_index(desk, word) for word in ("龙猫", "熊猫", "花猫", "第三")] == [0, 0, 1, 1]


def test_what_is_deleted_is_forgotten(desk: Desk) -> None:
    conversation_id = desk.conversation(desk.li_na, "我的密码是龙猫")
    desk.do(desk.mei, "note", conversation_id=conversation_id, body="他养龙猫")
    index(desk)
    assert in_index(desk, "龙猫") == 2
    desk.change("DELETE FROM message WHERE author_kind = 'customer'")
    desk.change("DELETE FROM note")
    assert found(desk, desk.mei, "龙猫") == []
    index(desk)
    assert in_index(desk, "龙猫") == 0
    assert desk.rows("SELECT * FROM searchentry WHERE kind = 'n'") == []
    assert messages_in_index(desk) == 0


def test_a_customer_who_changes_is_found_by_what_they_are_now(desk: Desk) -> None:
    desk.conversation(desk.li_na, "你好")
    index(desk)
    desk.change("UPDATE customer SET email = 'new@demo.example' WHERE id = :id", id=desk.li_na.id)
    index(desk)
    assert found(desk, desk.mei, "new@demo.example", kinds=["customer"])
    assert found(desk, desk.mei, "li_na@demo.example", kinds=["customer"]) == []
    assert len(desk.rows("SELECT * FROM searchentry WHERE kind = 'c'")) == len(desk.rows("SELECT id FROM customer"))


# -- how the index follows ----------------------------------------------------------------------------------------


def begin_anew(desk: Desk) -> None:
    """As an upgrade finds it: all there is was there before the index."""
    for table in ("searchentry", "searchblock", "searchtodo", "searchspan"):
        desk.change(f"DELETE FROM {table}")
    clear = (
        "INSERT INTO searchtext (searchtext) VALUES ('delete-all')"
        if isinstance(desk.where, Path)
        else "DELETE FROM searchtext"
    )
    desk.change(clear)
    desk.change("UPDATE searchmark SET value = '' WHERE name = 'walk'")
    desk.change("UPDATE searchmark SET value = (SELECT MAX(id) FROM message) WHERE name IN ('head', 'old')")
    desk.change("UPDATE searchmark SET value = '0' WHERE name = 'bottom'")
    desk.change("UPDATE searchmark SET value = (SELECT COUNT(*) FROM message) WHERE name IN ('middle', 'top')")


def test_what_was_there_before_the_index_is_read_in_the_background_below_what_came_later(desk: Desk) -> None:
    desk.conversation(desk.li_na, *(f"退款 {number}" for number in range(5)))
    begin_anew(desk)
    page = desk.do(desk.mei, "search", text="退款")
    assert (page["found"], page["behind"]) == ([], True)
    desk.conversation(desk.wang_wei, "退款 5")
    part = desk.read(indexing.pending)
    assert part
    desk.write(indexing.put, part)  # what is new comes first
    assert found(desk, desk.mei, "退款") == ["message: [退款] 5"]
    index(desk)
    page = desk.do(desk.mei, "search", text="退款", limit=50)
    assert [shown(one)[-1] for one in page["found"]] == list("543210")
    assert page["behind"] is False


def test_if_more_was_there_before_the_index_than_was_counted_each_has_a_number_of_its_own(desk: Desk) -> None:
    desk.conversation(desk.li_na, *(f"退款 {number}" for number in range(5)))
    begin_anew(desk)
    desk.change("UPDATE searchmark SET value = '2' WHERE name IN ('middle', 'top')")
    desk.conversation(desk.wang_wei, "退款 5")
    index(desk)
    assert sorted(shown(one)[-1] for one in desk.do(desk.mei, "search", text="退款", limit=50)["found"]) == list(
        "012345"
    )
    assert (in_index(desk, "退款"), messages_in_index(desk)) == (6, 6)


def test_of_two_processes_at_once_one_puts_a_part_in_and_the_other_looks_again(desk: Desk) -> None:
    desk.conversation(desk.li_na, "退款")
    mine, theirs = desk.read(indexing.pending), desk.read(indexing.pending)
    assert mine
    assert theirs
    assert [desk.write(indexing.put, part) for part in (mine, theirs)] == [True, False]
    index(desk)
    assert (in_index(desk, "退款"), messages_in_index(desk)) == (1, 1)


def test_a_message_whose_commit_came_late_or_whose_clock_was_wrong_is_found_as_a_stray(desk: Desk) -> None:
    conversation_id = desk.conversation(desk.li_na, "退款")
    index(desk)
    desk.change("UPDATE searchmark SET value = 'z' WHERE name = 'head'")  # long past it
    desk.do(desk.li_na, "say", conversation_id=conversation_id, body="龙猫")
    index(desk)
    assert found(desk, desk.mei, "龙猫") == []
    part, rest = desk.read(indexing.strays, "")
    assert part
    assert (desk.write(indexing.put, part), rest) == (True, "")
    assert found(desk, desk.mei, "龙猫") == ["message: [龙猫]"]
    assert desk.read(indexing.strays, "") == (None, "")


def test_a_part_is_small_and_the_rest_follows_however_much_there_is_without_a_word(desk: Desk) -> None:
    conversation_id = desk.conversation(desk.li_na)
    bodies = ["👍"] * (indexing.LOOKED_AT + 10) + [f"退款 {number}" for number in range(2 * indexing.NOTED + 10)]
    say_all(desk, conversation_id, bodies)
    index(desk)
    assert in_index(desk, "退款") == 2 * indexing.NOTED + 10
    page = desk.do(desk.mei, "search", text="退款", limit=3)
    assert [shown(one)[-4:] for one in page["found"]] == [" 209", " 208", " 207"]


# -- both databases -----------------------------------------------------------------------------------------------

PIECES = ("退款", "申请", "退", "款", "发票", "，", " ", "refund", "Refunds", "1,299.00", "li.na@example.com", "賬號")


def texts(chance: random.Random, longest: int) -> str:
    return "".join(chance.choices(PIECES, k=chance.randint(1, longest)))


def test_whatever_is_asked_the_answer_is_that_of_looking_at_every_text(desk: Desk) -> None:
    chance = random.Random(8)
    bodies = [texts(chance, 8) for _ in range(150)]
    conversation_id = desk.conversation(desk.li_na, *(body for body in bodies if body.strip()))
    index(desk)
    lines = [line for line in desk.log(desk.li_na, conversation_id) if line["author"]["kind"] == "customer"]
    hits = 0
    for _ in range(60):
        text = texts(chance, 3)
        if not terms(text):
            continue
        expected = [line["seq"] for line in lines if find(terms(text), line["body"]) is not None][::-1][:50]
        page = desk.do(desk.mei, "search", text=text, kinds=["message"], limit=50)
        assert [one["seq"] for one in page["found"]] == expected, text
        hits += len(expected)
    assert hits > 200


SMALL = Lists(at_once=10, chunk=6, window=4)


def numbers_of(tx: Tx, index: Lists, wanted: Wanted, limit: int) -> list[int]:
    """All of them, page by page."""
    seen: list[int] = []
    below: int | None = queries.NEWEST
    while below is not None:
        numbers, below = index.newest(tx, wanted, below, limit)
        assert len(numbers) <= limit or below is None
        seen += numbers
    return seen


@pytest.mark.databases("postgres")
@pytest.mark.parametrize("many", [1, 7, 40])
def test_postgres_goes_through_a_word_from_the_newest_down_wherever_it_was_usual(desk: Desk, many: int) -> None:
    chance = random.Random(3)
    has = {number for number in range(1, 900) if chance.random() < (0.9 if number < 450 else 0.02)}
    also = {number for number in range(1, 900) if chance.random() < 0.2}
    words = {
        number: "x" + (" 退款" if number in has else "") + (" 款项" if number in also else "")
        for number in range(1, 900)
    }

    def fill(tx: Tx, _now: datetime) -> None:
        queries.indexing.set_mark(tx, "top", "900")
        for first in range(1, 900, many):
            SMALL.put(tx, [(number, words[number]) for number in range(first, min(first + many, 900))])

    desk.write(fill)
    for wanted, expected in (
        (Wanted([Word("退款")], [["x", "y"]]), has),
        (Wanted([Word("退款"), Word("款项")], []), has & also),
        (Wanted([Word("款", is_open=True)], []), also),
        (Wanted([Word("退款"), Word("款", is_open=True)], []), has & also),
        (Wanted([Word("没有")], []), set()),
    ):
        for limit in (1, 7, 500):
            found = desk.read(lambda tx, _now, w=wanted, most=limit: numbers_of(tx, SMALL, w, most))
            assert found == sorted(expected, reverse=True)


@pytest.mark.databases("postgres")
def test_postgres_takes_what_is_gone_out_of_its_lists_and_keeps_what_was_put_there_since(desk: Desk) -> None:
    def fill(tx: Tx, _now: datetime) -> None:
        queries.indexing.set_mark(tx, "top", "100")
        SMALL.put(tx, [(number, "龙猫 熊猫") for number in range(1, 50)])
        SMALL.forget(tx, [(number, "") for number in range(7, 40)])
        SMALL.put(tx, [(8, "龙猫")])  # changed, in its place

    def tidy(tx: Tx, _now: datetime) -> None:
        while SMALL.is_untidy(tx):
            SMALL.tidy(tx)
        for number in range(50, 80):
            SMALL.put(tx, [(number, "龙猫")])  # all that was new by then comes into the lists, too

    desk.write(fill)
    desk.write(tidy)
    cats, pandas = (Wanted([Word(word)], []) for word in ("龙猫", "熊猫"))
    left = {*range(1, 7), *range(40, 50)}
    assert set(desk.read(lambda tx, _now: numbers_of(tx, SMALL, pandas, 5))) == left
    assert set(desk.read(lambda tx, _now: numbers_of(tx, SMALL, cats, 5))) == {*left, 8, *range(50, 80)}
    assert desk.rows("SELECT * FROM searchtextgone") == []


def test_what_one_customer_wrote_is_gone_through_page_by_page_without_a_gap_or_a_repeat(desk: Desk) -> None:
    """The clock stands still meanwhile, so many have the same time."""
    many = searching.AT_ONCE_OF_ONE + 20
    conversation_id = desk.conversation(desk.li_na)
    say_all(desk, conversation_id, [f"退款 {number}" if number % 9 == 0 else "在吗" for number in range(many)])
    desk.conversation(desk.wang_wei, "退款")
    seqs: list[int] = []
    page: dict[str, Any] = {"next": None}
    while True:
        page = desk.do(desk.mei, "search", text="退款", customer_id=desk.li_na.id, limit=10,
                       **({"before": page["next"]} if page["next"] else {}))  # fmt: skip
        seqs += [one["seq"] for one in page["found"]]
        if "next" not in page:
            break
    log = desk.rows("SELECT seq FROM message WHERE body LIKE '退款%' AND conversation_id = :id", id=conversation_id)
    assert sorted(seqs) == sorted(row["seq"] for row in log)


def test_of_an_article_its_words_are_shown_and_not_its_marks(desk: Desk) -> None:
    saved = desk.do(desk.lin, "save_article", slug="fees", locale="zh-CN", category="fees", question="怎么收费？",
                    answer="## 说明\n**手续费**按[费率表](https://shop.example/fees)收取。")  # fmt: skip
    desk.do(desk.lin, "publish_article", article_id=saved["article"]["id"], revision=saved["article"]["revision"])
    index(desk)
    [text] = found(desk, desk.mei, "手续费")
    assert text == "article: 怎么收费？ 说明 [手续费]按费率表 (https://shop.example/fees)收取。"


def test_one_character_is_found_among_the_newest_and_below_them_alike(desk: Desk) -> None:
    conversation_id = desk.conversation(desk.li_na)
    many = 2 * sum(searching.SCANNED) + 30
    say_all(desk, conversation_id, [f"{'退' if number % 40 == 7 else '进'}货 {number}" for number in range(many)])
    index(desk)
    expected = [str(number) for number in range(many) if number % 40 == 7][::-1]
    for limit in (4, 50):
        seen: list[str] = []
        page: dict[str, Any] = {"next": None}
        while "next" in page:
            before = {"before": page["next"]} if page["next"] else {}
            page = desk.do(desk.mei, "search", text="退", kinds=["message"], limit=limit, **before)
            seen += [shown(one).split()[-1] for one in page["found"]]
        assert seen == expected
