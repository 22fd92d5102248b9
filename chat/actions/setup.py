"""What an operator does before anybody can chat: sites, and the team that serves them."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from chat.domain import calendar_document
from chat.domain.conversation import clean_line
from chat.errors import Invalid, SettingsError
from chat.store import Tx
from chat.store.queries import people
from chat.store.tables import Site, Team, TeamSite

EVERY_DAY = {day: [["09:00", "21:00"]] for day in calendar_document.WEEKDAYS}
NAME = 200  # characters
TEAM = "Everybody"  # the team that a new site and a new agent join


def installation(tx: Tx, now: datetime) -> tuple[str, str]:
    """What the processes on this database have in common: its `store_id`, and the key they sign their news with."""
    tx.change(
        "INSERT INTO meta (key, value) VALUES ('bus_key', :new) ON CONFLICT (key) DO NOTHING",
        new=secrets.token_urlsafe(32),
    )
    return people.meta(tx, "store_id"), people.meta(tx, "bus_key")


def check_key(tx: Tx, now: datetime) -> None:
    """Raises SettingsError when what is stored encrypted was sealed with another key than this process has."""
    known = people.known_key(tx)
    if known is not None and known != tx.keys.check_value():
        raise SettingsError(
            "This is not the key the database was written with. Put back the file secret.key of the data folder, or"
            " NIGHTDESK_SECRET_KEY as it was; without it payout accounts cannot be read."
        )


def add_site(
    tx: Tx, key: str, name: str, origins: list[str], zone: str, ticket_prefix: str, now: datetime
) -> dict[str, Any]:
    """A site open daily from 09:00 to 21:00, with a secret for signing its users' identity. Raises Invalid."""
    if not re.fullmatch(r"[a-z0-9-]{1,40}", key):
        raise Invalid(f"The key {key!r} may have small letters, digits and hyphens, at most 40.")
    if people.site_by_key(tx, key) is not None:
        raise Invalid(f"There is a site {key} already.")
    if not re.fullmatch(r"[A-Z]{2,4}", ticket_prefix):
        raise Invalid(f"The ticket prefix {ticket_prefix!r} must be two to four capital letters.")
    hours = {"zone": zone, "weekly": EVERY_DAY, "specials": []}
    calendar_document.parse(hours)
    site = Site(
        key=key,
        name=dict.fromkeys(("zh-CN", "en"), clean_line(name, NAME)),
        origins=[_origin(address) for address in origins],
        locales=["zh-CN", "en"],
        calendar=hours,
        issuer=key,
        identity_secret=secrets.token_urlsafe(32),
        ticket_prefix=ticket_prefix,
    )
    tx.session.add(site)
    tx.session.flush()
    tx.session.add(TeamSite(team_id=everybody(tx).id, site_id=site.id))
    return {"key": site.key, "origins": site.origins, "identity_secret": site.identity_secret}


def everybody(tx: Tx) -> Team:
    team = people.team_named(tx, TEAM)
    if team is None:
        team = Team(name=TEAM)
        tx.session.add(team)
        tx.session.flush()
    return team


def _origin(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/") or parts.query:
        raise Invalid(f"The origin {address!r} must look like https://shop.example.com, without a path.")
    return f"{parts.scheme}://{parts.netloc}".lower()
