"""Who gets the next conversation: which team's queue it stands in, and which of its agents has a place for it.

`enter` is called wherever a conversation has become waiting, `fill` wherever an agent may have a free place now, and
`drain` by the sweep for places that are freed by nothing but time.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from chat.actions import desk, handing, hours
from chat.actions.crew import crew_of, most_fitting
from chat.domain.conversation import Event
from chat.domain.routing import Policy
from chat.store import Tx
from chat.store.queries import conversations, teams
from chat.store.tables import Team
from chat.store.tx import Row

AT_ONCE = 50  # conversations given away in one transaction
AGAIN = timedelta(minutes=1)  # whoever passed somebody over is asked again when nobody else has taken them by then


def team_for(tx: Tx, site_id: str, topic: str, team_id: str | None = None) -> Team | None:
    """Whose a conversation is: its team's, if that still serves the site, else that of the team whose topic it is.

    One that names the topic comes before one that takes every topic, ties by name. A topic that nobody takes goes to
    the first of them all the same. None: no team serves this site.
    """
    serving = teams.serving(tx, site_id)
    own = next((team for team in serving if team.id == team_id), None)
    return own or most_fitting(serving, topic)


def enter(tx: Tx, row: Row, now: datetime) -> Row:
    """A conversation has become waiting: it gets its team, and whoever of it has a place. Gives it as it then is."""
    row = conversations.conversation(tx, row["id"])
    team = team_for(tx, row["site_id"], row["topic"], row["team_id"])
    if team is None:
        return row
    if team.id != row["team_id"]:
        conversations.change(tx, row, team_id=team.id, overflowed_at=None)
        row = conversations.conversation(tx, row["id"])
    open_sites = _open_sites(tx, now)
    if row["site_id"] in open_sites and (team.policy != Policy.BY_HAND or row["overflowed_at"]):
        # Those before it first: a place that nothing but time has freed is theirs, and nobody has seen it yet.
        _serve(tx, [*conversations.waiting_before(tx, row, open_sites, AT_ONCE), row], now)
    return conversations.conversation(tx, row["id"])


def fill(tx: Tx, agent_id: str, now: datetime) -> int:
    """This agent may have a free place: those who wait for one like them get it, in their order, as long as there is
    one. Gives how many did; more than AT_ONCE are left to the sweep, as are those whom somebody is changing right now.
    """
    given = 0
    while given < AT_ONCE:
        served = _serve(tx, _waiting_for(tx, agent_id, AT_ONCE - given, now), now)
        given += served
        if not served:
            break
    return given


def hold(tx: Tx, agent_id: str, *team_ids: str | None) -> None:
    """For who changes an agent, or gives something to one of these teams, and fills this agent's places then.

    Teams are held before agents, and all of them at once.
    """
    if routed := {*teams.routed_to(tx, agent_id), *(team_id for team_id in team_ids if team_id)}:
        teams.hold(tx, routed)


def _waiting_for(tx: Tx, agent_id: str, limit: int, now: datetime) -> list[Row]:
    """As many as this agent has places for. Held."""
    routed = teams.routed_to(tx, agent_id)
    crew = crew_of(tx, routed, now) if routed else None
    places = crew.places(agent_id) if crew else {}
    if crew is None or not places:
        return []
    return conversations.waiting_for(
        tx,
        agent_id,
        languages=crew.languages(agent_id),
        teams=places,
        overflowing=[team_id for own in places for team_id in routed[own]],
        sites=_open_sites(tx, now),
        limit=int(min(limit, max(places.values()))),
    )


def _serve(tx: Tx, rows: list[Row], now: datetime) -> int:
    """Whoever should have them gets these conversations, which are held, in this order."""
    if not rows:
        return 0
    team_ids = {row["team_id"] for row in rows}
    teams.hold(tx, team_ids)
    crew, held, served = crew_of(tx, team_ids, now), set[str](), 0
    for row in rows:
        decision = crew.decide(row)
        while decision.chosen is not None and decision.chosen.id not in held:
            # Whoever picks by hand or goes away at this very moment comes first, and it is decided on what they leave.
            tx.lock("agent", decision.chosen.id)
            held.add(decision.chosen.id)
            crew = crew_of(tx, team_ids, now)
            decision = crew.decide(row)
        if decision.chosen is not None:
            explanation = crew.explain(row, decision.chosen.id, decision)
            handing.assign(tx, row, decision.chosen, Event.ROUTE, "routed", now, explanation)
            crew.took(decision.chosen.id)
            served += 1
    return served


def _open_sites(tx: Tx, now: datetime) -> list[str]:
    return hours.sites(tx, now, open=True)


# -- what nothing but time brings about ---------------------------------------------------------------------------


def is_due(tx: Tx, now: datetime) -> bool:
    """Is somebody in nobody's queue, long enough in one team's for another, or is there a place for somebody?"""
    if conversations.is_any_passed_over(tx, now - AGAIN) or conversations.misplaced(tx, 1):
        return True
    if conversations.overflowing(tx, now, 1):
        return True
    return any(_waiting_for(tx, agent_id, 1, now) for agent_id in _with_places(tx, now))


def drain(tx: Tx, now: datetime) -> int:
    """A slice of those who wait and need not. Gives for how many something was changed."""
    teams.hold(tx, teams.with_a_line(tx))
    done = conversations.forget_passed_over(tx, now - AGAIN, AT_ONCE)
    misplaced = conversations.misplaced(tx, AT_ONCE)
    for row in misplaced:
        enter(tx, row, now)
        desk.stale(tx, "queue", row["site_id"])
    done += len(misplaced) + _overflow(tx, now)
    for agent_id in _with_places(tx, now):
        if done < AT_ONCE:
            done += fill(tx, agent_id, now)
    return done


def _overflow(tx: Tx, now: datetime) -> int:
    late = conversations.overflowing(tx, now, AT_ONCE)
    for row in late:
        conversations.change(tx, row, overflowed_at=now)
        desk.tell_move(tx, row)
    return len(late)


def _with_places(tx: Tx, now: datetime) -> list[str]:
    """Of the teams for which somebody waits."""
    team_ids = teams.with_a_line(tx)
    return crew_of(tx, team_ids, now).with_places() if team_ids else []
