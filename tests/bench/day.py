"""A day at a busy desk, played in seconds: nobody may be stranded at any step of it.

    .venv/bin/python -m tests.bench.day [--conversations 5000] [--agents 40] [--seed 1] [--postgres]

Two sites, four teams with policies of their own, agents who take breaks, vanish and go home, customers who lose their
patience, come back and leave messages; lunch, closing time, a short day and the morning after. All of it with the real
actions on a real database, whose clock jumps from one step to the next. After each step `watch` looks at what changed.
Ends with a table, or at the first broken promise with the story of that conversation and exit code 1.
"""

from __future__ import annotations

import argparse
import gc
import logging
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from statistics import median, quantiles
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog

from chat.actions import bot, jobs, presence
from chat.actions.bot_turn import NO_MATCH, Ask, Decision, HandOver
from chat.actions.jobs import Claimed
from chat.store import Event, Tx
from chat.store.migrations import migrate
from chat.store.tables import Agent, Site, Team, TeamAgent, TeamSite, to_millis
from chat.work.sweep import ROUND_SECONDS, Sweep
from tests.bench import players
from tests.bench.players import Game
from tests.bench.watch import Broken, Watch
from tests.bench.world import Player, World, at_once
from tests.servers import Postgres, keep_in_memory

ZONE = ZoneInfo("Asia/Shanghai")
MIDNIGHT = datetime(2026, 4, 30, tzinfo=ZONE)  # of a Thursday before a holiday
EVERY_DAY = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY, LATE_DAY = [["09:00", "12:00"], ["13:00", "21:00"]], [["08:00", "02:00"]]
PACE_SECONDS = 12.0  # of the sweep; the real one goes round more often
EMERGENCY = 15.2  # hour at which the shop has to close
NIGHT_SHARE = 0.15  # of the visits, spread over the hours when nobody is there


@dataclass(frozen=True)
class Size:
    """How many come and work, from which hour on and for how many hours; in the last fifth nobody new comes."""

    conversations: int = 5_000
    agents: int = 40
    start: float = 7
    hours: float = 30


A_MOMENT = Size(conversations=80, agents=4, start=11.65, hours=0.6)  # too many at once, just before lunch


def furnish(tx: Tx, agents: int, now: datetime) -> list[Agent]:
    """Two sites, four teams, so many agents."""
    shop = _site("shop", dict.fromkeys(EVERY_DAY, DAY), answer_seconds=120)
    # Shorter hours on the holiday.
    shop.calendar["specials"] = [{"date": "2026-05-01", "intervals": [["10:00", "16:00"]], "reason": "劳动节"}]
    wallet = _site("wallet", dict.fromkeys(EVERY_DAY, LATE_DAY), bot_in_front=True)
    general = Team(id=_id(1), name="general", policy="by_hand", capacity=5)
    refunds = Team(
        id=_id(2),
        name="refunds",
        topics=["refund", "amount_dispute"],
        policy="least_loaded",
        capacity=2,
        wrap_up_seconds=20,
    )
    money = Team(id=_id(3), name="money", topics=["unfreeze", "payment_failure"], policy="round_robin", capacity=2)
    evening = Team(id=_id(4), name="evening", policy="least_loaded", capacity=4)
    tx.session.add_all([shop, wallet, general, refunds, money, evening])
    tx.session.flush()
    refunds.overflow_team_id, refunds.overflow_seconds = general.id, 60
    money.max_queue, money.max_wait_seconds, money.divert = 30, 900, "bot"
    serving = [(general, shop), (refunds, shop), (money, wallet), (evening, wallet)]
    tx.session.add_all(TeamSite(team_id=team.id, site_id=site.id) for team, site in serving)
    tx.session.flush()
    teams = [general, refunds, money, evening]
    return [_agent(tx, number, teams, now) for number in range(agents)]


def _id(number: int) -> str:
    """Whose order is the same each time: it decides where everything else is equal."""
    return str(UUID(int=number))


def _site(key: str, weekly: dict[str, Any], **settings: Any) -> Site:
    return Site(
        id=_id(sum(key.encode())),
        key=key,
        name={"zh-CN": key, "en": key},
        locales=["zh-CN", "en"],
        calendar={"zone": str(ZONE), "weekly": weekly, "specials": []},
        issuer=key,
        identity_secret="-",
        ticket_prefix=key[0].upper(),
        **settings,
    )


LANGUAGES: tuple[list[str], ...] = ([], ["zh-CN"], ["zh-CN", "en"], ["en"])


