"""The support centre, as browsers without a script and people with bad intentions meet it."""

from __future__ import annotations

import html
import json
import re
import uuid
from datetime import datetime
from typing import Any

import aiohttp
import pytest

from chat.store import Tx
from chat.store.queries import support
from chat.store.tables import Article
from chat.web import markdown
from tests.conftest import Arrive, Serve, Server

NASTY = "</script><script>alert('x')</script>"


async def get(server: Server, path: str, **headers: str) -> tuple[int, str, Any]:
    async with aiohttp.ClientSession() as http, http.get(server.url + path, headers=headers) as answer:
        return answer.status, await answer.text(), answer.headers


async def send(server: Server, path: str, headers: Any = None, **form: str) -> tuple[int, str, Any]:
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.post(server.url + path, data=form, allow_redirects=False) as answer,
    ):
        return answer.status, await answer.text(), answer.headers


async def rows(server: Server, sql: str, **values: Any) -> list[dict[str, Any]]:
    def look(tx: Tx, _now: datetime) -> list[dict[str, Any]]:
        return [dict(row) for row in tx.rows(sql, **values)]

    return await server.store.read(look)


async def change(server: Server, sql: str, **values: Any) -> None:
    def write(tx: Tx, _now: datetime) -> None:
        tx.change(sql, **values)

    await server.store.write(write)


async def test_the_first_page_tells_the_hours_every_way_and_every_topic(serve: Serve) -> None:
    server = await serve(at="10:30", bot=False)
    status, page, headers = await get(server, "/help/demo", **{"Accept-Language": "zh-TW,zh;q=0.9"})
    assert (status, '<html lang="zh-CN">' in page) == (200, True)
    for shown in ("09:00–21:00", "明天 09:00", "北京时间", "400-820-0000", "help@demo.example", "晴野商城服务号",
                  "周一至周五 09:00–18:00", "退款政策", "起将更新", "怎么申请退款？"):  # fmt: skip
        assert shown in page, shown
    assert f'hreflang="en" href="{server.url}/help/demo/en"' in page
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script>", page)
    for address in re.findall(r'<link [^>]*href="(/[^"]+)"|<script src="(/[^"]+)"', page):
        assert (await get(server, "".join(address)))[0] == 200
    for address in set(re.findall(r'href="(/help/[^"#?]+)', page)):
        assert (await get(server, address))[0] == 200, address
    again = await get(server, "/help/demo/zh-CN", **{"If-None-Match": headers["ETag"]})
    assert again[0] == 304


async def test_at_night_the_next_opening_is_told(serve: Serve) -> None:
    server = await serve(at="22:30", bot=False)
    page = (await get(server, "/help/demo/en"))[1]
    assert "We are closed right now" in page
    assert "09:00 tomorrow" in page


@pytest.mark.parametrize("text", ["apply for a refund", "退款", "<b>refund</b>", "refund" * 5_000, "%25_!'\"", "🙂"])
async def test_a_search_is_answered_without_a_bot_and_its_text_stays_text(serve: Serve, text: str) -> None:
    server = await serve(bot=False)
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{server.url}/help/demo/en", params={"q": text[:3_000]}) as answer,
    ):
        page = await answer.text()
    assert answer.status == 200
    assert "<b>" not in page
    assert 'content="noindex"' in page
    if text == "apply for a refund":
        assert page.index("How do I apply for a refund?") < page.index('id="contact"')


async def test_pages_that_are_not_there_say_so_and_help_on(serve: Serve) -> None:
    server = await serve(bot=False)
    await change(server, "UPDATE article SET sites = '[\"demo-wallet\"]' WHERE slug = 'fees'")
    await change(server, "UPDATE article SET published = :no WHERE slug = 'phishing'", no=False)
    for path in ("fees", "phishing", "nowhere", "policies/nowhere", "policies/fees", "policies/terms?version=9", "%ff"):
        status, page, _ = await get(server, f"/help/demo/en/{path}")
        assert (status, 'role="search"' in page) == (404, True), path
    assert (await get(server, "/help/demo-wallet/en/fees"))[0] == 200
    for path in (
        "/help/nowhere",
        "/help/nowhere/en",
        "/help/demo/fr",
        "/help/%3Cscript%3E/en",
        "/help/demo/en?category=x",
    ):
        assert (await get(server, path))[0] == 404, path


