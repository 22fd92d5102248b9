"""A supervisor and the hours: an emergency that ends by itself, a special day, a holiday; customers hear of each."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import Arrive, Refused, Serve, Server, Someone, new_client_id


def later(server: Server, **distance: float) -> None:
    """Moves a running server's clock; what it looks at by itself, it sees within seconds."""
    store, past = server.store, timedelta(**distance)
    now = store.clock.now
    store.clock = replace(store.clock, now=lambda: now() + past)


async def begins(who: Someone) -> str:
    started = await who.do("start", topic="other", client_id=new_client_id())
    status: str = started["conversation"]["status"]
    return status


async def document(supervisor: Someone) -> dict[str, Any]:
    return (await supervisor.do("calendar", site="demo"))["calendar"]  # type: ignore[no-any-return]


async def save(supervisor: Someone, **change: Any) -> None:
    held = await supervisor.do("calendar", site="demo")
    given = {**held["calendar"], **change}
    await supervisor.do("set_calendar", site="demo", revision=held["revision"], calendar=given)


async def test_an_emergency_closes_the_desk_for_everybody_and_ends_by_itself(
    serve: Serve, customer: Arrive, agent: Arrive
) -> None:
    server = await serve(at="14:00")
    lin, mei, li_na = await agent(server, "lin"), await agent(server), await customer(server)
    assert await begins(li_na) == "waiting"
    with pytest.raises(Refused) as refused:
        await mei.do("close_desk", site="demo", minutes=30)
    assert refused.value.code == "forbidden"

    await lin.do("close_desk", site="demo", minutes=30, reason="电话系统故障，请稍后再来")
    for somebody in (li_na, mei):
        told = await somebody.hears("desk", lambda desk: desk["rule"] == "emergency")
        assert (told["site"], told["open"], told["reason"]) == ("demo", False, "电话系统故障，请稍后再来")
    wang = await customer(server)
    assert wang.session["desk"]["opens_at"] == told["opens_at"]
    assert await begins(wang) == "bot"

    await wang.hears("desk", lambda desk: not desk["open"])  # who looks at the desks every few seconds has seen it, too
    later(server, minutes=31)
    again = await wang.hears("desk", lambda desk: desk["open"])
    assert (again["rule"], again.get("reason")) == ("weekly", None)
    assert await begins(await customer(server)) == "waiting"


async def test_a_special_day_is_previewed_saved_and_seen(serve: Serve, customer: Arrive, agent: Arrive) -> None:
    server = await serve(at="14:00")
    lin, li_na = await agent(server, "lin"), await customer(server)
    today = (await lin.do("calendar", site="demo"))["today"]
    closed_early = {"date": today, "part": "closed", "intervals": [["13:00", "21:00"]], "reason": "全员培训"}
    await save(lin, specials=[*(await document(lin))["specials"], closed_early])
    told = await li_na.hears("desk", lambda desk: desk["rule"] == "special")
    assert (told["open"], told["reason"]) == (False, "全员培训")
    seen = await lin.do("preview_desk", site="demo", at=f"{today}T12:00")
    assert (seen["desk"]["open"], seen["why"]["rule"]) == (True, "weekly")
    assert seen["desk"]["closes_at"].endswith("T05:00:00.000Z")
    with pytest.raises(Refused) as refused:
        await lin.do("set_calendar", site="demo", revision=0, calendar=await document(lin))
    assert refused.value.code == "changed"


async def test_two_supervisors_change_the_hours_at_once_and_one_is_told(serve: Serve, agent: Arrive) -> None:
    server = await serve(at="14:00")
    lin, admin = await agent(server, "lin"), await agent(server, "admin")
    held = await document(lin)

    async def add(who: Someone, reason: str) -> str:
        day = {"date": "2099-01-01", "intervals": [], "reason": reason}
        given = {**held, "specials": [*held["specials"], day]}
        try:
            await who.do("set_calendar", site="demo", revision=0, calendar=given)
        except Refused as refused:
            return refused.code
        return reason

    # An emergency of the same moment is lost to neither.
    closing = lin.do("close_desk", site="demo", minutes=30)
    *answers, _ = await asyncio.gather(add(lin, "林晓"), add(admin, "赵敏"), closing)
    (winner,) = set(answers) - {"changed"}
    after = await document(lin)
    assert [day["reason"] for day in after["specials"] if day["date"] == "2099-01-01"] == [winner]
    assert len(after["emergencies"]) == 1


async def test_on_a_long_holiday_the_shop_has_shorter_hours_and_says_which(
    serve: Serve, customer: Arrive, agent: Arrive
) -> None:
    server = await serve(at="2027-10-02T18:30")
    shop, wallet = await customer(server), await customer(server, site="demo-wallet")
    desk = shop.session["desk"]
    assert (desk["open"], desk["rule"], desk["holiday"]["zh-CN"]) == (False, "holiday", "国庆节")
    assert desk["opens_at"] == "2027-10-03T02:00:00.000Z"
    assert (wallet.session["desk"]["open"], wallet.session["desk"]["rule"]) == (True, "weekly")
    lin = await agent(server, "lin")
    seen = await lin.do("preview_desk", site="demo", at="2027-10-02T12:30", zone="Europe/Berlin")
    assert seen["why"] == {
        "rule": "holiday",
        "date": "2027-10-02",
        "hours": [["10:00", "18:00"]],
        "holiday": {"zh-CN": "国庆节", "en": "National Day"},
    }
