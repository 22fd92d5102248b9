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
    """The request or the file is too big."""

    code = "too_large"
    status = 413


class WrongType(NightdeskError):
    """A file of a type that is not taken here."""

    code = "wrong_type"
    status = 415


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


# Finer than the classes, given with `code=` where a program may want to tell: code -> class, what happened.
FINER: dict[str, tuple[type[NightdeskError], str]] = {
    "bad_identity": (Unauthenticated, "The identity token is not the host site's, has run out, or lasts too long."),
    "bad_signature": (Unauthenticated, "What was signed, or with which secret, is not what it should be."),
    "stale": (Unauthenticated, "The signature is too old, or of the future."),
    "foreign_origin": (Forbidden, "The page that calls is not one of the site's."),
    "match_first": (Forbidden, "Nobody has signed who the customer is: match two facts of their order first."),
    "no_order": (NotFound, "The shop tells of a payment before its order; it tells it again later."),
    "other_customer": (Conflict, "What the shop tells of was another customer's before."),
    "other_currency": (Conflict, "The payment is in another currency than its order, or either than before."),
    "no_match": (NotFound, "There is no order with this number and exactly this amount."),
    "confirm_needed": (Forbidden, "The sum takes the caller's password once more: `confirm_password`, then again."),
    "wrong_password": (Forbidden, "The password given once more, or as the current one, is not the caller's."),
    "weak_password": (Invalid, "The new password is too short, or the address one signs in with."),
    "unknown_command": (NotFound, "This door has no such command."),
    "file_missing": (NotFound, "The file was there once, and is not where files are kept any more."),
    "queue_empty": (NotFound, "Nobody is waiting."),
    "after_promise": (Conflict, "The customer was promised an answer before that time."),
    "absent": (Conflict, "The colleague is not there."),
    "already_there": (Conflict, "This agent has the conversation, so they cannot also take part beside it."),
    "changed": (Conflict, "Somebody was faster. Look again, and try again if it still makes sense."),
    "already_asked": (Conflict, "The customer was asked to rate this conversation already."),
    "no_mail": (Conflict, "This installation has no mail server, so it sends no transcripts."),
    "no_agent": (Conflict, "A guest is mailed a conversation once an agent has answered in it."),
    "closed": (Conflict, "The conversation has ended: its customer starts a new one, or writes in the open one."),
    "crowded": (Conflict, "As many colleagues as may take part in the conversation do already."),
    "desk_closed": (Conflict, "The desk is closed; leave a message."),
    "desk_closing": (Conflict, "The desk closes before their turn would come; leave a message."),
    "full": (Conflict, "The agent has as many conversations as they may have at once."),
    "not_offline": (Conflict, "One of the conversations is no message in the inbox any more."),
    "not_active": (Conflict, "No agent has this conversation, so there is nothing to join or hand over."),
    "not_closed": (Conflict, "The conversation has not ended yet."),
    "notes_only": (Conflict, "The agent was asked in to read and write notes, not to write to the customer."),
    "not_yours": (Conflict, "Another agent has this conversation, or nobody has; pick it first."),
    "other_team": (Conflict, "The conversation is for another team; a supervisor may take it all the same."),
    "identity_first": (IllegalMove, "Who asks was not recognised: record what was checked and that it was right."),
    "own_request": (IllegalMove, "Nobody decides on a refund they asked for themselves."),
    "queue_full": (Conflict, "As many wait as the team lets wait; leave a message."),
    "refund_open": (IllegalMove, "Another refund is open for the same lines."),
    "shortcut_taken": (Conflict, "Another canned reply in the same lists has this shortcut already."),
    "too_many_replies": (Conflict, "As many canned replies as may be are kept already."),
    "too_many_views": (Conflict, "As many views as an agent may keep are kept already."),
    "bot_off": (Conflict, "The bot is switched off."),
    "slug_taken": (Conflict, "There is an article of this name in this language already."),
    "scheduled": (Conflict, "Another version of the article waits for its date."),
    "not_in_force": (Conflict, "The article is not in force, so it cannot be withdrawn."),
    "same_person": (IllegalMove, "The second approval has to come from another person."),
    "broken_picture": (Invalid, "The file says it is a picture, and cannot be read as one."),
    "empty_file": (Invalid, "There is nothing in the file."),
    "too_many_pixels": (Invalid, "The picture has more pixels than are taken here."),
    "too_many_files": (TooMany, "As many files as one person may send in a day, or may have sent without using them."),
    "fewer_left": (Invalid, "Fewer of a line can still go back than `counts` says; see `left` of the order's item."),
    "fewer_bought": (Invalid, "The shop says now that fewer of a line were bought than would go back."),
    "helps_itself": (Invalid, "A team cannot be the one that helps itself out."),
    "last_admin": (Conflict, "Nobody would be left who may change settings and people."),
    "yourself": (Conflict, "Nobody removes themselves; another admin does."),
    "removed": (Conflict, "The agent was removed already."),
    "last_team": (Invalid, "No other team serves the site: its customers would reach nobody."),
    "not_serving": (Invalid, "The team that helps out does not serve all sites of the other one."),
    "ring": (Invalid, "Teams would help each other out in a ring."),
    "refund_unfinished": (IllegalMove, "A refund of the ticket is still to be decided on or paid, so it is not over."),
    "appeal_open": (IllegalMove, "The customer has appealed: name the ending that answers it."),
    "ending_needed": (IllegalMove, "A ticket of this kind is not solved without one of its endings."),
    "payout_doubtful": (IllegalMove, "The service said two things of a payment: a supervisor clears it up first."),
    "ticket_closed": (IllegalMove, "The ticket is closed: nothing of it changes any more."),
    "wrong_number": (Invalid, "This is no ticket number, or a digit of it is wrong."),
    "kind_closed": (Invalid, "No new ticket of this kind can be opened, or not by a customer."),
    "wrong_form": (Invalid, "The form lacks what its kind asks for, or has what it does not; see `case_kinds`."),
    "no_contact": (Invalid, "A reply would reach nobody: give an e-mail address or a phone number."),
    "no_payment_service": (Invalid, "No payment service is set up; payments are recorded by hand."),
    "too_many_evidence": (TooMany, "This case holds as much evidence as one may."),
    "too_many_cases": (TooMany, "This customer has as many open cases, or has opened as many today, as there may be."),
    "policy": (Invalid, "The site's refund policy forbids it; `check_case` says which rule does."),
    "reason_needed": (Invalid, "Rejecting a refund takes a reason, and so does approving one beyond the policy."),
}