async def test_what_an_article_says_cannot_harm_its_reader(serve: Serve) -> None:
    server = await serve(bot=False)
    answer = f"{NASTY}\n\n[a](javascript:alert(1)) [b](https://b.example) ![c](https://c.example/c.png)"
    await change(
        server, "UPDATE article SET question = :q, answer = :a WHERE slug = 'fees' AND locale = 'en'", q=NASTY, a=answer
    )
    page = (await get(server, "/help/demo/en/fees"))[1]
    assert NASTY not in page
    assert "<img" not in page
    assert 'href="javascript' not in page
    assert '<a href="https://b.example" rel="noopener nofollow">' in page
    [told] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    asked = json.loads(told)["mainEntity"][0]
    assert asked["name"] == NASTY
    assert "<script" not in told
    assert "Version 1, in force since" in page


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("/help", True), ("#there", True), ("https://a.example", True), ("mailto:a@b.c", True), ("tel:110", True),
        ("javascript:alert(1)", False), (" JAVA\tSCRIPT:x", False), ("data:text/html,x", False), ("file:///etc", False),
        ("vbscript:x", False), ("a:b", False),
    ],
)  # fmt: skip
def test_a_link_may_lead_only_where_it_is_safe(address: str, safe: bool) -> None:
    assert markdown.is_safe(address) is safe


def test_a_table_is_drawn_unless_it_is_one_that_takes_for_ever() -> None:
    assert "<td>7 days</td>" in markdown.html("|What|When|\n|-|-|\n|Refund|7 days|")
    many = "|a" * 150 + "|\n" + "|-" * 150 + "|\n" + "|\n" * 9_000  # as a version before the limit may have stored
    assert "<table" not in markdown.html(many)


async def test_an_article_of_the_other_language_is_shown_with_a_note(serve: Serve) -> None:
    server = await serve(bot=False)
    await change(server, "UPDATE article SET published = :no WHERE slug = 'fees' AND locale = 'en'", no=False)
    status, page, _ = await get(server, "/help/demo/en/fees")
    assert (status, "in Chinese only" in page, 'content="noindex"' in page) == (200, True, True)
    assert '<article class="card text" lang="zh-CN">' in page


async def test_a_visitor_has_one_vote_and_may_change_it(serve: Serve) -> None:
    server = await serve(bot=False)
    path = "/help/demo/en/refund-policy"
    for said in ("yes", "yes", "no"):
        status, _, headers = await send(server, path, helpful=said)
        assert (status, headers["Location"]) == (303, f"{path}#helpful")
    [vote] = await rows(server, "SELECT * FROM articlevote")
    assert not vote["helpful"]
    assert re.fullmatch("[0-9a-f]{32}", vote["voter"])
    assert "We will work on it" in (await get(server, path))[1]
    await send(server, path, {"User-Agent": "another", "Accept-Language": "zh"}, helpful="yes")
    [vote] = await rows(server, "SELECT * FROM articlevote")  # a browser that says it is another one is none
    assert vote["helpful"]
    assert (await send(server, path, helpful="<b>"))[0] == 400
    assert (await send(server, "/help/demo/en/nowhere", helpful="yes"))[0] == 404
    assert (await send(server, "/help/demo/en/terms", helpful="yes"))[0] == 404  # a policy is not voted on
    assert len(await rows(server, "SELECT * FROM articlevote")) == 1


async def test_what_helped_most_comes_first_and_beyond_some_hundred_votes_nobody_counts(serve: Serve) -> None:
    server = await serve(bot=False)

    def pour(tx: Tx, _now: datetime) -> None:
        for slug, votes in (("payment-failed", 510), ("payment-limits", 520), ("phishing", 3)):
            for number in range(votes):
                tx.change(
                    "INSERT INTO articlevote (article_id, voter, version, helpful, at)"
                    " SELECT id, :voter, 1, :yes, 1 FROM article WHERE slug = :slug AND locale = 'en'",
                    voter=str(number),
                    yes=True,
                    slug=slug,
                )

    await server.store.write(pour)

    def first(tx: Tx, _now: datetime) -> list[str]:
        return [row["slug"] for row in support.listed(tx, "demo", "en", limit=3)]

    assert await server.store.read(first) == ["payment-failed", "payment-limits", "phishing"]


