"""Asks shops for what somebody bought, behind the scenes: a shop that is slow or gone slows down nobody but this."""

from __future__ import annotations

from typing import Protocol

import aiohttp
import structlog
from pydantic import ValidationError

from chat import wire
from chat.actions import jobs, shop
from chat.actions.jobs import Claimed
from chat.actions.shop import Question
from chat.errors import Conflict, NotFound
from chat.store import Store
from chat.work.answers import body_of

log = structlog.get_logger()

SECONDS = 10.0  # for an answer; well within a job's lease
LARGEST_ANSWER = 2 * 1024 * 1024


class Shop(Protocol):
    """A connector: all that another kind of shop has to bring."""

    async def orders_of(self, question: Question) -> wire.ShopOrders:
        """Somebody's newest orders and payments. Raises OSError, TimeoutError or ValueError when they cannot be had."""
        ...


class AskShops:
    """Keeps jobs of the kind `shop_orders`."""

    def __init__(self, store: Store, connector: Shop) -> None:
        self._store, self._shop = store, connector

    async def keep(self, job: Claimed) -> None:
        question = await self._store.read(shop.question, job)
        if question is not None:
            told = await self._shop.orders_of(question)
            records: list[wire.ShopOrder | wire.ShopPayment] = [*told.orders, *told.payments]
            for record in records:
                await self._take(question, record)
        await self._store.write(jobs.finish, job.id)

    async def _take(self, question: Question, record: wire.ShopOrder | wire.ShopPayment) -> None:
        """One that contradicts what is known does not keep the others away."""
        try:
            await self._store.write(shop.import_records, question.site_id, [record])
        except (Conflict, NotFound) as error:
            log.warning("a shop contradicts itself", site=question.site_id, number=record.number, why=error.code)


class HttpShop:
    """`GET <url>/orders?customer=<id>`, signed; the answer is a `ShopOrders` (docs/shop.md)."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._timeout = aiohttp.ClientTimeout(total=seconds)

    async def orders_of(self, question: Question) -> wire.ShopOrders:
        headers = {"Nightdesk-Signature": question.signature}
        async with (
            aiohttp.ClientSession(timeout=self._timeout, raise_for_status=True) as http,
            http.get(
                f"{question.url}/orders",
                params={"customer": question.customer},
                headers=headers,
                allow_redirects=False,
            ) as answer,
        ):
            body = await body_of(answer, LARGEST_ANSWER)
        try:
            return wire.ShopOrders.model_validate_json(body, strict=True)
        except ValidationError as error:
            raise ValueError(f"the shop's answer is not what it should be: {shop.first_fault(error)}") from None
