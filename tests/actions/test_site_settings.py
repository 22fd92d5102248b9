"""How a site's desk works is read by supervisors and changed by admins, within bounds, and leaves a trace."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chat.errors import BadShape, Forbidden, Invalid, NotFound
from tests.actions.conftest import Desk

CHANGES: dict[str, Any] = {
    "answer_seconds": 90,
    "grace_seconds": 120,
    "last_call_minutes": 15,
    "promise_minutes": 60,
    "reopen_hours": 24,
    "bot_in_front": True,
    "urgent_words": ["冒烟", "recall"],
    "urgent_phone": "400-000-0110",
    "urgent_steps": {"zh-CN": "先停用产品", "en": "stop using it"},
    "on_call": "duty@shop.example",
    "refund_limit": 80_000,
    "refund_limits": {"refund": {"agent": 20_000}, "agent_day": 100_000, "customer_day": 60_000, "confirm": 90_000},
    "refund_policy": {"days": 7, "from": "delivery", "kinds": {"service": {"excluded": True}}},
    "second_person": ["unfreeze"],
    "message_topics": ["unfreeze", "amount_dispute"],
    "channels": [
        {"kind": "chat", "names": {}},
        {"kind": "phone", "names": {"en": "Hotline"}, "value": "400-820-0000", "hours": {"mon": [["09:00", "18:00"]]}},
    ],
}


def test_an_admin_changes_everything_and_it_stays(desk: Desk) -> None:
    changed = desk.do(desk.admin, "set_site", site="shop", **CHANGES)["settings"]
    assert changed == {"site": "shop", **CHANGES, "identity_keys": changed["identity_keys"]}
    assert desk.do(desk.lin, "site_settings", site="shop")["settings"] == changed
    [trace] = desk.rows("SELECT * FROM audit WHERE what = 'site_changed'")
    assert trace["actor_id"] == desk.admin.id
    assert json.loads(trace["data"]) == {"fields": sorted(CHANGES)}


def test_what_is_left_out_stays(desk: Desk) -> None:
    desk.do(desk.admin, "set_site", site="shop", **CHANGES)
    before = desk.do(desk.admin, "site_settings", site="shop")["settings"]
    for field, value in CHANGES.items():
        assert desk.do(desk.admin, "set_site", site="shop", **{field: value})["settings"] == before, field
    assert len(desk.rows("SELECT * FROM audit WHERE what = 'site_changed'")) == 1


def test_what_may_be_missing_is_taken_away(desk: Desk) -> None:
    desk.do(desk.admin, "set_site", site="shop", **CHANGES)
    optional = ["answer_seconds", "urgent_phone", "on_call"]
    gone = desk.do(desk.admin, "set_site", site="shop", **dict.fromkeys(optional))
    assert not set(optional) & gone["settings"].keys()
    with pytest.raises(BadShape):
        desk.do(desk.admin, "set_site", site="shop", promise_minutes=None)


BEYOND: list[tuple[str, Any, str]] = [
    ("answer_seconds", 9, "10 to 3600 seconds"),
    ("answer_seconds", 3_601, "10 to 3600 seconds"),
    ("grace_seconds", -1, "0 to 3600 seconds"),
    ("last_call_minutes", 241, "0 to 240 minutes"),
    ("promise_minutes", 4, "5 to 10080 minutes"),
    ("reopen_hours", 8_761, "0 to 8760 hours"),
    ("urgent_words", ["！"], "at least two letters"),
    ("refund_policy", {"days": "seven"}, "`days` must be a whole number"),
    ("urgent_words", ["很" * 41], "at most 40 characters"),
    ("urgent_words", ["词语"] * 101, "At most 100"),
    ("urgent_phone", "call us", "digits"),
    ("second_person", ["unfreeze", "lottery"], "no ticket kind 'lottery'"),
    ("channels", [{"kind": "chat"}, {"kind": "chat"}], "one chat"),
    ("channels", [{"kind": "chat", "value": "here"}], "no address"),
    ("channels", [{"kind": "wechat"}], "needs its address or name"),
    ("channels", [{"kind": "email", "value": "help"}], "needs an e-mail address"),
    ("channels", [{"kind": "phone", "value": "<b>1</b>"}], "needs a number"),
    ("channels", [{"kind": "chat", "hours": {"mon": [["9", "18:00"]]}}], "write it like 09:00"),
]


def test_what_is_out_of_bounds_is_refused_in_a_sentence_and_changes_nothing(desk: Desk) -> None:
    before = desk.do(desk.admin, "site_settings", site="shop")
    for field, value, sentence in BEYOND:
        with pytest.raises(Invalid, match=sentence):
            desk.do(desk.admin, "set_site", site="shop", bot_in_front=True, **{field: value})
    assert desk.do(desk.admin, "site_settings", site="shop") == before


def test_what_has_another_shape_is_refused(desk: Desk) -> None:
    shapeless: list[dict[str, Any]] = [
        {"on_call": "nobody"}, {"urgent_steps": {"fr": "x"}}, {"grace_seconds": "120"}, {"colour": "red"},
        {"message_topics": ["lottery"]},
        {"channels": [{"kind": "fax", "value": "1"}]}, {"channels": [{"kind": "chat", "hours": {"monday": []}}]},
    ]  # fmt: skip
    for given in shapeless:
        with pytest.raises(BadShape):
            desk.do(desk.admin, "set_site", site="shop", **given)


def test_others_may_not(desk: Desk) -> None:
    for who in (desk.mei, desk.lin):
        with pytest.raises(Forbidden):
            desk.do(who, "set_site", site="shop", bot_in_front=True)
    with pytest.raises(Forbidden):
        desk.do(desk.mei, "site_settings", site="shop")
    for key in ("wallet", "nowhere"):
        with pytest.raises(NotFound):
            desk.do(desk.admin, "set_site", site=key, bot_in_front=True)