def _agent(tx: Tx, number: int, teams: list[Team], now: datetime) -> Agent:
    name = f"agent{number}"
    agent = Agent(
        id=_id(1_000 + number),
        email=f"{name}@day.example",
        name=name,
        role="supervisor" if number % 10 == 9 else "agent",
        password_hash="-",
        capacity=None if number % 3 else 2 + number % 4,
        # The first of each team speaks every language: nobody waits for somebody who is not there at all.
        languages=LANGUAGES[number // len(teams) % len(LANGUAGES)],
        created_at=now,
    )
    tx.session.add(agent)
    tx.session.flush()
    own = {teams[number % len(teams)].id, *([teams[(number + 1) % len(teams)].id] if number % 5 == 0 else [])}
    tx.session.add_all(TeamAgent(team_id=team_id, agent_id=agent.id) for team_id in sorted(own))
    return agent


# -- what happens by itself ---------------------------------------------------------------------------------------


def sweeping(world: World, watch: Watch) -> Player:
    """The real one, and its watchdog, who must find nothing that has to be mended."""
    store = world.as_store()
    sweep = Sweep(store)
    begun = world.now
    while True:
        yield PACE_SECONDS
        watch.is_in_a_round = True
        at_once(sweep.look((world.now - begun).total_seconds(), world.now))
        watch.is_in_a_round = False
        world.fail_if_something_failed()
        assert not sweep.watchdog.mended, f"the watchdog had to mend {dict(sweep.watchdog.mended)}"


def renewing(game: Game) -> Player:
    """The sockets that live, at the pace of the sweep."""
    while True:
        yield PACE_SECONDS
        if game.connected:
            game.world.step(presence.still_connected, dict(game.connected))


def working(game: Game) -> Player:
    """Jobs at once when they are made, and later ones in time. Mail is taken as sent."""
    world = game.world
    while True:
        yield ROUND_SECONDS
        if world.read(_is_any_due):
            keep_jobs(game)


def _is_any_due(tx: Tx, now: datetime) -> bool:
    sql = "SELECT EXISTS (SELECT 1 FROM job WHERE done_at IS NULL AND failed_at IS NULL AND run_at <= :now)"
    return bool(tx.value(sql, now=to_millis(now)))


def keep_soon(game: Game) -> Player:
    yield game.chance.uniform(0.1, 2)
    keep_jobs(game)


def keep_jobs(game: Game) -> None:
    kinds = [row["kind"] for row in game.world.read(lambda tx, now: tx.rows("SELECT DISTINCT kind FROM job"))]
    for job in game.world.step(jobs.claim, kinds, "day", 16):
        if job.kind == "bot_turn":
            turn(game, job)
        else:
            game.world.step(jobs.finish, job.id)


def turn(game: Game, job: Claimed) -> None:
    """A bot that answers, asks back, hands over, or fails."""
    world, chance = game.world, game.chance.random()
    if world.read(bot.asked, job) is None:
        world.step(jobs.finish, job.id)
    elif chance < 0.1:
        world.step(jobs.retry, job, "the bot fell over")
    else:
        decisions: list[Decision] = [Ask("bot_ask_again"), HandOver("asked_for_person"), NO_MATCH]
        world.step(bot.carry_out, job, game.chance.choice(decisions))


# -- the day ------------------------------------------------------------------------------------------------------


class Day:
    def __init__(self, where: Path | str, size: Size, seed: int) -> None:
        self.size = size
        self.begins = MIDNIGHT + timedelta(hours=size.start)
        self.world, self.watch = World(where, self.begins, seed), Watch()
        self.game = Game(self.world, self.watch)

    def play(self) -> None:
        """Raises Broken."""
        world = self.world
        agents = world.step(furnish, self.size.agents)
        world.step(self.watch.begin)
        world.look, world.hear = self.watch.look, self._hear
        for player in (sweeping(world, self.watch), renewing(self.game), working(self.game)):
            world.play(player)
        for number, agent in enumerate(agents):
            me = players.Agent(self.game, agent.id, agent.name, agent.role, is_slow=number % 7 == 3)
            world.play(players.agent(self.game, me, shifts(number, self.size)))
        supervisors = [agent.id for agent in agents if agent.role == "supervisor"]
        for supervisor in supervisors[:1]:
            world.play(players.emergency(self.game, supervisor, "shop"), 3_600 * (EMERGENCY - self.size.start))
        for after in arrivals(self.size, world.chance):
            site = world.chance.choice(("shop", "wallet"))
            locale = world.chance.choices(("zh-CN", "en"), (4, 1))[0]
            world.play(players.customer(self.game, site, locale), after)
        world.run(self.begins + timedelta(hours=self.size.hours))

    def _hear(self, events: list[Event]) -> None:
        if any(event.name == "job" for event in events):
            self.world.play(keep_soon(self.game))

    def story(self, conversation_id: str) -> str:
        return self.world.read(self.watch.story, conversation_id)


def shifts(number: int, size: Size) -> list[tuple[float, float]]:
    """Early, late and evening, and all again on the next day; in seconds from the beginning."""
    start, end = ((8.6, 17.6), (12, 21.1), (16, 26.2))[number % 3] if size.hours > 12 else (size.start, 24)
    days = [(start + day - size.start, end + day - size.start) for day in (0, 24)]
    return [(3_600 * max(begin, 0) + number, 3_600 * stop) for begin, stop in days if begin < size.hours]


def arrivals(size: Size, chance: Random) -> list[float]:
    """Seconds from the beginning: some at any time, most late in the morning and in the evening, or all at once in the
    middle of what is less than a day.
    """
    found = []
    for _ in range(size.conversations):
        share, last = chance.random(), 0.8 * size.hours
        if share < NIGHT_SHARE:
            hour = chance.uniform(0, last)
        elif size.hours < 12:
            hour = chance.gauss(last / 2, last / 10)
        elif share < 0.6:
            hour = chance.gauss(11 - size.start, 1.5)
        else:
            hour = chance.gauss(18.5 - size.start, 2)
        found.append(3_600 * (hour % last))
    return found


def report(day: Day, seconds: float) -> Iterator[str]:
    watch, told = day.watch, day.game.told
    yield f"{len(watch.conversations)} conversations, {day.world.steps} steps, {seconds:.1f} seconds"
    ends = Counter(" ".join(filter(None, (seen.status, seen.outcome))) for seen in watch.conversations.values())
    yield "at the end     " + ", ".join(f"{number} {end}" for end, number in ends.most_common())
    for name, policies in (("routed", ("least_loaded", "round_robin")), ("by hand", ("by_hand",))):
        waits = [wait for one, wait in watch.waits.items() if one in told and watch.policy_of(one) in policies]
        yield from _waits(name, [(wait.millis / 1_000, wait.was_served, *told[wait.id]) for wait in waits])
    promised, back = day.world.read(_promised), day.world.read(_went_back)
    yield "promises       " + ", ".join(f"{number} {how}" for how, number in promised.items())
    yield "hands          " + ", ".join(f"{number} {how}" for how, number in back.items())
    yield "refused        " + ", ".join(f"{number} {what}" for what, number in sorted(day.world.refused.items()))


def _waits(name: str, waits: list[tuple[float, bool, int, int]]) -> Iterator[str]:
    """What came of the range that was told. Who left before its end tells nothing, and is counted apart."""
    known = [(waited, low, high) for waited, was_served, low, high in waits if was_served or waited > high]
    if len(known) > 1:
        seconds = [waited for waited, _, _ in known]
        below = [sum(one[0] <= one[side] for one in known) / len(known) for side in (1, 2)]
        yield (
            f"waits {name:9}half {median(seconds):.0f} s, nine tenths {quantiles(seconds, n=10)[-1]:.0f} s of"
            f" {len(known)}; told {median(one[1] for one in known):.0f} to {median(one[2] for one in known):.0f} s"
            f" (medians): {below[0]:.0%} ended before the low end, {below[1]:.0%} before the high one;"
            f" {len(waits) - len(known)} left before either"
        )


def _promised(tx: Tx, now: datetime) -> dict[str, int]:
    """Kept, missed and open ones add up to all that were made."""
    row = tx.row(
        "SELECT count(*) AS made,"
        " sum(CASE WHEN ended_how = 'answered' AND ended_at <= due_at THEN 1 ELSE 0 END) AS kept,"
        " sum(CASE WHEN coalesce(ended_at, :now) > due_at THEN 1 ELSE 0 END) AS missed,"
        " sum(CASE WHEN ended_how <> 'answered' AND ended_at <= due_at THEN 1 ELSE 0 END) AS dropped,"
        " sum(CASE WHEN ended_at IS NULL AND due_at >= :now THEN 1 ELSE 0 END) AS open FROM promise",
        now=to_millis(now),
    )
    assert row is not None
    counts = {how: int(row[how] or 0) for how in ("made", "kept", "missed", "dropped", "open")}
    assert counts["made"] == sum(counts.values()) - counts["made"], counts
    return counts


def _went_back(tx: Tx, now: datetime) -> dict[str, int]:
    sql = "SELECT coalesce(ended_how, 'going on') AS how, count(*) AS number FROM assignment GROUP BY 1 ORDER BY 1"
    return {row["how"]: row["number"] for row in tx.rows(sql)}


@contextmanager
def database(postgres: bool) -> Iterator[Path | str]:
    with tempfile.TemporaryDirectory(prefix="nightdesk-day-") as folder:
        if not postgres:
            migrate(Path(folder) / "day.db")
            yield Path(folder) / "day.db"
            return
        server = Postgres()
        server.start()
        try:
            where = server.create("day")
            migrate(where)
            yield where
        finally:
            server.remove()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conversations", type=int, default=Size.conversations)
    parser.add_argument("--agents", type=int, default=Size.agents)
    parser.add_argument("--start", type=float, default=Size.start, help="hour of the day")
    parser.add_argument("--hours", type=float, default=Size.hours)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgres", action="store_true", help="on a server of its own instead of SQLite")
    given = parser.parse_args()
    size = Size(given.conversations, given.agents, given.start, given.hours)
    keep_in_memory()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)
    with database(given.postgres) as where:
        day, begun = Day(where, size, given.seed), time.monotonic()
        try:
            day.play()
        except Broken as broken:
            conversation_id, what = broken.args
            print(f"After step {day.world.steps}, {day.world.now:%a %H:%M:%S} UTC, seed {given.seed}: {what}.")
            print(day.story(conversation_id))
            return 1
        print(*report(day, time.monotonic() - begun), sep="\n")
        day.world.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
