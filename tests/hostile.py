"""What somebody hostile may put into a command: things of somebody else's, and values that nobody expects."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from chat.commands import Command

VALUES: list[Any] = [
    "",
    "a\x00b",
    "a\ud800b",
    "好" * 8_001,
    "{0.__class__}",
    "1' OR '1'='1",
    "\u202e\u200b",
    None,
    True,
    -1,
    2**31 + 1,
    2**64,
    10**40,
    1.5,
    1e308,
    [],
    [[]],
    [2**70],
    {"a": 1},
    {"a_b": "\x00"},
]

# What is left out and what is something else than elsewhere, by command.
LEFT_OUT = {
    "customer_orders": {"ticket_id"},
    "send_order": {"order_id"},
    "transfer": {"team_id"},
    "save_canned_reply": {"team_id"},
    "assign": {"agent_id", "team_id"},  # of others only a supervisor decides, whatever it is
    "set_presence": {"reason"},
}
OTHERWISE: dict[str, dict[str, Any]] = {
    "link": {"kind": "order"},
    "articles": {"kind": "policy"},
    "save_article": {"kind": "article"},
    "set_presence": {"status": "online"},
    "inbox": {"filter": "all"},
    "bot_turns": {"filter": "all"},
    "report": {"since": "2026-03-02", "until": "2026-03-03"},
    "preview_desk": {"at": "2026-03-03T12:00"},
}


def _item(code: str) -> dict[str, Any]:
    return {"code": code, "names": {"zh-CN": "x", "en": "x"}}


# Of good shape whatever it is of.
PLAIN: dict[str, Any] = {
    "locale": "en",
    "body": "x",
    "text": "refund",
    "name": "x",
    "reason": "x",
    "topic": "other",
    "kind": "other",
    "slug": "refund-arrival",
    "number": "QY",
    "after_seq": 0,
    "before_seq": 10,
    "seq": 1,
    "score": 5,
    "amount": 1,
    "currency": "CNY",
    "evidence": ["other"],
    "email": "wang@demo.example",
    "reference": "x",
    "what": "document",
    "may": "say",
    "priority": 1,
    "status": "solved",
    "decision": "approve",
    "category": "order",
    "question": "x",
    "answer": "x",
    "asked": "x",
    "signature": "x",
    "password": "x",
    "current": "x",
    "new": "long enough",
    "code": "other",
    "shortcut": "x",
    "title": "x",
    "texts": {"en": "x"},
    "definition": {"steps": [_item("a"), _item("b")], "endings": [_item("c")]},
    "filter": {},
    "calendar": {"zone": "Asia/Shanghai", "weekly": {}, "specials": []},
    "revision": 1,
    "older": 1,
    "newer": 1,
    "helpful": True,
    "wrong": True,
    "watch": True,
    "agree": True,
    "passed": True,
}


def values_for(command: Command, ids: dict[str, str]) -> dict[str, Any]:
    """An input of good shape that names these things."""
    given = PLAIN | _named(ids)
    wanted = set(command.input.model_fields) & set(given) - LEFT_OUT.get(command.name, set())
    return {name: given[name] for name in wanted} | OTHERWISE.get(command.name, {})


def _named(ids: dict[str, str]) -> dict[str, Any]:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat(timespec="seconds").replace("+00:00", "Z")
    return {
        "conversation_id": ids["conversation"],
        "conversation_ids": [ids["conversation"]],
        "ticket_id": ids["ticket"],
        "ticket_ids": [ids["ticket"]],
        "into_id": ids["conversation"],  # not itself: that is refused before anybody looks
        "refund_id": ids["refund"],
        "order_id": ids["purchase"],
        "id": ids["purchase"],
        "agent_id": ids["agent"],
        "team_id": ids["team"],
        "article_id": ids["article"],
        "turn_id": ids["conversation"],
        "view_id": ids["conversation"],
        "reply_id": ids.get("reply", ids["conversation"]),
        "site": ids["site"],
        "sites": [ids["site"]],
        "client_id": str(uuid.uuid4()),
        "message": ids["conversation"],
        "until": tomorrow,
    }
