"""Where a page of a list ended: a number and an id, as text that callers hand back and do not read."""

from __future__ import annotations

import base64
import binascii

from chat.errors import BadShape


def written(number: int, row_id: str) -> str:
    return base64.urlsafe_b64encode(f"{number} {row_id}".encode()).decode()


def read(text: str) -> tuple[int, str]:
    """Raises BadShape for what was never written here."""
    try:
        number, row_id = base64.urlsafe_b64decode(text.encode()).decode().split(" ")
        if not 0 <= int(number) < 2**63 or "\x00" in row_id:
            raise ValueError(number)
        return int(number), row_id
    except (ValueError, binascii.Error):
        raise BadShape("before: this is not a cursor; hand back `next` as it was given.") from None
