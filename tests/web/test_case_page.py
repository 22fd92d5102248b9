"""The case page: progress for whoever holds the link, and nothing a thief could use."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

import aiohttp
import pytest

from chat.store import Tx
from chat.store.tables import Order
from tests.conftest import Arrive, Serve, Server, Someone, new_client_id, post

NASTY = "<script>alert('x')</script>"
SECRETS = {"name": "李娜小姐", "email": "li.na@demo.example", "phone": "13800138000"}
ORDER = "2026030100778899"


async def get(server: Server, path: str, **headers: str) -> tuple[int, str, Any]:
    async with aiohttp.ClientSession() as http, http.get(server.url + path, headers=headers) as answer:
        return answer.status, await answer.text(), answer.headers


async def a_case(server: Server, li_na: Someone, mei: Someone, david: Someone) -> tuple[str, str]:
    """A refund that was rejected with nasty words. Gives the page's path and the ticket's id."""
    opened = await li_na.do("start", topic="refund", form=SECRETS)
    conversation_id = opened["conversation"]["id"]
    await li_na.say(conversation_id, "这句话只有客服能看到")
    order_id = await server.store.write(_buy, li_na.session["customer"]["id"], opened["conversation"]["id"])
    ticket = await open_ticket(mei, conversation_id, "refund")
    refund = await mei.do(
        "request_refund", ticket_id=ticket["id"], client_id=new_client_id(), order_id=order_id, amount=12_800,
        currency="CNY", reason="机密原因",
    )  # fmt: skip
    decision = {"refund_id": refund["refund"]["id"]}
    await david.do("decide_refund", decision="review", **decision)
    why = f"已使用 {NASTY}，请看 {SECRETS['email']}、{SECRETS['phone']}、{ORDER}，2026-03-01 起算"
    await david.do("decide_refund", decision="reject", reason=why, **decision)
    link = await li_na.do("case_link", ticket_id=ticket["id"])
    return link["path"], ticket["id"]


async def open_ticket(agent: Someone, conversation_id: str, kind: str) -> Any:
    opened = await agent.do("open_ticket", conversation_id=conversation_id, client_id=new_client_id(), kind=kind)
    return opened["ticket"]


def _buy(tx: Tx, customer_id: str, conversation_id: str, now: datetime) -> str:
    order = Order(
        site_id=tx.value("SELECT site_id FROM conversation WHERE id = :id", id=conversation_id),
        customer_id=customer_id, number=ORDER, state="paid", currency="CNY", total=12_800, channel="alipay",
        items=[{"line": 1, "name": "台灯", "quantity": 1, "amount": 12_800}], placed_at=now,
    )  # fmt: skip
    tx.session.add(order)
    # Whose orders they are the site has signed; the rest of what it knows of them is what the page must hide.
    tx.change(
        "UPDATE customer SET kind = 'verified', issuer = 'demo', external_id = 'x' WHERE id = :id", id=customer_id
    )
    return order.id


async def test_the_page_tells_the_progress_and_nothing_about_the_person(
    serve: Serve, customer: Arrive, agent: Arrive
) -> None:
    server = await serve()
    li_na, mei, david = await customer(server), await agent(server, "mei"), await agent(server, "david")
    path, _ = await a_case(server, li_na, mei, david)
    status, page, headers = await get(server, path)
    assert status == 200
    assert '<html lang="zh-CN">' in page
    assert re.search(r"QY-20\d\d-\d{6}-\d", page)
    for shown in ("¥128.00", "未通过", "北京时间", "••••8899", "晴野商城", "2026-03-01 起算"):
        assert shown in page
    for secret in (*SECRETS.values(), ORDER, "这句话只有客服能看到", "机密原因", "台灯", "David"):
        assert secret not in page
    assert NASTY not in page
    assert "&lt;script&gt;" in page
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", page)
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert "noindex" in headers["X-Robots-Tag"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    for address in re.findall(r'<link [^>]*href="(/[^"]+)"', page):
        assert (await get(server, address))[0] == 200


async def test_the_page_says_how_many_of_what_go_back_where_that_was_said(
    serve: Serve, customer: Arrive, agent: Arrive
) -> None:
    server = await serve()
    li_na, mei, david = await customer(server), await agent(server, "mei"), await agent(server, "david")
    path, ticket_id = await a_case(server, li_na, mei, david)
    assert "退款商品" not in (await get(server, path))[1]

    def count(tx: Tx, now: datetime) -> None:
        items = [{"line": 1, "name": f"杯子 {NASTY}", "quantity": 3, "amount": 12_800}]
        tx.change("UPDATE purchase SET items = :items WHERE number = :order", items=json.dumps(items), order=ORDER)
        tx.change("UPDATE refund SET counts = :counts WHERE ticket_id = :id", counts='{"1": 2}', id=ticket_id)

    await server.store.write(count)
    page = (await get(server, path))[1]
    assert re.search(r"<dt>退款商品</dt><dd>杯子 &lt;script&gt;\S+ ×2</dd>", page)
    assert "<dt>Items</dt>" in (await get(server, f"{path}?lang=en"))[1]


async def test_the_step_where_it_stands_is_marked_and_the_page_follows_the_case(
    serve: Serve, customer: Arrive, agent: Arrive
) -> None:
    server = await serve()
    li_na, mei = await customer(server), await agent(server, "mei")
    conversation_id = (await li_na.do("start", topic="unfreeze"))["conversation"]["id"]
    ticket = await open_ticket(mei, conversation_id, "unfreeze")
    path = (await li_na.do("case_link", ticket_id=ticket["id"]))["path"]

    assert current_step((await get(server, path))[1]) == "已受理"
    await mei.do("update_ticket", ticket_id=ticket["id"], status="open")
    assert current_step((await get(server, path))[1]) == "核实身份"
    await mei.do("update_ticket", ticket_id=ticket["id"], status="solved", ending="passed_on")
    page = (await get(server, path))[1]
    assert 'aria-current="step"' not in page
    assert "已办结" in page


def current_step(page: str) -> str:
    found = re.search(r'aria-current="step".*?class="name">([^<]+)<', page, re.DOTALL)
    assert found is not None
    return found[1]


async def test_the_language_is_the_customers_and_can_be_switched(serve: Serve, customer: Arrive, agent: Arrive) -> None:
    server = await serve()
    emma, mei, david = await customer(server, locale="en"), await agent(server, "mei"), await agent(server, "david")
    path, _ = await a_case(server, emma, mei, david)
    english = (await get(server, path, **{"Accept-Language": "zh-CN"}))[1]
    assert '<html lang="en">' in english
    assert "CN¥128.00" in english
    assert "Beijing time" in english
    assert '<html lang="zh-CN">' in (await get(server, f"{path}?lang=zh-CN"))[1]
    assert '<html lang="en">' in (await get(server, f"{path}?lang=<script>"))[1]


@pytest.mark.parametrize(
    "token", ["nobody-ever-had-this-token", "%ff%fe", "%00", "a%2Fb", "..%2f..%2fetc", "x" * 5_000]
)
async def test_an_unknown_link_gets_a_friendly_page(serve: Serve, token: str) -> None:
    server = await serve()
    status, page, headers = await get(server, f"/case/{token}", **{"Accept-Language": "zh-CN,zh;q=0.9"})
    assert status == 404
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "链接无法打开" in page


async def test_a_link_that_expired_or_was_revoked_opens_no_more(serve: Serve, customer: Arrive, agent: Arrive) -> None:
    server = await serve()
    li_na, mei, david = await customer(server), await agent(server, "mei"), await agent(server, "david")
    path, ticket_id = await a_case(server, li_na, mei, david)
    other = (await li_na.do("case_link", ticket_id=ticket_id))["path"]
    assert [(await get(server, address))[0] for address in (path, other)] == [200, 200]

    def end(tx: Tx, column: str, now: datetime) -> None:
        tx.change(f"UPDATE caselink SET {column} = 1 WHERE {column} IS NULL OR {column} > 1")

    await server.store.write(end, "revoked_at")
    status, page, _ = await get(server, path)
    assert status == 404
    assert "QY-" not in page
    fresh = (await li_na.do("case_link", ticket_id=ticket_id))["path"]
    assert (await get(server, fresh))[0] == 200
    await server.store.write(end, "expires_at")
    assert (await get(server, fresh))[0] == 404


async def test_a_links_holder_may_look_at_the_case_and_do_nothing_else(
    serve: Serve, customer: Arrive, agent: Arrive
) -> None:
    server = await serve()
    li_na, mei, david = await customer(server), await agent(server, "mei"), await agent(server, "david")
    path, ticket_id = await a_case(server, li_na, mei, david)
    token = path.removeprefix("/case/")
    status, answer = await post(server, "/api/case_link/case", {}, token)
    assert (status, answer["value"]["ticket_id"]) == (200, ticket_id)
    for address in ("/api/customer/my_orders", "/api/customer/my_cases", "/api/agent/tickets"):
        assert (await post(server, address, {}, token))[0] == 401
    assert (await post(server, "/api/case_link/my_orders", {}, token))[0] == 404
    assert (await post(server, "/api/case_link/case", {}, li_na.token))[0] == 401


# -- what the page's forms do -------------------------------------------------------------------------------------


async def send(server: Server, path: str, **form: str) -> tuple[int, str, Any]:
    async with (
        aiohttp.ClientSession() as http,
        http.post(server.url + path, data=form, allow_redirects=False) as answer,
    ):
        return answer.status, await answer.text(), answer.headers


async def an_application(server: Server, li_na: Someone, kind: str = "unfreeze") -> tuple[str, str]:
    """The page's path and the ticket's id."""
    given = {"kind": kind, "reason": "账户被冻结", "email": SECRETS["email"], "client_id": new_client_id()}
    case = (await li_na.do("open_case", **given))["case"]
    return (await li_na.do("case_link", ticket_id=case["ticket_id"]))["path"], case["ticket_id"]


async def test_a_case_is_withdrawn_by_its_link_once_that_is_confirmed(serve: Serve, customer: Arrive) -> None:
    server = await serve()
    li_na = await customer(server)
    path, _ = await an_application(server, li_na)
    status, page, _ = await send(server, path, do="withdraw_case", words="不需要了")
    assert (status, "请先勾选确认" in page) == (422, True)
    status, _, headers = await send(server, path, do="withdraw_case", words="不需要了", sure="yes")
    assert status == 303
    assert headers["Referrer-Policy"] == "no-referrer"
    status, page, _ = await get(server, headers["Location"])
    assert (status, "申请已撤回" in page, "不需要了" in page) == (200, True, False)
    assert "<form" not in page
    status, page, _ = await send(server, path, do="withdraw_case", sure="yes")
    assert (status, "状态刚刚有变化" in page) == (409, True)


async def test_a_refusal_is_appealed_by_its_link_with_a_reason(serve: Serve, customer: Arrive, agent: Arrive) -> None:
    server = await serve()
    li_na, mei, david = await customer(server), await agent(server, "mei"), await agent(server, "david")
    path, _ = await a_case(server, li_na, mei, david)
    assert "申诉" in (await get(server, path))[1]
    status, page, _ = await send(server, path, do="appeal_case", sure="yes", words="  ")
    assert (status, "请填写申诉理由" in page) == (422, True)
    status, _, headers = await send(server, path, do="appeal_case", sure="yes", words="吊牌还在")
    assert status == 303
    page = (await get(server, headers["Location"]))[1]
    assert current_step(page) == "申诉复核"
    assert "您已提出申诉" in page
    assert "吊牌还在" not in page


@pytest.mark.parametrize("form", [{"do": "case"}, {"do": "my_orders", "sure": "yes"}, {}, {"do": "<script>"}])
async def test_a_form_that_is_none_of_ours_changes_nothing(
    serve: Serve, customer: Arrive, form: dict[str, str]
) -> None:
    server = await serve()
    li_na = await customer(server)
    path, _ = await an_application(server, li_na)
    status, page, _ = await send(server, path, **form)
    assert (status, "<script>" in page) == (400, False)
    assert (await li_na.do("my_cases"))["cases"][0]["status"] == "new"
    assert (await send(server, "/case/nobody-ever-had-this-token", do="withdraw_case", sure="yes"))[0] == 404


async def test_the_page_says_by_when_the_desk_acts(serve: Serve, customer: Arrive) -> None:
    server = await serve()
    li_na = await customer(server)
    path, ticket_id = await an_application(server, li_na)

    def due(tx: Tx, now: datetime) -> None:
        tx.change("UPDATE ticket SET due_at = :at WHERE id = :id", at=4_102_444_800_000, id=ticket_id)

    await server.store.write(due)
    assert re.search(r"最晚 \d{4,}年\d+月\d+日 周. \d\d:\d\d，北京时间 前会有进展", (await get(server, path))[1])


async def test_what_is_wanted_is_given_in_words_and_files_by_the_link(
    serve: Serve, customer: Arrive, agent: Arrive
) -> None:
    server = await serve()
    li_na, mei = await customer(server), await agent(server, "mei")
    path, ticket_id = await an_application(server, li_na)
    asked = {"ticket_id": ticket_id, "client_id": new_client_id(), "evidence": ["identity_proof", "explanation"]}
    await mei.do("ask_evidence", **asked)
    page = (await get(server, path))[1]
    assert "需要您补充材料或答复" in page
    assert '<option value="identity_proof">身份证明</option>' in page
    same = new_client_id()
    for _ in range(2):  # somebody presses twice
        answer = await send(server, path, do="add_evidence", code="explanation", words="异地出差登录", client_id=same)
        assert answer[0] == 303
    page = (await get(server, answer[2]["Location"]))[1]
    assert "材料已收到" in page
    assert "异地出差登录" not in page

    body = aiohttp.FormData()
    body.add_field("file", b"it was me", filename="proof.txt", content_type="text/plain")
    token = path.removeprefix("/case/")
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.post(f"{server.url}/api/case_link/upload", data=body) as uploaded,
    ):
        file_id = (await uploaded.json())["value"]["attachment_id"]
    given = {"ticket_id": ticket_id, "client_id": new_client_id(), "code": "identity_proof"}
    status, answer_ = await post(server, "/api/case_link/add_evidence", given | {"attachment_ids": [file_id]}, token)
    assert (status, answer_["value"]["next"], answer_["value"]["wanted"]) == (200, "desk", [])
    assert "proof.txt" not in str(answer_)
    ticket = (await mei.do("ticket", ticket_id=ticket_id))["ticket"]
    assert [(item["code"], item["body"]) for item in ticket["evidence"]] == [
        ("explanation", "异地出差登录"), ("identity_proof", "")
    ]  # fmt: skip