async def test_votes_cannot_be_poured_out_or_sent_by_another_page(serve: Serve) -> None:
    server = await serve(bot=False)
    path = "/help/demo/en/refund-policy"
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        assert (await send(server, path, headers, helpful="yes"))[0] == 403
    assert await rows(server, "SELECT * FROM articlevote") == []
    answers = [await send(server, path, {"User-Agent": f"{number}"}, helpful="yes") for number in range(25)]
    assert answers[0][0] == 303
    assert (answers[-1][0], "That was a lot at once" in answers[-1][1]) == (429, True)
    assert int(answers[-1][2]["Retry-After"]) > 0


async def test_a_policy_is_announced_before_it_changes_and_what_was_can_be_read(serve: Serve) -> None:
    server = await serve(bot=False)
    page = (await get(server, "/help/demo/en/policies/refunds"))[1]
    assert "A new version applies from" in page
    assert "30 days from delivery instead of 14" in page
    assert "within 14 days of delivery" in page
    coming = (await get(server, "/help/demo/en/policies/refunds?version=2"))[1]
    assert ("is not in force yet" in coming, "within 30 days" in coming, 'content="noindex"' in coming) == (True,) * 3
    earlier = (await get(server, "/help/demo/en/policies/fee-schedule?version=1"))[1]
    assert ("does not apply any more" in earlier, "Free from CN¥99" in earlier, 'content="noindex"' in earlier) == (
        True,
        True,
        True,
    )
    await change(server, "UPDATE articleversion SET state = 'draft' WHERE state = 'scheduled'")
    assert (await get(server, "/help/demo/en/policies/refunds?version=2"))[0] == 404
    assert (await get(server, "/help/demo/en/policies/refunds?version=1'--"))[0] == 404


MESSAGE = {"topic": "refund", "email": "li.na@mail.example", "body": "退款没有到账 <b>急</b>", "name": "李娜"}


async def test_a_message_is_left_once_however_often_the_form_is_sent(serve: Serve) -> None:
    server = await serve(at="22:30", bot=False)
    path, form = "/help/demo/zh-CN/message", {**MESSAGE, "order_number": "QY-1", "client_id": str(uuid.uuid4())}
    first, second = await send(server, path, **form), await send(server, path, **form)
    assert (first[0], first[2]["Location"]) == (second[0], second[2]["Location"])
    assert first[0] == 303
    page = (await get(server, first[2]["Location"]))[1]
    assert re.search(r"我们会在明天 \d\d:\d\d 前回复到您的邮箱", page)
    [left] = await rows(server, "SELECT * FROM conversation WHERE contact_email = :email", email=MESSAGE["email"])
    assert (left["status"], left["topic"], json.loads(left["form"])) == ("offline", "refund", {"order_number": "QY-1"})
    said = await rows(
        server, "SELECT body FROM message WHERE conversation_id = :id AND author_kind = 'customer'", id=left["id"]
    )
    assert [each["body"] for each in said] == [MESSAGE["body"]]
    status, page, _ = await send(server, path, **{**form, "body": "另一件事"})
    assert (status, "刚才已经提交过" in page, "另一件事" in page) == (409, True, True)
    assert form["client_id"] not in page


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"email": ""}, "请填写邮箱或电话"),
        ({"email": "nobody"}, "请检查邮箱"),
        ({"phone": "call me"}, "请检查电话号码"),
        ({"body": "  "}, "请用几句话描述"),
        ({"body": "好" * 8_001}, "内容过长"),
        ({"topic": "hacking"}, "请选择咨询类型"),
        ({"website": "https://spam.example"}, "请将最后一栏留空"),
        ({"client_id": "mine"}, "什么都没有提交"),
    ],
)
async def test_a_form_that_is_not_right_comes_back_with_what_was_written(
    serve: Serve, wrong: dict[str, str], words: str
) -> None:
    server = await serve(bot=False)
    before = await rows(server, "SELECT count(*) AS n FROM conversation")
    form = {**MESSAGE, "client_id": str(uuid.uuid4()), **wrong}
    status, page, _ = await send(server, "/help/demo/zh-CN/message", **form)
    assert (status, words in page) == (422, True)
    assert "李娜" in page
    if "body" not in wrong:
        assert html.escape(MESSAGE["body"]) in page
    assert await rows(server, "SELECT count(*) AS n FROM conversation") == before


