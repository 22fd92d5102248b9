"""Answers of other people's servers, read whole and never without end."""

from __future__ import annotations

import aiohttp


async def body_of(answer: aiohttp.ClientResponse, most: int) -> bytes:
    """The whole body, in however many pieces it comes; of a longer one the first `most` bytes, which say nothing."""
    body = bytearray()
    async for piece in answer.content.iter_any():
        body += piece
        if len(body) > most:
            break
    return bytes(body[:most])
