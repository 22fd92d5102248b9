"""The tables of docs/protocol.md, derived from the command table and the shapes."""

from __future__ import annotations

import inspect
from pathlib import Path

from chat import errors, wire
from chat.commands import COMMANDS, Command
from chat.wire_ts import allows_none, shapes, type_text


def render(page: Path) -> str:
    """docs/protocol.md with its tables made anew."""
    return replace(page, "tables", _tables())


def replace(page: Path, name: str, text: str) -> str:
    """A page with what stands between its marks made anew."""
    begin, end = f"<!-- begin: {name} -->", "<!-- end -->"
    head, rest = page.read_text().split(begin)
    _, tail = rest.split(end, 1)
    return f"{head}{begin}\n\n{text.strip()}\n\n{end}{tail}"


def _tables() -> str:
    parts = [
        "### Customer commands\n",
        _commands("customer"),
        "### Agent commands\n",
        _commands("agent"),
        "### Case link commands\n",
        _commands("case_link"),
        "### Events\n",
        _events(),
        "### Error codes\n",
        _errors(),
        "### Shapes\n",
        _shapes(),
    ]
    return "\n".join(parts)


def _commands(door: str) -> str:
    rows = [command for command in COMMANDS if (command.door or command.caller.value) == door]
    lines = ["| command | who | takes | gives | |", "|---|---|---|---|---|"]
    return "\n".join([*lines, *(_command(command) for command in rows)]) + "\n"


def _command(command: Command) -> str:
    who = command.caller.value if command.caller.value != "agent" else f"agent ({command.role})"
    return (
        f"| `{command.name}` | {who} | `{command.input.__name__}` | `{command.output.__name__}` | {command.summary} |"
    )


def _events() -> str:
    lines = ["| event | to customers | to agents |", "|---|---|---|"]
    for name in dict.fromkeys([*wire.CUSTOMER_EVENTS, *wire.AGENT_EVENTS]):
        told = [events.get(name) for events in (wire.CUSTOMER_EVENTS, wire.AGENT_EVENTS)]
        cells = [f"`{_cell(type_text(shape))}`" if shape is not None else "" for shape in told]
        lines.append(f"| `{name}` | {cells[0]} | {cells[1]} |")
    return "\n".join(lines) + "\n"


def _errors() -> str:
    rows = [(kind.status, kind.code, (kind.__doc__ or "").splitlines()[0]) for kind in _kinds_of_errors()]
    rows += [(kind.status, code, meaning) for code, (kind, meaning) in errors.FINER.items()]
    lines = [f"| {status} | `{code}` | {meaning} |" for status, code, meaning in sorted(rows)]
    return "\n".join(["| status | code | |", "|---|---|---|", *lines]) + "\n"


def _kinds_of_errors() -> list[type[errors.NightdeskError]]:
    """Those that callers meet."""
    classes = [kind for _, kind in inspect.getmembers(errors, inspect.isclass)]
    never = (errors.NightdeskError, errors.SettingsError)
    return [kind for kind in classes if issubclass(kind, errors.NightdeskError) and kind not in never]


def _shapes() -> str:
    parts = []
    for shape in shapes():
        hints = {name: field for klass in reversed(shape.__mro__) for name, field in _hints(klass).items()}
        fields = [f"{name}{'?' if _optional(shape, name, hint) else ''}" for name, hint in _of(shape, hints)]
        parts.append(f"- **{shape.__name__}** {{{', '.join(fields)}}}")
    return "\n".join(parts) + "\n"


def _hints(klass: type) -> dict[str, object]:
    return inspect.get_annotations(klass, eval_str=True) if issubclass(klass, wire.Shape) else {}


def _of(shape: type[wire.Shape], hints: dict[str, object]) -> list[tuple[str, object]]:
    return [(name, hints[name]) for name in shape.model_fields]


def _optional(shape: type[wire.Shape], name: str, hint: object) -> bool:
    return allows_none(hint) or (issubclass(shape, wire.Input) and not shape.model_fields[name].is_required())


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
