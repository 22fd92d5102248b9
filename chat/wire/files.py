"""Files: sent in a conversation or as evidence. They go over HTTP: `POST /api/<door>/upload`, multipart."""

from __future__ import annotations

from chat.wire.values import Id, Shape


class Attachment(Shape):
    """`type` was decided by the content; `url` opens for whoever may see where it was sent."""

    attachment_id: Id
    name: str
    type: str
    size: int
    width: int | None = None
    height: int | None = None
    url: str
