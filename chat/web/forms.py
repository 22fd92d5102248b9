"""Forms of our own pages, as browsers without a script send them."""

from __future__ import annotations

import asyncio

from aiohttp import web

from chat.errors import BadShape
from chat.web import guards

FORM_TYPE = "application/x-www-form-urlencoded"


async def read(request: web.Request) -> dict[str, str]:
    """What was filled in. Raises BadShape."""
    if request.content_type != FORM_TYPE:
        raise BadShape("This form is not one of ours.")
    try:
        async with asyncio.timeout(guards.BODY_SECONDS):
            sent = await request.post()
    except (TimeoutError, ValueError, LookupError):  # too slow, or not in the charset that it says
        raise BadShape("This form did not arrive whole.") from None
    return {name: value for name, value in sent.items() if isinstance(value, str)}
