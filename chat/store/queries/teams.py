"""Teams: whom they serve, who is in them."""

from __future__ import annotations

from sqlmodel import col, select

from chat.store.tables import Team, TeamSite
from chat.store.tx import Tx


def serving(tx: Tx, site_id: str) -> list[Team]:
    """Those of a site, by name."""
    theirs = select(TeamSite.team_id).where(TeamSite.site_id == site_id)
    return list(tx.session.exec(select(Team).where(col(Team.id).in_(theirs)).order_by(Team.name, Team.id)))
