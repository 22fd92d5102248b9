"""`/api/openapi.json`, derived from the command table."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic.json_schema import models_json_schema

from chat import __version__, wire
from chat.commands import COMMANDS, NO_API, Caller, Command

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


REFUSED = {
    "default": {
        "description": "Refused; nothing was changed.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }
}
# Files go over HTTP alone, so no command describes them.
SENDERS = (Caller.CUSTOMER, Caller.AGENT, Caller.CASE_LINK)
ATTACHMENT = (wire.Attachment, "serialization")
FILE: dict[str, Any] = {
    "operationId": "file",
    "tags": ["files"],
    "summary": "A file, for whoever may see where it was sent.",
    "parameters": [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in ("attachment_id", "name")
    ],
    "security": [{"bearer": []}, {"cookie": []}],
    "responses": {
        "200": {"description": "Its content.", "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}},
        **REFUSED,
    },
}

DESCRIBED = [command for command in COMMANDS if command.door not in NO_API]


@cache
def describe() -> dict[str, Any]:
    """OpenAPI 3.1 for every command at the HTTP door."""
    wanted = [(shape, mode) for command in DESCRIBED for shape, mode in _shapes(command)]
    wanted.append(ATTACHMENT)
    names, schemas = models_json_schema(wanted, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Nightdesk", "version": __version__},
        "paths": {
            **{f"/api/{_door(command)}/{command.name}": {"post": _operation(command, names)} for command in DESCRIBED},
            **{f"/api/{kind.value}/upload": {"post": _upload(kind, names)} for kind in SENDERS},
            "/files/{attachment_id}/{name}": {"get": FILE},
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
    operation: dict[str, Any] = {
        "operationId": f"{_door(command)}_{command.name}",
        "tags": [_door(command)],
        "summary": command.summary,
        "requestBody": {"required": True, "content": {"application/json": {"schema": given}}},
        "responses": {**_done(gives), **REFUSED},
    }
    return operation | _security(command.caller)


def _upload(kind: Caller, names: Any) -> dict[str, Any]:
    parts = {
        "file": {"type": "string", "format": "binary"},
        "client_id": {"type": "string", "format": "uuid", "description": "The same again is the same file."},
    }
    form = {"type": "object", "required": ["file"], "properties": parts, "additionalProperties": False}
    return {
        "operationId": f"{kind.value}_upload",
        "tags": [kind.value],
        "summary": "Send a file, to use it in a message, as evidence or in an application.",
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": form}}},
        "responses": {**_done(names[ATTACHMENT]), **REFUSED},
    } | _security(kind)


def _done(value: Any) -> dict[str, Any]:
    answer = {
        "type": "object",
        "required": ["ok", "value"],
        "properties": {"ok": {"const": True}, "value": value},
    }
    return {"200": {"description": "Done.", "content": {"application/json": {"schema": answer}}}}


def _security(caller: Caller) -> dict[str, Any]:
    if caller is Caller.PUBLIC:
        return {}
    return {"security": [{"bearer": []}, {"cookie": []}] if caller is Caller.AGENT else [{"bearer": []}]}


def _shapes(command: Command) -> tuple[tuple[Any, str], tuple[Any, str]]:
    return (command.input, "validation"), (command.output, "serialization")


def _door(command: Command) -> str:
    return command.door or command.caller.value
