"""The two sites, their hours and rules, and the people who answer."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from chat.actions.access import Caller, Who
from chat.actions.people import hash_password
from chat.actions.setup import EVERY_DAY
from chat.seed.past import ZONE, Past, demo_data
from chat.store.tables import Agent, Site, Team, TeamAgent, TeamSite

PASSWORD = "nightdesk-demo"
DEMO_CALENDAR: dict[str, Any] = {"zone": "Asia/Shanghai", "weekly": EVERY_DAY, "specials": []}
AGENTS = [
    ("admin@demo.example", "赵敏", "admin"),
    ("lin@demo.example", "林晓", "supervisor"),
    ("mei@demo.example", "陈梅", "agent"),
    ("david@demo.example", "David Wu", "agent"),
    ("yun@demo.example", "孙云", "agent"),
    ("peter@demo.example", "Peter Zhou", "agent"),
]


def add(past: Past) -> None:
    sites, agents = demo_sites(past.now), demo_agents(past.now)
    teams = [Team(name="商城客服组 / Shop care"), Team(name="钱包客服组 / Wallet care")]
    past.tx.session.add_all([*sites, *teams, *agents])
    past.tx.session.flush()
    past.tx.session.add_all(TeamSite(team_id=team.id, site_id=site.id) for team in teams for site in sites)
    # Everybody is in both teams, so that every demo agent may pick and hand over everything.
    past.tx.session.add_all(TeamAgent(team_id=team.id, agent_id=agent.id) for team in teams for agent in agents)
    past.sites = {site.key: site for site in sites}
    past.agents = {agent.email.partition("@")[0]: Who(Caller.AGENT, agent.id) for agent in agents}


PHONE = "400-820-0000"  # nobody's number; its emergency line is open at any hour


def demo_sites(now: datetime) -> list[Site]:
    shared: dict[str, Any] = {
        "origins": [],
        "locales": ["zh-CN", "en"],
        "issuer": "demo",
        "identity_secret": "nightdesk-demo-identity-secret-0123456789",
        "urgent_phone": PHONE,
        "urgent_steps": demo_data("urgent_steps"),
    }
    return [
        Site(
            key="demo",
            name={"zh-CN": "晴野商城", "en": "Qingye Shop"},
            ticket_prefix="QY",
            calendar=shop_calendar(now),
            refund_policy=SHOP_POLICY,
            channels=demo_ways("晴野商城服务号", "Qingye Shop"),
            **shared,
        ),
        Site(
            key="demo-wallet",
            name={"zh-CN": "晴野钱包", "en": "Qingye Wallet"},
            ticket_prefix="QW",
            calendar={**DEMO_CALENDAR, "specials": special_days(now)},
            channels=demo_ways("晴野钱包服务号", "Qingye Wallet"),
            **shared,
        ),
    ]


def demo_ways(official_account: str, abroad: str) -> list[dict[str, Any]]:
    """The telephone is answered at hours of its own, by fewer people at the weekend."""
    working, weekend = [["09:00", "18:00"]], [["10:00", "16:00"]]
    by_phone = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), working) | dict.fromkeys(("sat", "sun"), weekend)
    account = {"zh-CN": "微信公众号", "en": f"WeChat official account of {abroad}"}
    return [
        {"kind": "chat", "names": {}, "value": None, "hours": None},
        {"kind": "phone", "names": {}, "value": PHONE, "hours": by_phone},
        {"kind": "email", "names": {}, "value": "help@demo.example", "hours": None},
        {"kind": "wechat", "names": account, "value": official_account, "hours": None},
    ]


# Two weeks from the delivery for what was not used; what was done for a customer is done.
SHOP_POLICY = {
    "days": 14,
    "from": "delivery",
    "unused": True,
    "caps": {"alipay": 500_000, "wechat_pay": 500_000, "wallet": 200_000, "cod": 200_000},
    "kinds": {"service": {"excluded": True}},
}


def shop_calendar(now: datetime) -> dict[str, Any]:
    """The shop shortens its hours on the long holidays, from today on: the past was lived without."""
    shorter = {"do": "hours", "intervals": [["10:00", "18:00"]], "at_least": 4}
    today = now.astimezone(ZONE).date().isoformat()
    return {
        "zone": DEMO_CALENDAR["zone"],
        "versions": [
            {"from": None, "weekly": EVERY_DAY},
            {"from": today, "weekly": EVERY_DAY, "country": "CN", "holidays": shorter, "makeup": "mon"},
        ],
        "specials": special_days(now),
    }


def special_days(now: datetime) -> list[dict[str, Any]]:
    """One day cut short and one that runs past midnight, far enough ahead not to surprise who tries things out."""
    today = now.astimezone(ZONE).date()
    return [
        {
            "date": (today + timedelta(days=45)).isoformat(),
            "intervals": [["09:00", "17:00"]],
            "reason": "年度盘点，客服提前下班 / Stocktaking, we close early",
        },
        {
            "date": (today + timedelta(days=80)).isoformat(),
            "intervals": [["09:00", "01:00"]],
            "reason": "会员日大促，客服延长到凌晨 / Members' day, open past midnight",
        },
    ]


def demo_agents(now: datetime) -> list[Agent]:
    hashed = hash_password(PASSWORD)
    return [
        Agent(email=email, name=name, role=role, password_hash=hashed, created_at=now) for email, name, role in AGENTS
    ]
