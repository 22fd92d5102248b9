"""Has payouts paid by the operator's payment service (docs/cases.md), and asks again what it did not say."""

from __future__ import annotations

from typing import Protocol

import aiohttp
import structlog
from pydantic import ValidationError

from chat import wire
from chat.actions import jobs, payouts
from chat.actions.jobs import Claimed
from chat.actions.payouts import Instruction, Outcome, Question
from chat.errors import NightdeskError
from chat.store import Store
from chat.work.answers import body_of

log = structlog.get_logger()

SECONDS = 15.0  # for an answer; well within a job's lease, so that no other process asks meanwhile
LARGEST_ANSWER = 64 * 1024


class PaymentService(Protocol):
    """Whoever moves the money. Both raise nothing: what is not known is `unknown`."""

    async def pay(self, instruction: Instruction) -> Outcome:
        """Pays once, however often it is told to."""
        ...

    async def ask(self, question: Question) -> Outcome | None:
        """What became of a payout; None: the service has never heard of it."""
        ...


class Payouts:
    """Keeps jobs of the kind `payout`."""

    def __init__(self, store: Store, service: PaymentService) -> None:
        self._store, self._service = store, service

    async def keep(self, job: Claimed) -> None:
        question = await self._store.read(payouts.question, job)
        if question is None:
            await self._store.write(jobs.finish, job.id)
            return
        outcome = await self._service.ask(question) if question.was_asked else None
        if outcome is None:
            instruction = await self._store.write(payouts.instruction, question.payout_id)
            outcome = await self._service.pay(instruction) if instruction else Outcome("unknown")
        await self._store.write(payouts.answered, job, outcome)
        log.info("a payout was asked for", payout=question.payout_id, state=outcome.state)


class HttpService:
    """`POST /payouts` and `GET /payouts/<id>` of `url`. Only a well-formed answer counts as one."""

    def __init__(self, url: str, seconds: float = SECONDS) -> None:
        self._url, self._timeout = url, aiohttp.ClientTimeout(total=seconds)

    async def pay(self, instruction: Instruction) -> Outcome:
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": instruction.payout_id,
            "Nightdesk-Signature": instruction.signature,
        }
        status, told = await self._call("POST", "/payouts", headers, instruction.body.encode())
        return _outcome(instruction.payout_id, status, told)

    async def ask(self, question: Question) -> Outcome | None:
        headers = {"Nightdesk-Signature": question.signature}
        status, told = await self._call("GET", f"/payouts/{question.payout_id}", headers)
        return None if status == 404 else _outcome(question.payout_id, status, told)

    async def _call(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None = None
    ) -> tuple[int, bytes]:
        """Status 0: no answer came, and the text says why."""
        try:
            async with (
                aiohttp.ClientSession(timeout=self._timeout) as http,
                http.request(method, self._url + path, headers=headers, data=body, allow_redirects=False) as answer,
            ):
                return answer.status, await body_of(answer, LARGEST_ANSWER)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return 0, type(error).__name__.encode()


def _outcome(payout_id: str, status: int, told: bytes) -> Outcome:
    try:
        answer = wire.PayoutTold.model_validate_json(told) if status in (200, 201, 202) else None
    except (ValidationError, NightdeskError):
        answer = None
    if answer is None or answer.payout_id != payout_id:
        return Outcome("unknown", error=f"The payment service answered {status or told.decode()}.")
    return payouts.outcome_of(answer)
