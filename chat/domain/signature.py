"""Signatures of what servers tell each other: `t=<seconds>,v1=<hex>`, the HMAC-SHA256 of `<seconds>.<body>`.

The time is signed too, so that what somebody overheard cannot be told again later.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime

from chat.errors import Unauthenticated

TOLERANCE = 300  # seconds a clock may be off, and news may take


def signed(secret: str, body: str, at: datetime) -> str:
    seconds = int(at.timestamp())
    return f"t={seconds},v1={_mac(secret, seconds, body)}"


def check(secret: str, body: str, signature: str, now: datetime) -> None:
    """Raises Unauthenticated, without saying which of both was wrong: the secret or the body."""
    parts = re.fullmatch(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})", signature)
    if parts is None or not hmac.compare_digest(_mac(secret, int(parts[1]), body), parts[2]):
        raise Unauthenticated("The signature does not hold.", code="bad_signature")
    if abs(now.timestamp() - int(parts[1])) > TOLERANCE:
        raise Unauthenticated(f"The signature is older than {TOLERANCE} seconds, or of the future.", code="stale")


def _mac(secret: str, seconds: int, body: str) -> str:
    return hmac.new(secret.encode(), f"{seconds}.{body}".encode(), hashlib.sha256).hexdigest()
