"""The promise "nobody is stranded", held against the database after every step.

Triggers of our own note which conversations and agents a statement touched, so each look reads only those, and knows
of a change whatever made it. What depends on nothing but the time is judged from what was read before.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from chat.actions import desk
from chat.actions.leases import LEASE
from chat.store import Tx
from chat.store.queries import people
from chat.store.queries.teams import SILENCE
from chat.store.tables import Site, from_millis, to_millis
from chat.store.tx import Row

LATE = 31_000  # milliseconds; what time alone brings about is noticed by one round of the sweep, and done by the next
LEASE_MILLIS, SILENCE_MILLIS = round(1_000 * LEASE.total_seconds()), round(1_000 * SILENCE.total_seconds())
OPEN = ("bot", "waiting", "active", "offline")
TOUCHES = {  # table -> what it tells of, and by which column
    "conversation": ("conversation", "id"),
    "message": ("conversation", "conversation_id"),
    "assignment": ("conversation", "conversation_id"),
    "promise": ("conversation", "conversation_id"),
    "agent": ("agent", "id"),
    "presence": ("agent", "agent_id"),
    "site": ("site", "id"),
}


class Broken(Exception):
    """A promise was broken: which one, of whom, and the story until then."""


@dataclass
class Seen:
    """A conversation as it was after the last step that touched it."""

    id: str
    status: str
    site_id: str
    team_id: str | None
    agent_id: str | None
    epoch: int
    version: int
    last_seq: int
    place: tuple[int, int, str] | None  # priority, first wait, id
    locale: str
    passed_over: frozenset[str]
    last_author: str | None
    last_said_at: int
    assigned_at: int
    overflowed_at: int | None
    reply_by: int | None
    snoozed_until: int
    assignment: tuple[str, str, int, str] | None  # id, agent, epoch, how
    promised: int | None
    outcome: str | None

    @property
    def is_unanswered(self) -> bool:
        return self.last_author in (None, "customer")

    def is_silent(self, at: int) -> bool:
        return self.last_author == "agent" and self.last_said_at <= at - SILENCE_MILLIS


@dataclass
class Staff:
    """An agent, and since when they are there."""

    id: str
    name: str
    status: str
    capacity: int | None
    languages: frozenset[str]
    wrap_up_until: int
    offline_at: int | None
    is_seen: bool  # by a connection that is not forgotten
    seen_at: int  # the last time
    there_since: int
    has: set[str] = field(default_factory=set)

    def is_there(self, now: int) -> bool:
        return self.is_seen and self.seen_at > now - LEASE_MILLIS


@dataclass(frozen=True)
class Team:
    id: str
    name: str
    policy: str
    capacity: int | None
    overflow_team_id: str | None
    agents: frozenset[str]


@dataclass(frozen=True)
class Wait:
    id: str
    millis: int
    was_served: bool  # else they left, or went to the inbox


class Watch:
    """`look` after each step. Raises Broken."""

    def __init__(self) -> None:
        self.conversations: dict[str, Seen] = {}
        self.agents: dict[str, Staff] = {}
        self.teams: dict[str, Team] = {}
        self.sites: dict[str, Site] = {}
        self.serves: set[tuple[str, str]] = set()  # team, site
        self.waiting: dict[str | None, dict[str, Seen]] = defaultdict(dict)  # team -> who stands in its line
        self.messages: set[str] = set()  # in the inbox
        self.is_in_a_round = False  # of the sweep: a place that one step of it frees is filled by another
        self.waits: dict[str, Wait] = {}  # conversation -> its first stretch in line, once that is over
        self._in_line_since: dict[str, int] = {}
        self.history: dict[str, list[str]] = defaultdict(list)

    def begin(self, tx: Tx, now: datetime) -> None:
        """On a desk that is furnished and where nothing has happened yet."""
        tx.change("CREATE TABLE touched (kind TEXT NOT NULL, id TEXT NOT NULL)")
        for statement in _postgres_triggers() if tx.chains else _sqlite_triggers():
            tx.change(statement)
        members = defaultdict(set)
        for row in tx.rows("SELECT team_id, agent_id FROM teamagent"):
            members[row["team_id"]].add(row["agent_id"])
        for row in tx.rows("SELECT id, name, policy, capacity, overflow_team_id FROM team"):
            self.teams[row["id"]] = Team(**dict(row), agents=frozenset(members[row["id"]]))
        self._read_sites(tx)
        self.serves = {(row["team_id"], row["site_id"]) for row in tx.rows("SELECT team_id, site_id FROM teamsite")}
        self._read_agents(tx, [row["id"] for row in tx.rows("SELECT id FROM agent")], to_millis(now))

    def look(self, tx: Tx, now: datetime) -> set[str]:
        """Gives the conversations that have changed."""
        at, touched = to_millis(now), defaultdict(set)
        for row in tx.rows("DELETE FROM touched RETURNING kind, id"):
            touched[row["kind"]].add(row["id"])
        self._read_agents(tx, touched["agent"], at)
        if touched["site"]:
            self._read_sites(tx)
        changed = [(self.conversations.get(seen.id), seen) for seen in self._read(tx, touched["conversation"])]
        for before, seen in changed:
            self._remember(before, seen, now)
        for before, seen in changed:
            self._check(before, seen)
            self._check_turn(tx, before, seen, at)
        self._check_owners(at)
        if not self.is_in_a_round:
            self._check_lines(tx, at)
        return touched["conversation"]

    # -- reading --------------------------------------------------------------------------------------------------

    def _read_sites(self, tx: Tx) -> None:
        self.sites = {site.id: site for site in people.every_site(tx)}

    def _read_agents(self, tx: Tx, ids: Iterable[str], at: int) -> None:
        for row in _those(tx, AGENTS, ids):
            before = self.agents.get(row["id"])
            is_back = before is None or not before.is_there(at - 1)
            self.agents[row["id"]] = Staff(
                id=row["id"],
                name=row["name"],
                status=row["status"] if row["active"] else "offline",
                capacity=row["capacity"],
                languages=frozenset(json.loads(row["languages"])),
                wrap_up_until=row["wrap_up_until"] or 0,
                offline_at=row["offline_at"],
                is_seen=row["seen_at"] is not None,
                seen_at=row["seen_at"] or (before.seen_at if before else 0),
                there_since=at if before is None or is_back else before.there_since,
                has=before.has if before else set(),
            )

    def _read(self, tx: Tx, ids: Iterable[str]) -> Iterator[Seen]:
        found: dict[str, Row] = {}
        for row in _those(tx, CONVERSATIONS, ids):
            if row["id"] in found:
                raise self._broken(row["id"], "two agents have it, or two promises are open for it")
            found[row["id"]] = row
        for row in found.values():
            if not row["lines"] == row["last_line"] == row["last_seq"]:
                raise self._broken(row["id"], f"{row['lines']} lines, the last is {row['last_line']}: a gap")
            yield _seen(row)

    def _remember(self, before: Seen | None, seen: Seen, now: datetime) -> None:
        if before is not None:
            self.waiting[before.team_id].pop(seen.id, None)
            if before.agent_id in self.agents:
                self.agents[before.agent_id].has.discard(seen.id)
        if seen.status == "waiting":
            self.waiting[seen.team_id][seen.id] = seen
        if seen.status == "active" and seen.agent_id in self.agents:
            self.agents[seen.agent_id].has.add(seen.id)
        (self.messages.add if seen.status == "offline" else self.messages.discard)(seen.id)
        if seen.status == "waiting":
            self._in_line_since.setdefault(seen.id, to_millis(now))
        elif seen.id in self._in_line_since and seen.id not in self.waits:
            waited = to_millis(now) - self._in_line_since[seen.id]
            self.waits[seen.id] = Wait(seen.id, waited, was_served=seen.status == "active")
        self.conversations[seen.id] = seen
        if before is None or (before.status, before.agent_id, before.epoch) != (seen.status, seen.agent_id, seen.epoch):
            owner = self.agents[seen.agent_id].name if seen.agent_id else "nobody"
            how = seen.assignment[3] if seen.assignment else ""
            self.history[seen.id].append(f"{now:%a %H:%M:%S}  epoch {seen.epoch}  {seen.status}  {owner} {how}")

    # -- what holds of one conversation ---------------------------------------------------------------------------

    def _check(self, before: Seen | None, seen: Seen) -> None:
        assignment = seen.assignment
        must: dict[str, bool] = {
            "who is active has one agent, by their newest assignment": seen.status != "active"
            or (assignment is not None and assignment[1:3] == (seen.agent_id, seen.epoch)),
            "nobody is assigned to what is not active": seen.status == "active" or assignment is None,
            "who waits has a place": seen.status != "waiting" or seen.place is not None,
            "who waits stands in the line of a team": seen.status != "waiting" or seen.team_id is not None,
            "who left a message has a promised time": seen.status != "offline"
            or (seen.promised is not None and seen.promised == seen.reply_by),
            "nothing is promised to who has gone": seen.status in OPEN or seen.promised is None,
        }
        if before is not None:
            must |= {
                "epochs only rise": seen.epoch >= before.epoch,
                "versions only rise": seen.version >= before.version,
                "a change of hands raises the epoch": seen.agent_id == before.agent_id
                or seen.epoch > before.epoch
                or "offline" in (seen.status, before.status),
                "the log only grows": seen.last_seq >= before.last_seq,
                "a place is kept from the first wait on": before.place is None
                or not {before.status, seen.status} <= set(OPEN)
                or (seen.place is not None and seen.place[1] == before.place[1]),
            }
        for promise, holds in must.items():
            if not holds:
                raise self._broken(seen.id, promise)

    # -- what holds of the desk -----------------------------------------------------------------------------------

    def _check_turn(self, tx: Tx, before: Seen | None, seen: Seen, at: int) -> None:
        """Of who has just got an agent: nobody was overtaken, and the agent had a place."""
        if seen.assignment is None or (before is not None and before.assignment == seen.assignment):
            return
        agent, how = self.agents[seen.assignment[1]], seen.assignment[3]
        if how in ("routed", "picked") and self._load(agent, at) > self._limit(agent, seen):
            raise self._broken(seen.id, f"{agent.name} has {self._load(agent, at)}, more than their limit")
        if how != "routed" or seen.place is None:
            return
        for other in self.waiting[seen.team_id].values():
            is_before = other.place is not None and other.place < seen.place
            if is_before and self._may_take(agent, other) and self._is_open(tx, other.site_id, at):
                raise self._broken(other.id, f"{agent.name} got a later one, {seen.id}")

    def _check_owners(self, at: int) -> None:
        """Whoever has a conversation is there, or was not gone for long."""
        for agent in self.agents.values():
            if not agent.has or (agent.is_there(at) and agent.status != "offline"):
                continue
            for conversation_id in agent.has:
                until = self._may_stay_until(agent, self.conversations[conversation_id], at)
                if until is not None and until < at:
                    raise self._broken(conversation_id, f"{agent.name}, who has it, is gone")

    def _may_stay_until(self, agent: Staff, seen: Seen, at: int) -> float | None:
        """With an agent who is gone; None: for good."""
        gone = [agent.seen_at + LEASE_MILLIS] if not agent.is_there(at) else []
        if agent.status == "offline" and agent.offline_at is not None and seen.assigned_at <= agent.offline_at:
            gone.append(agent.offline_at)
        if not gone:
            return None
        if seen.is_unanswered:
            return max(min(gone), seen.last_said_at, seen.assigned_at) + LATE
        return max(min(gone), seen.last_said_at) + 1_000 * self.sites[seen.site_id].grace_seconds + LATE

    def _check_lines(self, tx: Tx, at: int) -> None:
        """Nobody waits for a team that routes while one of its agents has a place for them."""
        for line in self.waiting.values():
            for seen in line.values():
                for team in self._open_to(seen):
                    for agent in self._ready(team, at):
                        if self._has_place(agent, seen, at) and self._is_open_for_long(tx, seen.site_id, at):
                            raise self._broken(
                                seen.id, f"{agent.name} has a place, and it waits; {self._why(agent, seen, at)}"
                            )

    def _open_to(self, seen: Seen) -> list[Team]:
        """The teams whose agents get this conversation by themselves."""
        own = self.teams.get(seen.team_id or "")
        if own is None:
            return []
        other = self.teams.get(own.overflow_team_id or "") if seen.overflowed_at else None
        teams = [own, *([other] if other is not None and (other.id, seen.site_id) in self.serves else [])]
        return [team for team in teams if team.policy != "by_hand"]

    def _ready(self, team: Team, at: int) -> Iterator[Staff]:
        """Who could take something from this team now, and could for so long that it is not a matter of time."""
        for agent in (self.agents[agent_id] for agent_id in team.agents):
            since = max(agent.wrap_up_until, agent.there_since)
            if agent.status == "online" and agent.is_there(at) and since <= at - LATE:
                yield agent

    def _has_place(self, agent: Staff, seen: Seen, at: int) -> bool:
        has_room = self._load(agent, at) < self._limit(agent, seen) > self._load(agent, at - LATE)
        return has_room and self._may_take(agent, seen) and (seen.overflowed_at or 0) <= at - LATE

    def _why(self, agent: Staff, seen: Seen, at: int) -> str:
        loads = f"{self._load(agent, at)} now, {self._load(agent, at - LATE)} a while ago of {self._limit(agent, seen)}"
        since = f"there for {at - agent.there_since} ms, wrapped up for {at - agent.wrap_up_until} ms"
        return f"{loads}, {since}, in line for {at - (seen.place or (0, at))[1]} ms"

    def _load(self, agent: Staff, at: int) -> int:
        """Who has been answered and says nothing for long takes up nobody."""
        return sum(not self.conversations[one].is_silent(at) for one in agent.has)

    def _limit(self, agent: Staff, seen: Seen) -> float:
        """Of who has none of their own, that of the team in which they get it."""
        if agent.capacity is not None:
            return agent.capacity
        own = self.teams[seen.team_id or ""]
        other = self.teams.get(own.overflow_team_id or "") if seen.overflowed_at else None
        team = other if other is not None and agent.id not in own.agents and agent.id in other.agents else own
        return float("inf") if team.capacity is None else team.capacity

    def _may_take(self, agent: Staff, seen: Seen) -> bool:
        speaks = not agent.languages or seen.locale in agent.languages
        return speaks and agent.id not in seen.passed_over

    def _is_open(self, tx: Tx, site_id: str, at: int) -> bool:
        return desk.is_open(tx, self.sites[site_id], from_millis(at))

    def _is_open_for_long(self, tx: Tx, site_id: str, at: int) -> bool:
        return self._is_open(tx, site_id, at) and self._is_open(tx, site_id, at - LATE)

    def policy_of(self, conversation_id: str) -> str:
        return self.teams[self.conversations[conversation_id].team_id or ""].policy

    # -- the end --------------------------------------------------------------------------------------------------

    def _broken(self, conversation_id: str, what: str) -> Broken:
        return Broken(conversation_id, what)

    def story(self, tx: Tx, conversation_id: str, now: datetime) -> str:
        """What has happened in a conversation."""
        lines = [
            f"{from_millis(row['created_at']):%a %H:%M:%S}  {row['seq']:3} {row['author_kind']} {row['author_name']}:"
            f" {row['body'] or row['data']}"
            for row in tx.rows("SELECT * FROM message WHERE conversation_id = :id ORDER BY seq", id=conversation_id)
        ]
        return "\n".join([*self.history[conversation_id], "", *lines])


CONVERSATIONS = (
    "SELECT c.*, a.id AS assignment_id, a.agent_id AS assigned_to, a.epoch AS assigned_in, a.how AS how,"
    " p.due_at AS promised, (SELECT count(*) FROM message m WHERE m.conversation_id = c.id) AS lines,"
    " (SELECT coalesce(max(m.seq), 0) FROM message m WHERE m.conversation_id = c.id) AS last_line"
    " FROM conversation c LEFT JOIN assignment a ON a.conversation_id = c.id AND a.ended_at IS NULL"
    " LEFT JOIN promise p ON p.conversation_id = c.id AND p.ended_at IS NULL WHERE c.id IN "
)
AGENTS = (
    "SELECT a.*, (SELECT max(p.seen_at) FROM presence p WHERE p.agent_id = a.id) AS seen_at FROM agent a WHERE a.id IN "
)


def _those(tx: Tx, select: str, ids: Iterable[str]) -> list[Row]:
    names = {f"id{number}": one for number, one in enumerate(sorted(ids))}
    return tx.rows(f"{select}({', '.join(f':{name}' for name in names)})", **names) if names else []


def _seen(row: Row) -> Seen:
    assignment = (row["assignment_id"], row["assigned_to"], row["assigned_in"], row["how"])
    first = row["first_waited_at"]
    return Seen(
        id=row["id"],
        status=row["status"],
        site_id=row["site_id"],
        team_id=row["team_id"],
        agent_id=row["agent_id"] if row["status"] != "closed" else None,
        epoch=row["epoch"],
        version=row["version"],
        last_seq=row["last_seq"],
        place=None if first is None else (row["priority"], first, row["id"]),
        locale=row["locale"],
        passed_over=frozenset(json.loads(row["passed_over"])),
        last_author=row["last_author"],
        last_said_at=row["last_said_at"] or 0,
        assigned_at=row["assigned_at"] or 0,
        overflowed_at=row["overflowed_at"],
        reply_by=row["reply_by"],
        snoozed_until=row["snoozed_until"] or 0,
        assignment=assignment if assignment[0] else None,
        promised=row["promised"],
        outcome=row["outcome"],
    )


def _sqlite_triggers() -> Iterator[str]:
    for table, (kind, column) in TOUCHES.items():
        for event, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
            yield (
                f"CREATE TRIGGER touch_{table}_{event.lower()} AFTER {event} ON {table}"
                f" BEGIN INSERT INTO touched VALUES ('{kind}', {row}.{column}); END"
            )


def _postgres_triggers() -> Iterator[str]:
    yield (
        "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO touched VALUES (TG_ARGV[0],"
        " CASE TG_OP WHEN ''DELETE'' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END ->> TG_ARGV[1]); RETURN NULL; END'"
    )
    for table, (kind, column) in TOUCHES.items():
        yield (
            f"CREATE TRIGGER touch_{table} AFTER INSERT OR UPDATE OR DELETE ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION touch('{kind}', '{column}')"
        )
