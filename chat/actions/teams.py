"""Teams and the people in them: whom they serve, how they share the work, and how much each of them takes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chat import wire
from chat.actions import access, audit, desk, queue, routing
from chat.actions.access import Who
from chat.domain.conversation import Event
from chat.errors import Conflict, Invalid, NotFound
from chat.store import Tx
from chat.store.queries import conversations, people
from chat.store.queries import teams as queries
from chat.store.tables import Agent, Team, TeamAgent, TeamSite

MOVED_AT_ONCE = 100
NOT_BELOW_ZERO = {
    "capacity": "A limit of conversations",
    "overflow_seconds": "The time until another team may help",
    "max_queue": "The longest queue",
    "max_wait_seconds": "The longest wait",
    "wrap_up_seconds": "The time after a conversation",
}


def teams(tx: Tx, who: Who, command: wire.NoInput, now: datetime) -> wire.Teams:
    """The teams and everybody who is in one or could be; to a supervisor those of their own sites."""
    is_admin = access.agent_of(tx, who).role == "admin"
    keys = {site.id: site.key for site in (people.every_site(tx) if is_admin else access.sites_of(tx, who))}
    serving = {
        team_id: seen
        for team_id, site_ids in queries.every_serving(tx).items()
        if (seen := sorted(keys[site_id] for site_id in site_ids if site_id in keys))
    }
    shown = [team for team in queries.every(tx) if is_admin or team.id in serving]
    team_ids = {team.id for team in shown}
    belonging = {
        agent_id: [team_id for team_id in theirs if team_id in team_ids]
        for agent_id, theirs in queries.every_belonging(tx).items()
    }
    return wire.Teams(
        teams=[
            wire.TeamSettings(
                **team.model_dump(include=set(wire.TeamSettings.model_fields)), sites=serving.get(team.id, [])
            )
            for team in shown
        ],
        agents=[
            wire.AgentSettings(
                **agent.model_dump(include=set(wire.AgentSettings.model_fields)),
                team_ids=belonging.get(agent.id, []),
            )
            for agent in people.every_agent(tx)
            if is_admin or belonging.get(agent.id)
        ],
    )


def add_team(tx: Tx, who: Who, command: wire.AddTeam, now: datetime) -> wire.Teams:
    """Nobody is in it yet, and it picks by hand. Raises Conflict when there is one of this name."""
    _check_name(tx, command.name)
    team = Team(name=command.name)
    tx.session.add(team)
    tx.session.flush()
    _serve(tx, team, command.sites)
    audit.record(tx, who, now, "team_added", "team", team.id, sites=command.sites)
    return teams(tx, who, wire.NoInput(), now)


def set_team(tx: Tx, who: Who, command: wire.SetTeam, now: datetime) -> wire.Teams:
    """Changes what is given, and who waits is given to whoever may have them now. Raises Invalid."""
    team = _team(tx, command.team_id)
    given = command.model_dump(include=command.model_fields_set - {"team_id"})
    queries.hold(tx, [team.id])
    _check_numbers(given)
    if given.get("name") not in (None, team.name):
        _check_name(tx, given["name"])
    if given.get("overflow_team_id"):
        _team(tx, given["overflow_team_id"])
    if "sites" in given:
        _serve(tx, team, given["sites"])
    for name, value in given.items():
        if name != "sites":
            setattr(team, name, value)
    _check_overflow(tx, team)
    tx.session.flush()
    _carry_on(tx, who, now, "team_changed", "team", team.id, given)
    return teams(tx, who, wire.NoInput(), now)


def set_agent(tx: Tx, who: Who, command: wire.SetAgent, now: datetime) -> wire.Teams:
    """Changes what is given. Who leaves a team keeps no conversation that they could not see any more."""
    agent = people.agent(tx, command.agent_id)
    if agent is None or not agent.active:
        raise NotFound("There is no such agent.")
    given = command.model_dump(include=command.model_fields_set - {"agent_id"})
    _check_numbers(given)
    before = queries.every_belonging(tx).get(agent.id, [])
    queries.hold(tx, [*before, *given.get("team_ids", [])])
    if "team_ids" in given:
        _belong(tx, agent, set(before), {_team(tx, team_id).id for team_id in given["team_ids"]})
    for name in given.keys() & {"capacity", "languages"}:
        setattr(agent, name, given[name])
    tx.session.flush()
    _carry_on(tx, who, now, "agent_changed", "agent", agent.id, given)
    return teams(tx, who, wire.NoInput(), now)


def _team(tx: Tx, team_id: str) -> Team:
    team = tx.session.get(Team, team_id)
    if team is None:
        raise NotFound("There is no such team.")
    return team


def _check_name(tx: Tx, name: str) -> None:
    if people.team_named(tx, name) is not None:
        raise Conflict(f"There is a team {name} already.")


def _check_numbers(given: dict[str, Any]) -> None:
    for name, what in NOT_BELOW_ZERO.items():
        if given.get(name) is not None and given[name] < 0:
            raise Invalid(f"{what} cannot be below zero.")


def _check_overflow(tx: Tx, team: Team) -> None:
    """Another team helps out after a time, at the same sites, and does not send them round in a ring."""
    for helped in queries.every(tx):
        if helped.overflow_team_id == team.id:
            _check_serves(tx, helped, team)
    if team.overflow_team_id is None:
        team.overflow_seconds = None
        return
    if team.overflow_seconds is None:
        raise Invalid("Say after how many seconds of waiting the other team may help.")
    helper = _team(tx, team.overflow_team_id)
    _check_serves(tx, team, helper)
    passed = {team.id}
    while helper.id not in passed:
        passed.add(helper.id)
        if helper.overflow_team_id is None:
            return
        helper = _team(tx, helper.overflow_team_id)
    if len(passed) == 1:
        raise Invalid("A team cannot help itself out.", code="helps_itself")
    raise Invalid("These teams would help each other out in a ring.", code="ring")


def _check_serves(tx: Tx, team: Team, helper: Team) -> None:
    serving = queries.every_serving(tx)
    if missing := set(serving.get(team.id, [])) - set(serving.get(helper.id, [])):
        raise Invalid(
            f"{helper.name} does not serve {', '.join(sorted(_names(tx, missing)))}, so it cannot help {team.name}.",
            code="not_serving",
        )


def _serve(tx: Tx, team: Team, keys: list[str]) -> None:
    """Exactly these sites; none of them, nor of the others, is left without a team."""
    sites = {site.key: site for site in people.every_site(tx)}
    if unknown := set(keys) - sites.keys():
        raise NotFound(f"There is no site {min(unknown)}.")
    before = set(queries.every_serving(tx).get(team.id, []))
    wanted = {sites[key].id for key in keys}
    for site_id in before - wanted:
        if len(queries.serving(tx, site_id)) == 1:
            raise Invalid(
                f"No other team serves {', '.join(_names(tx, {site_id}))}: its customers would reach nobody.",
                code="last_team",
            )
        tx.session.delete(tx.session.get_one(TeamSite, (team.id, site_id)))
    tx.session.add_all(TeamSite(team_id=team.id, site_id=site_id) for site_id in sorted(wanted - before))
    tx.session.flush()


def _names(tx: Tx, site_ids: set[str]) -> list[str]:
    return [site.key for site in people.every_site(tx) if site.id in site_ids]


def _belong(tx: Tx, agent: Agent, before: set[str], wanted: set[str]) -> None:
    for team_id in before - wanted:
        tx.session.delete(tx.session.get_one(TeamAgent, (team_id, agent.id)))
    tx.session.add_all(TeamAgent(team_id=team_id, agent_id=agent.id) for team_id in sorted(wanted - before))
    tx.session.flush()


def _carry_on(
    tx: Tx, who: Who, now: datetime, what: str, subject_kind: str, subject_id: str, given: dict[str, Any]
) -> None:
    audit.record(tx, who, now, what, subject_kind, subject_id, **given)
    for row in conversations.out_of_sight(tx, MOVED_AT_ONCE):
        queue.give_back(tx, row, Event.LOSE_OWNER, now)
    routing.drain(tx, now)
    for site in people.every_site(tx):
        desk.stale(tx, "presence", site.id)
        desk.stale(tx, "queue", site.id)