async def test_an_answer_goes_to_the_address_that_was_left(serve: Serve, agent: Arrive) -> None:
    server = await serve(at="10:30", bot=False)
    form = {**MESSAGE, "client_id": str(uuid.uuid4())}
    assert (await send(server, "/help/demo/zh-CN/message", **form))[0] == 303
    [left] = await rows(server, "SELECT id FROM conversation WHERE contact_email = :email", email=MESSAGE["email"])
    mei = await agent(server, "mei")
    await mei.do("pick", conversation_id=left["id"])
    await mei.say(left["id"], "已经为您查到了")
    mails = await rows(server, "SELECT payload FROM job WHERE kind = 'answer_mail'")
    assert any(left["id"] in mail["payload"] for mail in mails)


async def test_messages_are_not_taken_from_other_pages_and_not_without_end(serve: Serve) -> None:
    server = await serve(bot=False)
    path = "/help/demo/zh-CN/message"
    form = {**MESSAGE, "client_id": str(uuid.uuid4())}
    assert (await send(server, path, {"Origin": "https://evil.example"}, **form))[0] == 403
    statuses = [(await send(server, path, **{**form, "client_id": str(uuid.uuid4())}))[0] for _ in range(12)]
    assert (statuses[0], statuses[-1]) == (303, 429)
    assert (await get(server, f"{path}?sent={uuid.uuid4()}"))[0] == 404


async def test_who_is_not_signed_in_is_told_how_to_apply(serve: Serve) -> None:
    server = await serve(bot=False)
    page = (await get(server, "/help/demo/en/apply"))[1]
    for kind in ("refund", "amount_dispute", "unfreeze", "payment_failure", "password_help"):
        assert f'data-form="{kind}"' in page
        assert f"/help/demo/en/message?topic={kind}" in page
    chosen = (await get(server, "/help/demo/en/message?topic=unfreeze"))[1]
    assert '<option value="unfreeze" selected>' in chosen
    assert "selected" in (await get(server, "/help/demo/en/message?topic=%3Cb%3E"))[1]


async def test_search_engines_find_what_they_may(serve: Serve) -> None:
    server = await serve(bot=False)
    index = (await get(server, "/sitemap.xml"))[1]
    assert f"<loc>{server.url}/help/demo/sitemap.xml</loc>" in index
    status, page, _ = await get(server, "/help/demo/sitemap.xml")
    assert status == 200
    assert f"<loc>{server.url}/help/demo/en/policies/refunds</loc>" in page
    assert f"<loc>{server.url}/help/demo/zh-CN/refund-policy</loc>" in page
    assert "message" not in page
    later = (await get(server, "/help/demo/sitemap.xml?start=refund-policy"))[1]
    assert (f"{server.url}/help/demo/zh-CN/refund-policy<" in later, "/demo/zh-CN<" in later) == (True, False)
    for nothing in (
        "/help/nowhere/sitemap.xml",
        "/help/demo/sitemap.xml?start=%3Cb%3E",
        "/help/demo/sitemap.xml?start=zzz",
    ):
        assert (await get(server, nothing))[0] == 404
    rules = (await get(server, "/robots.txt"))[1]
    assert f"Sitemap: {server.url}/sitemap.xml" in rules
    assert "/case" not in rules


async def test_a_site_of_very_many_articles_has_them_in_parts_that_nobody_waits_for(serve: Serve) -> None:
    server = await serve(bot=False)
    many = [f"many-{number:04}" for number in range(1_200)]

    def pour(tx: Tx, now: datetime) -> None:
        given: dict[str, Any] = {"category": "refund", "question": "?", "answer": "!", "updated_at": now}
        tx.session.add_all(Article(slug=slug, locale=locale, **given) for slug in many for locale in ("en", "zh-CN"))

    await server.store.write(pour)
    index = (await get(server, "/sitemap.xml"))[1]
    parts = re.findall(rf"<loc>{server.url}(/help/demo/sitemap.xml[^<]*)</loc>", index)
    pages = [(await get(server, html.unescape(part)))[1] for part in parts]
    assert len(pages) > 2
    assert all(page.count("<loc>") <= 2 * 501 for page in pages)
    found = re.findall(r"<loc>[^<]*/(many-\d+)</loc>", "".join(pages))
    assert found == [slug for slug in many for _ in range(2)]


async def test_one_site_needs_no_choice_and_two_do(serve: Serve) -> None:
    server = await serve(bot=False)
    status, page, _ = await get(server, "/help", **{"Accept-Language": "en"})
    assert (status, "Qingye Shop" in page, "Qingye Wallet" in page) == (200, True, True)
