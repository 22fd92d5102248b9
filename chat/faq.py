"""The package `bots` in the words of `actions.bot`: models made of articles, in a process of their own, and asked."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import bots
from chat.actions import bot
from chat.actions.bot_models import Article, Basis

FIT_SECONDS = 120.0  # for thousands of articles; a model that takes longer will never be done


class FaqTrainer:
    """Trains in a child process: what it takes (memory, and libraries that only training needs) ends with it."""

    def __init__(self, target: float, unanswerable: float) -> None:
        self.basis = Basis(bots.VERSION, target, unanswerable)

    def load(self, data: bytes) -> FaqBot:
        """Raises bots.ModelError."""
        return FaqBot(bots.Bot(bots.Model.from_bytes(data)))

    async def fit(self, articles: Sequence[Article]) -> tuple[dict[str, Any], bytes]:
        """The report, and what `load` takes. Raises RuntimeError with the child's last words."""
        lines = "".join(json.dumps(asdict(article), ensure_ascii=False) + "\n" for article in articles)
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bots.train",
            *("--target", str(self.basis.target), "--unanswerable", str(self.basis.unanswerable)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(FIT_SECONDS):
                told, complaint = await child.communicate(lines.encode())
        finally:
            if child.returncode is None:  # given up, or this process stops
                child.kill()
                await child.wait()
        if child.returncode:
            raise RuntimeError(complaint.decode(errors="replace").strip().rpartition("\n")[2] or "the bot's fit failed")
        report, _, data = told.partition(b"\n")
        return json.loads(report), data


class FaqBot:
    """Answers turns and ranks questions from one model."""

    def __init__(self, answering: bots.Bot) -> None:
        self._bot = answering

    def reply(self, turn: bot.Turn) -> bot.Decision:
        return _decision(self._bot.reply(bots.Turn(**asdict(turn))))

    def rank(self, question: bot.Question) -> bot.Ranking:
        turn = bots.Turn(**asdict(question))
        begun = time.perf_counter()
        decision, found = _decision(self._bot.reply(turn)), self._bot.rank(turn)
        return bot.Ranking(
            decision=decision,
            reason=_why(decision, found),
            confidence=found.confidence,
            articles=tuple(
                bot.Ranked(each.article_id, each.score, dict(each.by_head), _is_exact(each, found))
                for each in found.best
            ),
            ms=round((time.perf_counter() - begun) * 1000, 1),
        )


def _why(decision: bot.Decision, found: bots.Ranking) -> str:
    """What was said comes before what the articles say: a greeting, somebody in distress."""
    match decision:
        case bot.Ask(code) | bot.HandOver("urgent" | "asked_for_person" as code):
            return code
    return found.why


def _is_exact(article: bots.Ranked, found: bots.Ranking) -> bool:
    return found.why in ("exact", "exact_shared") and article.article_id in found.likely


def _decision(decided: bots.Decision) -> bot.Decision:
    match decided:
        case bots.Answer(article_id, confidence):
            return bot.Answer(article_id, confidence)
        case bots.Suggest(article_ids, confidence):
            return bot.Suggest(article_ids, confidence)
        case bots.Ask(code):
            return bot.Ask(code)
        case bots.TakeMessage(reason) | bots.CallAgent(reason):
            return bot.HandOver(reason)
