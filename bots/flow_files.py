"""Guided flows as files: `flows/<code>.toml` is one, `flows/words.toml` holds the words that all of them share.

A file that is not whole is refused when it is read, in a sentence that names it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, get_args

from bots.turn import Locale

TYPES = ("order", "transaction", "order_or_transaction", "items", "counts", "money", "text", "line", "choice",
         "evidence", "contact", "confirm")  # fmt: skip
WORDS_ONLY = "words.toml"
COMMANDS = frozenset({"back", "out", "skip", "send", "done", "message", "unknown"})  # no flow is called so


class FlowError(ValueError):
    """A flow's file is not as it should be; the message names the file."""


@dataclass(frozen=True)
class Step:
    code: str
    type: str
    words: Mapping[str, str]
    required: bool
    label: Mapping[str, str]
    field: str | None  # of the kind's form
    checks: tuple[str, ...]
    allowed_checks: tuple[str, ...]
    options: tuple[tuple[str, Mapping[str, str]], ...]
    also: Mapping[str, tuple[str, ...]]  # other words for an option
    when: Mapping[str, str]
    below: str | None
    of: str | None  # the step that names what these items are of
    refundable: bool
    evidence: str


@dataclass(frozen=True)
class Flow:
    code: str
    kind: str
    topic: str
    names: Mapping[str, str]
    articles: tuple[str, ...]
    steps: tuple[Step, ...]
    opened: Mapping[str, str]

    def step(self, code: str) -> Step | None:
        return next((step for step in self.steps if step.code == code), None)


def shipped() -> tuple[list[Flow], Mapping[str, Any]]:
    """The flows of this package, and the words they share. Raises FlowError."""
    shelf = files("bots") / "flows"
    texts = {file.name: file.read_text(encoding="utf-8") for file in shelf.iterdir() if file.name.endswith(".toml")}
    words = tomllib.loads(texts.pop(WORDS_ONLY))
    return [read_flow(text, name) for name, text in sorted(texts.items())], words


def read_flow(text: str, file_name: str) -> Flow:
    try:
        data = tomllib.loads(text)
        flow = _flow(data)
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as error:
        raise FlowError(f"{file_name}: {error!r}") from None
    if why := _trouble(flow, file_name):
        raise FlowError(f"{file_name}: {why}")
    return flow


def _flow(data: Mapping[str, Any]) -> Flow:
    return Flow(
        data["code"],
        data["kind"],
        data["topic"],
        data["names"],
        tuple(data["articles"]),
        tuple(_step(each) for each in data["steps"]),
        data["opened"],
    )


_KEYS = frozenset({"code", "type", "words", "required", "label", "field", "checks", "allowed_checks", "options", "when",
                   "below", "of", "refundable", "evidence"})  # fmt: skip


def _step(data: Mapping[str, Any]) -> Step:
    if unknown := sorted(set(data) - _KEYS):
        raise KeyError(f"a step knows no {', '.join(unknown)}")
    return Step(
        data["code"],
        data["type"],
        data["words"],
        data.get("required", True),
        data.get("label", {}),
        data.get("field"),
        tuple(data.get("checks", ())),
        tuple(data.get("allowed_checks", ())),
        tuple((each["code"], each["names"]) for each in data.get("options", ())),
        {each["code"]: tuple(each.get("also", ())) for each in data.get("options", ())},
        data.get("when", {}),
        data.get("below"),
        data.get("of"),
        data.get("refundable", False),
        data.get("evidence", "other"),
    )


def _trouble(flow: Flow, file_name: str) -> str | None:
    codes = [step.code for step in flow.steps]
    if flow.code != file_name.removesuffix(".toml"):
        return f"its code is {flow.code}"
    if not re.fullmatch(r"[a-z_]{1,40}", flow.code) or flow.code in COMMANDS:
        return f"{flow.code} is no code"
    if len(set(codes)) < len(codes) or "files" in codes:
        return "a step is there twice, or called files"
    if [step.type for step in flow.steps].count("confirm") != 1 or flow.steps[-1].type != "confirm":
        return "it ends with its one confirm"
    spoken = [flow.names, flow.opened, *(step.words for step in flow.steps)]
    spoken += [names for step in flow.steps for _, names in step.options]
    spoken += [step.label for step in flow.steps if step.label]
    if any(not words.get(locale) for words in spoken for locale in get_args(Locale)):
        return f"words are missing in one of {', '.join(get_args(Locale))}"
    for number, step in enumerate(flow.steps):
        if step.type not in TYPES or (step.type == "choice") != bool(step.options):
            return f"{step.code} is no step of a known type"
        before = [*step.when, *(code for code in (step.below, step.of) if code)]
        if any(code not in codes[:number] for code in before):
            return f"{step.code} depends on what has not been asked"
        if (step.type in ("items", "counts")) != bool(step.of):
            return f"{step.code} does not say what these items are of"
        if step.type == "counts" and (of := flow.step(step.of or "")) and of.type != "items":
            return f"{step.code} counts what are no items"
    return None
