"""What there is to offer of guided flows, kept by whoever knows them, so that actions can offer them; and whether one
is under way.

A flow is offered under the answers of its articles, and where a conversation begins with its topic; not while customers
cannot open a case of its kind.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from chat import wire
from chat.actions import ticket_kinds
from chat.store import Tx
from chat.store.queries import bot_turns, knowledge, people
from chat.store.tables import to_millis
from chat.store.tx import Row

Names = Mapping[str, str]  # by locale
BEGIN = "flow:"
NUMBERS = ("epoch", "turn", "at", "begun", "count")  # that stand beside the guide's state, see `flows`
LASTS = timedelta(hours=12)  # who comes back to a flow later begins anew


@dataclass(frozen=True)
class Flow:
    kind: str
    topic: str
    articles: tuple[str, ...]  # slugs
    names: Names
    begin: Names  # the question whether to


@dataclass(frozen=True)
class Catalogue:
    """Flows by their codes. `case_articles` are slugs whose answer comes with the customer's own cases; `words` is what
    is said of those: sign_in, no_case, your_cases, more_about_it, under_way.
    """

    flows: Mapping[str, Flow] = field(default_factory=dict)
    case_articles: tuple[str, ...] = ()
    words: Mapping[str, Names] = field(default_factory=dict)


def set_catalogue(tx: Tx, catalogue: Catalogue, now: datetime) -> None:
    people.set_meta(tx, "flows", json.dumps(asdict(catalogue), ensure_ascii=False))


def catalogue(tx: Tx) -> Catalogue:
    """An empty one where nobody has kept any."""
    return _read(people.meta(tx, "flows", "{}"))


@lru_cache(maxsize=4)
def _read(kept: str) -> Catalogue:
    known = json.loads(kept)
    flows = {
        code: Flow(**{**flow, "articles": tuple(flow["articles"])}) for code, flow in known.pop("flows", {}).items()
    }
    return Catalogue(flows, tuple(known.get("case_articles", ())), known.get("words", {}))


def begun_by(tx: Tx, choice: str) -> str | None:
    """The code of the flow that this choice begins."""
    code = choice.removeprefix(BEGIN)
    return code if choice.startswith(BEGIN) and code in catalogue(tx).flows else None


def under_way(tx: Tx, bot_flow: str | None, epoch: int, now: datetime) -> dict[str, Any] | None:
    """What a conversation keeps of its flow, where that goes on: nobody has taken over, and it is not long ago."""
    kept = _kept(bot_flow)
    if kept is None or str(kept["state"].get("flow")) not in catalogue(tx).flows:
        return None
    return None if kept["epoch"] != epoch or to_millis(now - LASTS) > kept["at"] else kept


def _kept(bot_flow: str | None) -> dict[str, Any] | None:
    """None for what is none of ours. What stands in the guide's own `state` it looks at itself."""
    kept = json.loads(bot_flow) if bot_flow else None
    if not isinstance(kept, dict) or not isinstance(kept.get("state"), dict):
        return None
    return kept if all(type(kept.get(name)) is int and 0 <= kept[name] < 2**53 for name in NUMBERS) else None


def lapse(tx: Tx, row: Row, how: wire.TurnOutcome = "left") -> None:
    """What was under way, if anything, goes on no more: its customer went on with something else."""
    if row["bot_flow"]:
        knowledge.keep_flow(tx, row["id"], None)
        if kept := _kept(row["bot_flow"]):
            bot_turns.set_outcome(tx, row["id"], kept["begun"], how)


def under_article(tx: Tx, slug: str, locale: str) -> list[dict[str, str]]:
    """The choices to offer under its answer."""
    return [_choice(code, flow, locale) for code, flow in _open(tx).items() if slug in flow.articles]


def all_of_them(tx: Tx, locale: str) -> list[dict[str, str]]:
    return [_choice(code, flow, locale) for code, flow in _open(tx).items()]


def for_topic(tx: Tx, topic: str, locale: str) -> tuple[str, dict[str, Any]] | None:
    """The question whether to begin the topic's flow, and its data."""
    for code, flow in _open(tx).items():
        if flow.topic == topic:
            choice = _choice(code, flow, locale)
            return flow.begin[locale], {
                "code": "flow_offer",
                "flow": code,
                "choices": [choice],
                "values": [choice["value"]],
            }
    return None


def _open(tx: Tx) -> dict[str, Flow]:
    known = catalogue(tx).flows
    kinds = ticket_kinds.kinds(tx) if known else {}
    return {
        code: flow for code, flow in known.items() if (kind := kinds.get(flow.kind)) and kind.active and kind.customers
    }


def _choice(code: str, flow: Flow, locale: str) -> dict[str, str]:
    return {"title": flow.names[locale], "value": f"{BEGIN}{code}"}
