"""How the desks stand, in numbers, for whoever watches over the installation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from chat.actions import workers
from chat.actions.workers import Worker
from chat.store import Tx
from chat.store.queries import counts, people
from chat.store.tables import from_millis

T = TypeVar("T")

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Figures:
    """Each by site, then by what."""

    conversations: dict[str, dict[str, int]]  # by status: those where somebody has something to do
    overdue: dict[str, int]
    present: dict[str, int]  # agents
    findings: dict[str, dict[str, int]]  # by kind
    longest_wait: dict[str, float]  # seconds
    bot_turns: dict[str, dict[str, int]]  # of the last hour, by decision
    # Of the installation, by kind.
    jobs_due: dict[str, int]
    jobs_lag: dict[str, float]  # seconds
    jobs_given_up: dict[str, int]
    workers: list[Worker]


def figures(tx: Tx, now: datetime) -> Figures:
    sites = {site.id: site.key for site in people.every_site(tx)}
    due, left = counts.jobs_due(tx, now), counts.left(tx, now)
    under_way, first = counts.under_way(tx)

    def by_key(found: dict[str, T], nothing: T) -> dict[str, T]:
        return {key: found.get(site_id, nothing) for site_id, key in sites.items()}

    in_inbox, overdue = ({site_id: pair[which] for site_id, pair in left.items()} for which in (0, 1))
    return Figures(
        conversations={
            key: {"waiting": 0, "active": 0} | under_way.get(site_id, {}) | {"offline": in_inbox.get(site_id, 0)}
            for site_id, key in sites.items()
        },
        overdue=by_key(overdue, 0),
        present=by_key(counts.present(tx, now), 0),
        findings=by_key(counts.findings(tx), {}),
        longest_wait=by_key({site_id: _since(at, now) for site_id, at in first.items()}, 0.0),
        bot_turns=by_key(counts.bot_turns(tx, now - HOUR), {}),
        jobs_due={row["kind"]: row["many"] for row in due},
        jobs_lag={row["kind"]: _since(from_millis(row["first"]), now) for row in due},
        jobs_given_up=counts.jobs_given_up(tx),
        workers=workers.workers(tx, now),
    )


def _since(at: datetime, now: datetime) -> float:
    """Seconds; none when a clock was set back since."""
    return max(0.0, (now - at).total_seconds())
