"""A server for many people, and the people, with sessions made straight in the store."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from datetime import datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from chat import wire
from chat.actions import people
from chat.actions.access import Caller, Who
from chat.app import build_app
from chat.settings import Settings
from chat.store import Tx
from chat.store.queries import people as found
from chat.store.tables import Agent, TeamAgent


def shop(folder: Path, **settings: Any) -> web.Application:
    """The demo in the daytime, when the bot has nothing to say. What it tells whoever starts it goes where the log
    goes: the only line that a load reads is the address.
    """
    with redirect_stdout(sys.stderr):
        return build_app(Settings(data_dir=folder, port=0, demo=True, at="10:30", work=False, bot=False, **settings))


def customers(tx: Tx, number: int, now: datetime) -> list[str]:
    """Tokens of so many new customers of the shop."""
    arriving = wire.CustomerSession(site="demo", locale="zh-CN")
    return [people.open_customer_session(tx, Who(Caller.PUBLIC), arriving, now).token for _ in range(number)]


def agents(tx: Tx, number: int, now: datetime) -> list[str]:
    """Tokens of so many new agents, in the teams of one who serves the shop."""
    example = found.agent_by_email(tx, "mei@demo.example")
    assert example is not None
    teams = [row["team_id"] for row in tx.rows("SELECT team_id FROM teamagent WHERE agent_id = :id", id=example.id)]
    return [_agent(tx, f"Agent {place}", teams, now) for place in range(number)]


def _agent(tx: Tx, name: str, teams: list[str], now: datetime) -> str:
    email = f"{name.replace(' ', '').lower()}@bench.example"
    agent = Agent(email=email, name=name, role="agent", password_hash="-", created_at=now)
    tx.session.add(agent)
    tx.session.flush()
    tx.session.add_all(TeamAgent(team_id=team, agent_id=agent.id) for team in teams)
    signing_in = wire.AgentSession(email=email, password="-", bearer=True)
    checked = (agent.id, agent.password_hash)
    token = people.open_agent_session(tx, Who(Caller.PUBLIC), signing_in, checked, now).token
    assert token
    return token
