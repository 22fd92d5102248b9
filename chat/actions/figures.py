"""How the desks stand, in numbers, for whoever watches over the installation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from chat.actions import workers
from chat.actions.workers import Worker
from chat.store import Tx
from chat.store.queries import counts, people
from chat.store.tables import from_millis

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
    due = counts.jobs_due(tx, now)
    return Figures(
        conversations={key: counts.open_conversations(tx, site_id) for site_id, key in sites.items()},
        overdue={key: counts.overdue(tx, site_id, now) for site_id, key in sites.items()},
        present={key: counts.present(tx, site_id, now) for site_id, key in sites.items()},
        findings={key: counts.findings(tx, site_id) for site_id, key in sites.items()},
        longest_wait={key: _since(counts.first_waited_at(tx, site_id), now) for site_id, key in sites.items()},
        bot_turns={key: counts.bot_turns(tx, site_id, now - HOUR) for site_id, key in sites.items()},
        jobs_due={row["kind"]: row["many"] for row in due},
        jobs_lag={row["kind"]: _since(from_millis(row["first"]), now) for row in due},
        jobs_given_up=counts.jobs_given_up(tx),
        workers=workers.workers(tx, now),
    )


def _since(at: datetime | None, now: datetime) -> float:
    """Seconds; none when there is no such moment, or a clock was set back since."""
    return 0.0 if at is None else max(0.0, (now - at).total_seconds())
