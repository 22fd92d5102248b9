"""Who gets the next conversation: which team's queue it stands in, and which of its agents has a place for it.

`enter` is called wherever a conversation has become waiting, `fill` wherever an agent may have a free place now, and
`drain` by the sweep for places that are freed by nothing but time.
"""

from __future__ import annotations

from datetime import datetime

from chat.store import Tx
from chat.store.queries import conversations, teams
from chat.store.tables import Team
from chat.store.tx import Row


def team_for(tx: Tx, site_id: str, topic: str) -> Team | None:
    """The team of a site whose topic this is: one that names it before one that takes every topic, ties by name.

    A topic that nobody takes goes to the first of them all the same. None: no team serves this site.
    """
    return _most_fitting(teams.serving(tx, site_id), topic)


def _most_fitting(serving: list[Team], topic: str) -> Team | None:
    return min(serving, key=lambda team: (topic not in team.topics, bool(team.topics)), default=None)


def enter(tx: Tx, row: Row, now: datetime) -> Row:
    """A conversation has become waiting: it gets its team, and whoever of it has a place. Gives it as it then is."""
    row = conversations.conversation(tx, row["id"])
    serving = {team.id: team for team in teams.serving(tx, row["site_id"])}
    team = serving.get(row["team_id"]) or _most_fitting(list(serving.values()), row["topic"])
    if team is not None and team.id != row["team_id"]:
        conversations.change(tx, row, team_id=team.id, overflowed_at=None)
        row = conversations.conversation(tx, row["id"])
    return row


def fill(tx: Tx, agent_id: str, now: datetime) -> None:
    """This agent may have a free place now."""


def drain(tx: Tx, now: datetime) -> int:
    """A slice of those who wait and need not, for the sweep. Gives how many got an agent."""
    return 0
