"""The wire's shapes and the command table as TypeScript, for `widget/src/core/wire.ts`."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from chat import wire
from chat.commands import at_door

HEAD = """// Made from chat/wire and chat/commands.py by `python -m chat wire`. Do not edit; a test compares.

export type Envelope<T> =
  | { ok: true; value: T }
  | { ok: false; error: { code: string; message: string; retry_after?: number } };
"""
ALIASES = ["Locale", "Topic", "ConversationStatus", "Outcome", "AuthorKind", "MessageKind", "PresenceStatus", "Role",
           "CustomerKind", "TicketStatusName", "RefundStateName",
           "RoutingPolicy", "AssignedHow", "LeftOutReason", "Divert", "BreakReason"]  # fmt: skip
PLAIN: dict[Any, str] = {str: "string", int: "number", float: "number", bool: "boolean", datetime: "string"}


def render() -> str:
    parts = [HEAD, *(_alias(name) for name in ALIASES), *(_interface(shape) for shape in shapes())]
    parts += [_commands("CustomerCommands", "customer"), _commands("AgentCommands", "agent")]
    parts += [_events("CustomerEvents", wire.CUSTOMER_EVENTS), _events("AgentEvents", wire.AGENT_EVENTS)]
    return "\n".join(parts)


def shapes() -> list[type[wire.Shape]]:
    found = [
        shape
        for _, shape in inspect.getmembers(wire, inspect.isclass)
        if issubclass(shape, wire.Shape) and shape not in (wire.Shape, wire.Input)
    ]
    return sorted(found, key=lambda shape: (shape.__module__, inspect.getsourcelines(shape)[1]))


def _alias(name: str) -> str:
    return f"export type {name} = {_literal(getattr(wire, name))};\n"


def _interface(shape: type[wire.Shape]) -> str:
    base: type[wire.Shape] = shape.__bases__[0]
    inherited = base.model_fields if base not in (wire.Shape, wire.Input) else {}
    head = f"export interface {shape.__name__}" + (f" extends {base.__name__}" if inherited else "")
    hints = inspect.get_annotations(shape, eval_str=True)
    lines = [_field(shape, name, hints[name]) for name in shape.model_fields if name not in inherited]
    return f"{head} {{\n" + "".join(lines) + "}\n"


def _field(shape: type[wire.Shape], name: str, hint: Any) -> str:
    is_input = issubclass(shape, wire.Input)
    optional = allows_none(hint) or (is_input and not shape.model_fields[name].is_required())
    null = " | null" if is_input and allows_none(hint) else ""  # takes away what was set
    return f"  {name}{'?' if optional else ''}: {type_text(hint)}{null};\n"


def allows_none(hint: Any) -> bool:
    return get_origin(hint) in (Union, types.UnionType) and type(None) in get_args(hint)


def type_text(hint: Any) -> str:
    aliases = {id(getattr(wire, name)): name for name in ALIASES}
    if id(hint) in aliases:
        return aliases[id(hint)]
    if hint in PLAIN:
        return PLAIN[hint]
    if inspect.isclass(hint) and issubclass(hint, wire.Shape):
        return hint.__name__
    if hint is Any:
        return "unknown"
    makers: dict[Any, Callable[[tuple[Any, ...]], str]] = {
        Annotated: lambda args: type_text(args[0]),
        Literal: lambda args: " | ".join(f'"{value}"' for value in args),
        list: lambda args: f"{_wrapped(args[0])}[]",
        dict: lambda args: f"Record<string, {type_text(args[1])}>",
        tuple: lambda args: f"[{', '.join(type_text(arg) for arg in args)}]",
        Union: _union,
        types.UnionType: _union,
    }
    return makers[get_origin(hint)](get_args(hint))


def _union(args: tuple[Any, ...]) -> str:
    return " | ".join(type_text(arg) for arg in args if arg is not type(None))


def _wrapped(hint: Any) -> str:
    text = type_text(hint)
    return f"({text})" if " | " in text else text


def _literal(hint: Any) -> str:
    return " | ".join(f'"{value}"' for value in get_args(hint))


def _commands(name: str, door: str) -> str:
    lines = [
        f"  {command.name}: {{ input: {command.input.__name__}; output: {command.output.__name__} }};\n"
        for command in at_door(door).values()
    ]
    return f"export interface {name} {{\n" + "".join(lines) + "}\n"


def _events(name: str, events: dict[str, Any]) -> str:
    lines = [f"  {event}: {type_text(shape)};\n" for event, shape in events.items()]
    return f"export interface {name} {{\n" + "".join(lines) + "}\n"
