"""How the desks stand, in numbers, for whoever watches over the installation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chat.store import Tx
from chat.store.queries import counts, people


@dataclass(frozen=True)
class Figures:
    """Each by site, then by what."""

    conversations: dict[str, dict[str, int]]  # by status: those where somebody has something to do
    overdue: dict[str, int]
    present: dict[str, int]  # agents
    findings: dict[str, dict[str, int]]  # by kind


def figures(tx: Tx, now: datetime) -> Figures:
    sites = {site.id: site.key for site in people.every_site(tx)}
    return Figures(
        conversations={key: counts.open_conversations(tx, site_id) for site_id, key in sites.items()},
        overdue={key: counts.overdue(tx, site_id, now) for site_id, key in sites.items()},
        present={key: counts.present(tx, site_id, now) for site_id, key in sites.items()},
        findings={key: counts.findings(tx, site_id) for site_id, key in sites.items()},
    )
