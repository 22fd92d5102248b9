"""The shapes: TypeScript in step, bad values refused, texts cleaned."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from chat import wire, wire_docs, wire_ts
from chat.commands import COMMANDS, NO_API
from chat.errors import Invalid
from chat.web.openapi import describe

ROOT = Path(__file__).parent.parent
ID = "01a20310-954a-74c7-8174-ee293bfd79ed"


def test_the_typescript_is_what_the_shapes_say() -> None:
    made = ROOT / "widget" / "src" / "core" / "wire.ts"
    assert made.read_text() == wire_ts.render(), "run `make wire`"


def test_the_tables_of_the_protocol_are_what_the_commands_say() -> None:
    page = ROOT / "docs" / "protocol.md"
    assert page.read_text() == wire_docs.render(page), "run `make wire`"


def test_an_error_does_not_quote_what_people_wrote() -> None:
    for shape in (wire.Say, wire.Message):
        with pytest.raises(ValidationError) as refused:
            shape.model_validate({"body": "card 4111-1111", "colour": "card 4111-1111"})
        assert "4111" not in str(refused.value)


@pytest.mark.parametrize(
    "values",
    [
        {"conversation_id": ID, "client_id": ID, "body": "hi", "extra": 1},
        {"conversation_id": ID, "client_id": ID},
        {"conversation_id": "7", "client_id": ID, "body": "hi"},
        {"conversation_id": ID, "client_id": ID, "body": 5},
    ],
)
def test_a_shape_that_is_not_promised_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        wire.Say.model_validate(values)


@pytest.mark.parametrize("body", ["", "   ", "a\x00b", "half a pair \ud800", "好" * 8001])
def test_a_text_that_cannot_be_stored_is_refused(body: str) -> None:
    with pytest.raises(Invalid):
        wire.Say(conversation_id=ID, client_id=ID, body=body)


def test_a_text_is_kept_in_nfc_and_otherwise_as_it_was_written() -> None:
    assert wire.Say(conversation_id=ID, client_id=ID, body="  e\u0301 <b>\n").body == "  é <b>\n"
    assert len(wire.Say(conversation_id=ID, client_id=ID, body="好" * 8000).body) == 8000


@pytest.mark.parametrize("email", ["a@b", "li.na@demo.example", "李@例子.公司"])
def test_an_email_address_may_be(email: str) -> None:
    assert wire.LeaveMessage(conversation_id=ID, client_id=ID, body="x", email=email).email == email


@pytest.mark.parametrize("email", ["", "a", "a@", "a b@c.d", "a@b\r\nBcc: x@y.z", "<a@b.c>", "a@b.c,d@e.f"])
def test_an_email_address_may_not_be(email: str) -> None:
    with pytest.raises(ValidationError):
        wire.LeaveMessage(conversation_id=ID, client_id=ID, body="x", email=email)


def test_the_api_description_has_every_command_files_and_nothing_else() -> None:
    described = set(describe()["paths"])
    mine = [command for command in COMMANDS if command.door not in NO_API]
    files = {"/files/{attachment_id}/{name}", *(f"/api/{door}/upload" for door in ("customer", "agent", "case_link"))}
    commands = {f"/api/{command.door or command.caller.value}/{command.name}" for command in mine}
    assert described == commands | files
    form = describe()["paths"]["/api/agent/upload"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert set(form["properties"]) == {"file", "client_id"}
