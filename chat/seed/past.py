"""What has come about so far, for those who go on telling."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from chat.actions.access import Who
from chat.store import Tx
from chat.store.tables import Customer, Order, Site, Transaction

DEMO = Path(__file__).parents[1] / "demo"
ZONE = ZoneInfo("Asia/Shanghai")
LOCALES = ("zh-CN", "en")


@dataclass
class Past:
    """Who and what there is by now; each by the name it has in the files of `demo/`."""

    tx: Tx
    now: datetime
    sites: dict[str, Site] = field(default_factory=dict)
    agents: dict[str, Who] = field(default_factory=dict)
    customers: dict[str, Customer] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    transfers: dict[str, Transaction] = field(default_factory=dict)

    def at(self, days_ago: int, clock: str) -> datetime:
        """That time of the shop's wall clock, so many days before today."""
        day = self.now.astimezone(ZONE).date() - timedelta(days=days_ago)
        return datetime.combine(day, time.fromisoformat(clock), ZONE)


@cache
def demo_data(name: str) -> Any:
    return json.loads((DEMO / f"{name}.json").read_text(encoding="utf-8"))
