"""One tree of errors, by what the caller can do about them.

Each class carries a stable `code` and the HTTP status both doors answer with. Raise where the fault is known;
the doors translate once. The message is for the person: what happened and what to do.
"""

from __future__ import annotations


class NightdeskError(Exception):
    """The root. `str(error)` is a sentence that may be shown to whoever called."""

    code = "error"
    status = 500

    def __init__(self, message: str, *, code: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.code = code or type(self).code
        self.retry_after = retry_after


class BadShape(NightdeskError):
    """The input does not have the promised shape."""

    code = "bad_request"
    status = 400


class Unauthenticated(NightdeskError):
    """No valid token: sign in (again)."""

    code = "unauthenticated"
    status = 401


class Forbidden(NightdeskError):
    """Known, but this kind of caller may never do it."""

    code = "forbidden"
    status = 403


class NotFound(NightdeskError):
    """Not there, or not yours: from outside the two look the same."""

    code = "not_found"
    status = 404


class Conflict(NightdeskError):
    """The state does not allow it."""

    code = "conflict"
    status = 409


class IllegalMove(Conflict):
    """A state machine has no such move."""

    code = "illegal_move"


class Taken(Conflict):
    """Somebody else won the race; says who."""

    code = "taken"

    def __init__(self, by: str) -> None:
        super().__init__(f"{by} already took this conversation.")
        self.by = by


class Reused(Conflict):
    """A client_id came again with another body."""

    code = "client_id_reused"


class TooLarge(NightdeskError):
    code = "too_large"
    status = 413


class Invalid(NightdeskError):
    """The shape is right, the value is not."""

    code = "invalid"
    status = 422


class TooMany(NightdeskError):
    """Slow down; `retry_after` is in seconds."""

    code = "too_many"
    status = 429


class Unavailable(NightdeskError):
    """Nothing was stored; try again after `retry_after` seconds."""

    code = "unavailable"
    status = 503


class SettingsError(NightdeskError):
    """A wrong setting, in one sentence for the operator."""

    code = "settings"
