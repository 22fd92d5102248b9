"""Those who could take a conversation, with what is so of each of them now, and how it was decided among them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from math import inf
from typing import Any

from chat import wire
from chat.domain import routing
from chat.domain.routing import Candidate, Decision, Needs, Policy
from chat.store import Tx
from chat.store.queries import teams
from chat.store.tables import Team, to_millis
from chat.store.tx import Row

NAMED = 40  # of those who could have it, and of those who could not, in an explanation


def most_fitting(serving: list[Team], topic: str) -> Team | None:
    """Of the teams of a site, by name: the one whose topic this is, before one that takes every topic."""
    return min(serving, key=lambda team: (topic not in team.topics, bool(team.topics)), default=None)


def crew_of(tx: Tx, team_ids: Iterable[str | None], now: datetime) -> Crew:
    rows = teams.crew(tx, [team_id for team_id in team_ids if team_id], now)
    overflows = [row["overflow_team_id"] for row in rows if row["overflow_team_id"]]
    return Crew(rows, teams.sites(tx, overflows) if overflows else set(), now)


class Crew:
    """The agents of some teams and of those that these overflow to. What is given away meanwhile is told by `took`."""

    def __init__(self, rows: list[Row], serves: set[tuple[str, str]], now: datetime) -> None:
        self._now, self._serves = now, serves
        self._teams = {row["team_id"]: row for row in rows}
        self._members: dict[str, list[str]] = {team_id: [] for team_id in self._teams}
        self._agents: dict[str, Candidate] = {}
        for row in rows:
            if row["agent_id"] is not None:
                self._members[row["team_id"]].append(row["agent_id"])
                self._agents[row["agent_id"]] = _candidate(row, now)

    def decide(self, row: Row) -> Decision:
        """Who gets this conversation: by the policy of its team, or else of the team it has overflowed to."""
        policies = [Policy(team["policy"]) for team in self._open_to(row)]
        policy = next((policy for policy in policies if policy is not Policy.BY_HAND), Policy.BY_HAND)
        return routing.decide(Needs(row["locale"]), self._candidates(row, is_routed=True), policy)

    def took(self, agent_id: str) -> None:
        before = self._agents[agent_id]
        self._agents[agent_id] = replace(before, load=before.load + 1, last_assigned_at=to_millis(self._now))

    def includes(self, row: Row, agent_id: str) -> bool:
        """Is this conversation one for the agent's teams?"""
        return row["team_id"] is None or any(agent_id in self._members[team["team_id"]] for team in self._open_to(row))

    def team_name(self, row: Row) -> str:
        return str(self._teams[row["team_id"]]["team_name"])

    def limit(self, row: Row, agent_id: str) -> int | None:
        """How many conversations who has no limit of their own may have when they take this one."""
        opened = self._open_to(row)
        theirs = [team for team in opened if agent_id in self._members[team["team_id"]]] or opened
        return theirs[0]["team_capacity"] if theirs else None

    def places(self, agent_id: str) -> dict[str, float]:
        """For how many more this agent has places, by the teams in which they may be given some by themselves."""
        agent = self._agents.get(agent_id)
        if agent is None or not agent.is_ready:
            return {}
        routed = [team for team_id, team in self._teams.items() if agent_id in self._members[team_id] and _routes(team)]
        limits = {team["team_id"]: _limit(agent, team) for team in routed}
        places = {team_id: inf if limit is None else limit - agent.load for team_id, limit in limits.items()}
        return {team_id: free for team_id, free in places.items() if free > 0}

    def with_places(self) -> list[str]:
        return [agent_id for agent_id in self._agents if self.places(agent_id)]

    def languages(self, agent_id: str) -> frozenset[str]:
        return self._agents[agent_id].languages

    def explain(
        self, row: Row, agent_id: str, decision: Decision | None = None, by: wire.Person | None = None
    ) -> dict[str, Any]:
        """Why this agent got it, to be kept. Without a decision it was by hand, theirs or that of `by`."""
        if decision is None:
            decision = routing.decide(Needs(row["locale"]), self._candidates(row, is_routed=False), Policy.BY_HAND)
        left_out = [(one, reason) for one, reason in decision.left_out if one.id != agent_id]
        own, *others = self._open_to(row) or (None,)
        since = row["first_waited_at"] or to_millis(self._now)
        return wire.Explanation(
            policy=decision.policy.value,
            team=wire.TeamName(id=own["team_id"], name=own["team_name"]) if own else None,
            waited=max(0, to_millis(self._now) - since) // 1_000,
            by=by,
            overflow=wire.Overflow(
                team=wire.TeamName(id=others[0]["team_id"], name=others[0]["team_name"]),
                after=own["overflow_seconds"] or 0,
            )
            if own and others
            else None,
            candidates=[
                wire.Weighed(id=one.id, name=one.name, load=one.load, capacity=one.capacity, score=list(score))
                for one, score in decision.ranked[:NAMED]
            ],
            left_out=[
                wire.LeftOut(id=one.id, name=one.name, load=one.load, capacity=one.capacity, reason=reason)
                for one, reason in left_out[:NAMED]
            ],
            more=len(decision.ranked[NAMED:]) + len(left_out[NAMED:]),
        ).model_dump(mode="json", exclude_none=True)

    def _open_to(self, row: Row) -> list[Row]:
        """The team whose queue it is in, and the one that may take it as well by now."""
        own = self._teams.get(row["team_id"])
        if own is None:
            return []
        other = self._teams.get(own["overflow_team_id"]) if row["overflowed_at"] else None
        if other is None or (other["team_id"], row["site_id"]) not in self._serves:
            return [own]
        return [own, other]

    def _candidates(self, row: Row, is_routed: bool) -> list[Candidate]:
        found: dict[str, Candidate] = {}
        passed_over = set(json.loads(row["passed_over"]))
        for team in self._open_to(row):
            for agent_id in self._members[team["team_id"]]:
                if agent_id not in found or found[agent_id].by_hand:
                    agent = self._agents[agent_id]
                    found[agent_id] = replace(
                        agent,
                        by_hand=is_routed and not _routes(team),
                        capacity=_limit(agent, team),
                        passed_over=agent_id in passed_over,
                        had_it_last=agent_id == row["last_agent_id"],
                    )
        return list(found.values())


def _candidate(row: Row, now: datetime) -> Candidate:
    return Candidate(
        id=row["agent_id"],
        name=row["name"],
        online=row["status"] == "online",
        on_break=row["status"] == "away",
        present=bool(row["is_there"]),
        wrapping_up=(row["wrap_up_until"] or 0) > to_millis(now),
        load=row["load"],
        capacity=row["capacity"],
        languages=frozenset(json.loads(row["languages"])),
        last_assigned_at=row["last_assigned_at"],
    )


def _routes(team: Row) -> bool:
    return bool(team["policy"] != Policy.BY_HAND)


def _limit(agent: Candidate, team: Row) -> int | None:
    return agent.capacity if agent.capacity is not None else team["team_capacity"]
