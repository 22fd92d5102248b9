"""A process that dies between telling the payment service and writing down its answer: one payment, and it is found."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import Any

from tests.faults.conftest import Serving
from tests.faults.processes import Nightdesk
from tests.faults.senders import until
from tests.faults.stepped import PROGRAM, set_clock
from tests.faults.test_jobs import after_its_lease, job_of
from tests.journeys.refunds import Refunds
from tests.payments import SECRET, payment_service

PATIENCE = 20


def refund_of(process: Nightdesk, refund_id: str) -> tuple[Any, ...]:
    with sqlite3.connect(f"file:{process.database}?mode=ro", uri=True) as database:
        count = "(SELECT COUNT(*) FROM payout p WHERE p.refund_id = r.id)"
        sql = f"SELECT r.state, r.reference, {count} FROM refund r WHERE r.id = ?"
        found: tuple[Any, ...] = database.execute(sql, (refund_id,)).fetchone()
    database.close()
    return found


async def test_a_payment_whose_worker_was_killed_before_it_wrote_it_down_is_made_once(nightdesk: Serving) -> None:
    async with payment_service() as service:
        settings = {"payment_url": service.url, "payment_secret": SECRET, "program": PROGRAM}
        process = nightdesk(start=False, at="10:30", **settings)
        set_clock(process.data_dir, 0)
        await asyncio.to_thread(process.start)
        service.after = "hang"
        async with Refunds(process.url) as desk:
            refund = await desk.approved()
            await desk.do("mei", "pay_refund", refund_id=refund["id"], way="service")
        await until(lambda: len(service.paid) == 1, PATIENCE, "the service has paid, and has not answered")
        assert job_of(process, "payout") == (True, False)

        service.after = "answer"
        await after_its_lease(process)
        await until(lambda: refund_of(process, refund["id"])[0] == "paid", PATIENCE, "it is found to be paid")
    assert (len(service.paid), len(service.told), service.asked) == (1, 1, [service.paid[0]["id"]])
    assert refund_of(process, refund["id"]) == ("paid", "PS-1", 1)
