"""The package `bots` in the words of `actions`: models made of articles, in a process of their own, and asked; and the
guided flows.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, cast, get_args

import bots
from bots import flow_turn as guided
from bots import shipped
from bots.flow import Guide as Flows
from bots.flow import load_guide
from bots.turn import Locale
from chat import texts
from chat.actions import bot_turn, flow_offers, flows
from chat.actions.bot_models import Article, Basis

Lack = Literal["encoder", "usual"]
FIT_SECONDS = 120.0  # for thousands of articles; a model that takes longer will never be done


def lacking() -> list[Lack]:
    """What the bot must do without, and answers less. Loads the encoder, which takes a second and 120 MB."""
    found: list[Lack] = [] if bots.shared_encoder() else ["encoder"]
    return found if all(map(shipped.is_learned, shipped.LOCALES)) else [*found, "usual"]


class FaqTrainer:
    """Trains in a child process: what it takes (memory, and libraries that only training needs) ends with it."""

    def __init__(
        self, target: float, unanswerable: float, vectors: Path | None = None, patience: float = FIT_SECONDS
    ) -> None:
        """`vectors` is a file in which the child finds what it made of the same lines before; `patience` in seconds."""
        self._vectors, self._patience = vectors, patience
        self.basis = Basis(bots.algorithm(), target, unanswerable)

    def load(self, data: bytes) -> FaqBot:
        """Raises bots.ModelError."""
        answering = bots.Bot(bots.Model.from_bytes(data))
        # What a first question would wait for, the encoder above all, is loaded now: seconds on a busy machine.
        answering.rank(bots.Turn("您好 hello", "zh-CN", desk_open=True))
        return FaqBot(answering)

    async def fit(self, articles: Sequence[Article]) -> tuple[dict[str, Any], bytes]:
        """The report, and what `load` takes. Raises RuntimeError with the child's last words."""
        lines = "".join(json.dumps(asdict(article), ensure_ascii=False) + "\n" for article in articles)
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bots.train",
            *("--target", str(self.basis.target), "--unanswerable", str(self.basis.unanswerable)),
            *(("--vectors", str(self._vectors)) if self._vectors else ()),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(self._patience):
                told, complaint = await child.communicate(lines.encode())
        except TimeoutError:
            count = sum(1 + len(article.phrasings) for article in articles)
            raise RuntimeError(
                f"training the bot on {count} phrasings took longer than {self._patience:g} s and was given up"
            ) from None
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

    def reply(self, turn: bot_turn.Turn) -> bot_turn.Decision:
        return _decision(self._bot.reply(bots.Turn(**asdict(turn))))

    def rank(self, question: bot_turn.Question) -> bot_turn.Ranking:
        turn = bots.Turn(**asdict(question))
        begun = time.perf_counter()
        decision, found = _decision(self._bot.reply(turn)), self._bot.rank(turn)
        return bot_turn.Ranking(
            decision=decision,
            reason=_why(decision, found),
            confidence=found.confidence,
            listing=found.listing,
            articles=tuple(
                bot_turn.Ranked(each.article_id, each.score, dict(each.by_head), _is_exact(each, found))
                for each in found.best
            ),
            ms=round((time.perf_counter() - begun) * 1000, 1),
        )


def _why(decision: bot_turn.Decision, found: bots.Ranking) -> str:
    """What was said comes before what the articles say: a greeting, somebody in distress."""
    match decision:
        case bot_turn.SmallTalk():
            return "small_talk"
        case bot_turn.Ask(code) | bot_turn.HandOver("urgent" | "asked_for_person" as code):
            return code
    return found.why


def _is_exact(article: bots.Ranked, found: bots.Ranking) -> bool:
    return found.why in ("exact", "exact_shared") and article.article_id in found.likely


def _decision(decided: bots.Decision) -> bot_turn.Reply:
    match decided:
        case bots.Answer(article_id, confidence):
            return bot_turn.Answer(article_id, confidence)
        case bots.Suggest(article_ids, confidence):
            return bot_turn.Suggest(article_ids, confidence)
        case bots.Ask(code):
            return bot_turn.Ask(code)
        case bots.SmallTalk(_, text, offers):
            return bot_turn.SmallTalk(text, offers)
        case bots.TakeMessage(reason) | bots.CallAgent(reason):
            return bot_turn.HandOver(reason)


class Guide:
    """The shipped flows, read when they are first wanted. It takes turns and keeps nothing."""

    @cached_property
    def _flows(self) -> Flows:
        return load_guide()

    def catalogue(self) -> flow_offers.Catalogue:
        """What there is to offer. Raises bots.flow_files.FlowError."""
        known = {
            code: flow_offers.Flow(
                kind=flow.kind,
                topic=flow.topic,
                articles=flow.articles,
                names=flow.names,
                begin={each: self._flows.say("begin", each, name=flow.names[each]) for each in get_args(Locale)},
            )
            for code, flow in self._flows.flows.items()
        }
        words = {
            code: {locale: self._flows.say(code, locale) for locale in get_args(Locale)}
            for code in ("sign_in", "no_case", "your_cases", "more_about_it", "under_way")
        }
        return flow_offers.Catalogue(known, self._flows.case_articles, words)

    def take(self, turn: flows.Turn) -> bot_turn.Decision:
        return _outcome(self._flows.take(turn.state, _said(turn), _facts(turn)))

    def refuse(self, turn: flows.Turn, why: str) -> bot_turn.Decision:
        """What to say when the case could not be opened; `why` is the code of the error."""
        asks = self._flows.refuse(turn.state or {}, _said(turn), _facts(turn), why)
        return _asks(asks, refusal=True) if asks else bot_turn.NO_MATCH


def _said(turn: flows.Turn) -> guided.Said:
    return guided.Said(cast(Locale, turn.locale), turn.lines, turn.choice, turn.files, turn.outrun)


def _facts(turn: flows.Turn) -> guided.Facts:
    verdicts, chosen = turn.facts.verdicts, turn.facts.chosen
    return guided.Facts(
        verified=turn.facts.verified,
        reachable=turn.facts.reachable,
        bought=tuple(guided.Bought(**asdict(each)) for each in turn.facts.bought),
        refused={  # of what was chosen, where that is not the whole
            each: texts.say(turn.locale, f"policy.{said.rule}", **texts.worded(turn.locale, said.values, ""))
            for each, said in {**verdicts, **chosen}.items()
            if not said.allowed
        },
        most={each: said.most for each, said in verdicts.items() if said.allowed},
        chosen_most={each: said.most for each, said in chosen.items() if said.allowed},
        items={each: tuple(guided.Item(**asdict(item)) for item in items) for each, items in turn.facts.items.items()},
    )


def _outcome(outcome: guided.Outcome | None) -> bot_turn.Decision:
    match outcome:
        case None:
            return bot_turn.NO_MATCH
        case guided.Asks():
            return _asks(outcome)
        case guided.Left(_, "left", body):
            return flows.Left(body)
        case guided.Left(_, reason):
            return bot_turn.HandOver(reason)
        case guided.Done():
            return flows.Done(
                outcome.case, outcome.evidence, outcome.checks, outcome.as_message, outcome.message, outcome.opened
            )


def _asks(asks: guided.Asks, *, refusal: bool = False) -> flows.Asks:
    choices = tuple((choice.title, choice.value) for choice in asks.choices)
    return flows.Asks(asks.state, asks.body, choices, asks.input, refusal)
