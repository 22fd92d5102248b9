"""`/api/openapi.json`, derived from the command table."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic.json_schema import models_json_schema

from chat import __version__
from chat.commands import COMMANDS, Caller, Command

ERROR = {
    "type": "object",
    "required": ["ok", "error"],
    "properties": {
        "ok": {"const": False},
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "retry_after": {"type": "number", "description": "seconds"},
            },
        },
    },
}


# What other servers tell us has its own page: it is signed, and its body is not the input of a command.
DESCRIBED = [command for command in COMMANDS if command.door != "hook"]


@cache
def describe() -> dict[str, Any]:
    """OpenAPI 3.1 for every command at the HTTP door."""
    wanted = [(shape, mode) for command in DESCRIBED for shape, mode in _shapes(command)]
    names, schemas = models_json_schema(wanted, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Nightdesk", "version": __version__},
        "paths": {
            f"/api/{_door(command)}/{command.name}": {"post": _operation(command, names)} for command in DESCRIBED
        },
        "components": {
            "schemas": {**schemas.get("$defs", {}), "Error": ERROR},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "nightdesk_agent"},
            },
        },
    }


def _operation(command: Command, names: Any) -> dict[str, Any]:
    given, gives = (names[key] for key in _shapes(command))
    answer = {
        "type": "object",
        "required": ["ok", "value"],
        "properties": {"ok": {"const": True}, "value": gives},
    }
    operation: dict[str, Any] = {
        "operationId": f"{_door(command)}_{command.name}",
        "tags": [_door(command)],
        "summary": command.summary,
        "requestBody": {"required": True, "content": {"application/json": {"schema": given}}},
        "responses": {
            "200": {"description": "Done.", "content": {"application/json": {"schema": answer}}},
            "default": {
                "description": "Refused; nothing was changed.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
            },
        },
    }
    if command.caller is Caller.AGENT:
        operation["security"] = [{"bearer": []}, {"cookie": []}]
    elif command.caller is not Caller.PUBLIC:
        operation["security"] = [{"bearer": []}]
    return operation


def _shapes(command: Command) -> tuple[tuple[Any, str], tuple[Any, str]]:
    return (command.input, "validation"), (command.output, "serialization")


def _door(command: Command) -> str:
    return command.door or command.caller.value
