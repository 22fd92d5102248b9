"""The command line: what works, and one clear sentence when something does not."""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import pytest

from chat import cli
from chat.errors import SettingsError
from chat.settings import Settings, load_settings, variable
from chat.store.postgres import Postgres
from tests import copies
from tests.databases import Originals, missing
from tests.servers import free_port

ROOT = Path(__file__).parent.parent


def nightdesk(*arguments: str, start_new_session: bool = False, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "chat", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=start_new_session,
    )


class Begun:
    """A process of the command line, as a copy of one that has read the program, which takes 2 s of a processor."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        told, log = os.pipe()
        self._told = os.fdopen(told)
        self._process = copies.start("chat", arguments, {**os.environ, **environment}, log)
        os.close(log)

    def says(self, words: str) -> str:
        """The line with these words in it, once it has come."""
        for line in self._told:
            if words in line:
                return line
        pytest.fail(f"it ended and did not say {words!r}")

    def is_running(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> int:
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(timeout=15)
        self._told.close()
        return code


@pytest.fixture
def folder(tmp_path: Path, originals: Originals) -> str:
    """A data folder whose database has its tables."""
    shutil.copy(originals.file("tables"), tmp_path / "nightdesk.db")
    return str(tmp_path)


def refusal(*arguments: str, **environment: str) -> str:
    code, _, complaint = ran(*arguments, **environment)
    assert code == 1
    assert "Traceback" not in complaint
    assert len(complaint.strip().splitlines()) == 1, complaint
    return complaint


def ran(*arguments: str, **environment: str) -> tuple[int | None, str, str]:
    """Exit code, what was told and what was complained of.

    In a copy of this process: that a fresh one can import everything, 2 s of it, is shown by those that serve.
    """
    with tempfile.TemporaryFile("w+") as told, tempfile.TemporaryFile("w+") as complaints:
        given = (arguments, environment, told.fileno(), complaints.fileno())
        run = multiprocessing.get_context("fork").Process(target=_main, args=given)
        run.start()
        run.join(timeout=60)
        told.seek(0)
        complaints.seek(0)
        return run.exitcode, told.read(), complaints.read()


def _main(arguments: tuple[str, ...], environment: dict[str, str], told: int, complaints: int) -> None:
    os.dup2(told, 1)
    os.dup2(complaints, 2)
    sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)
    os.environ.update(environment)
    if uid := environment.get("NIGHTDESK_TEST_UID"):
        os.setuid(int(uid))
    sys.argv = ["nightdesk", *arguments]
    cli.main()


def test_it_serves_says_where_and_stops_when_told(tmp_path: Path) -> None:
    process = nightdesk("serve", "--demo", "--port", "0", "--data-dir", str(tmp_path))
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C" in line:
            break
    told = "".join(lines)
    url = re.search(r"http://\S+?:\d+", told)
    assert url is not None
    for part in ("/demo", "/console", "mei@demo.example", "nightdesk-demo"):
        assert part in told
    with urllib.request.urlopen(f"{url.group()}/readyz") as answer:
        assert answer.status == 200
    process.send_signal(signal.SIGTERM)
    rest, complaints = process.communicate(timeout=15)
    assert process.returncode == 0
    assert "is stopping" in rest
    [what_takes_long] = complaints.splitlines()  # a normal day leaves nothing in the log
    assert what_takes_long.startswith("The demo data is made")
    assert (tmp_path / "nightdesk.db").exists()


def test_a_first_start_says_what_it_is_about_and_ctrl_c_ends_it_at_once(tmp_path: Path) -> None:
    process = nightdesk("serve", "--demo", "--port", "0", "--data-dir", str(tmp_path), start_new_session=True)
    assert process.stderr is not None
    assert "its bot is trained" in process.stderr.readline()
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    assert process.communicate(timeout=15) == ("", "")
    assert process.returncode == 130


def test_the_clock_may_be_moved_before_there_is_a_site(folder: str) -> None:
    process = Begun("serve", "--port", "0", "--data-dir", folder, "--at", "14:00")
    process.says("running at")
    assert process.stop() == 0


def test_help_names_every_setting() -> None:
    for command in ("serve", "work"):
        _, told, _ = ran(command, "--help")
        for setting in Settings.model_fields:
            assert variable(setting) in told


def test_an_operator_adds_a_site_and_an_agent_who_can_sign_in(folder: str) -> None:
    here = ("--data-dir", folder)
    code, told, _ = ran("add-site", "shop", "--name", "My shop", "--origin", "https://shop.example.com", *here)
    assert (code, 'data-site="shop"' in told) == (0, True)
    code, told, _ = ran("add-agent", "kim@shop.example", "--name", "Kim", "--role", "admin", *here)
    assert code == 0
    password = told.split()[-1]
    assert "site shop already" in refusal("add-site", "shop", "--name", "Again", *here)
    assert "kim@shop.example already" in refusal("add-agent", "kim@shop.example", "--name", "Kim", *here)
    assert "origin" in refusal("add-site", "two", "--name", "Two", "--origin", "shop.example.com/path", *here)
    assert "zone" in refusal("add-site", "two", "--name", "Two", "--zone", "Asia/Peking", *here)

    server = Begun("serve", "--port", "0", *here)
    url = re.search(r"http://\S+?:\d+", server.says("running at"))
    assert url is not None
    body = json.dumps({"email": "kim@shop.example", "password": password}).encode()
    request = urllib.request.Request(
        f"{url.group()}/api/agent/session", data=body, headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        assert json.loads(answer.read())["value"]["agent"]["role"] == "admin"
    assert server.stop() == 0


def test_an_operator_resets_a_password_and_removes_who_has_left(folder: str) -> None:
    here = ("--data-dir", folder)
    for name, role in (("kim", "admin"), ("max", "agent")):
        assert ran("add-agent", f"{name}@shop.example", "--name", name.title(), "--role", role, *here)[0] == 0
    code, told, complaint = ran("reset-password", "max@shop.example", *here)
    assert (code, len(told.split()[-1]), complaint) == (0, 16, "")
    assert "no agent li@shop.example" in refusal("reset-password", "li@shop.example", *here)
    assert "last admin" in refusal("remove-agent", "kim@shop.example", *here)
    assert ran("remove-agent", "max@shop.example", *here)[::2] == (0, "")
    assert "removed already" in refusal("remove-agent", "max@shop.example", *here)
    assert "add-agent" in refusal("reset-password", "max@shop.example", *here)
    code, told, _ = ran("add-agent", "max@shop.example", "--name", "Max", *here)
    assert (code, "is back" in told) == (0, True)


def test_an_operator_changes_the_key_that_a_site_signs_with(folder: str, tmp_path: Path) -> None:
    here = ("--data-dir", folder)
    ran("add-site", "shop", "--name", "My shop", *here)
    code, secret, told = ran("identity-key", "shop", *here)
    assert (code, len(secret.strip()), told.count("HS256")) == (0, 43, 2)
    old, new = (line.split()[0] for line in told.splitlines()[:2])
    assert ran("identity-key", "shop", "--list", *here)[1:] == ("", told)
    assert old not in ran("identity-key", "shop", "--drop", old, *here)[2]
    assert "one or two" in refusal("identity-key", "shop", "--drop", new, *here)
    (tmp_path / "private.pem").write_text("-----BEGIN PRIVATE KEY-----")
    assert "no public key" in refusal("identity-key", "shop", "--rs256", str(tmp_path / "private.pem"), *here)
    assert "cannot be read" in refusal("identity-key", "shop", "--eddsa", str(tmp_path / "nothing"), *here)


def test_an_operator_backs_up_puts_back_and_looks_through(tmp_path: Path) -> None:
    here, there, file = tmp_path / "here", tmp_path / "there", str(tmp_path / "backup.tar")
    assert ran("add-site", "shop", "--name", "My shop", "--data-dir", str(here))[0] == 0
    code, told, _ = ran("backup", file, "--data-dir", str(here))
    assert (code, "rows and 0 files" in told) == (0, True)
    assert ran("verify", file) == (0, told_of(1), "")
    assert ran("restore", file, "--data-dir", str(there))[::2] == (0, "")
    assert ran("verify", "--data-dir", str(there)) == (0, told_of(1), "")
    assert "empty place only" in refusal("restore", file, "--data-dir", str(there))
    assert "There is no database" in refusal("backup", str(tmp_path / "b.tar"), "--data-dir", str(tmp_path / "nowhere"))
    assert not (tmp_path / "nowhere").exists()
    with sqlite3.connect(there / "nightdesk.db") as database:
        database.execute("PRAGMA foreign_keys = OFF")
        database.execute("DELETE FROM team")
    code, _, complaint = ran("verify", "--data-dir", str(there))
    assert code == 1
    assert "1 rows of teamsite name a team that is not there (team_id)." in complaint


def told_of(sites: int) -> str:
    rest = "agent, customer, conversation, message, note, ticket, refund, attachment, job".replace(",", " 0,")
    return f"site {sites}, {rest} 0\nAll is well.\n"


def test_a_backup_whose_key_is_missing_says_so_when_it_is_back(tmp_path: Path) -> None:
    here, file = tmp_path / "here", str(tmp_path / "backup.tar")
    ran("add-site", "shop", "--name", "My shop", "--data-dir", str(here))
    with sqlite3.connect(here / "nightdesk.db") as database:
        database.execute("INSERT INTO meta (key, value) VALUES ('sealed_by', 'some key')")
    assert "key of this installation only" in ran("backup", file, "--data-dir", str(here))[1]
    code, _, complaint = ran("restore", file, "--data-dir", str(tmp_path / "there"))
    assert code == 0
    assert "another key than the one here" in complaint
    assert not (tmp_path / "there" / "secret.key").exists()  # or it would have to be taken away first


def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        told = refusal("serve", "--port", port, "--data-dir", str(tmp_path))
    assert f"Port {port}" in told
    assert "in use" in told


def test_a_second_server_on_the_same_data_folder_is_told(folder: str) -> None:
    first = Begun("serve", "--port", "0", "--data-dir", folder)
    first.says("running at")
    assert "already serves the data folder" in refusal("serve", "--port", "0", "--data-dir", folder)
    assert first.stop() == 0


def test_with_redis_several_share_a_data_folder_and_one_without_it_is_told(tmp_path: Path) -> None:
    shared = {
        "NIGHTDESK_DATA_DIR": str(tmp_path),
        "REDIS_URL": f"redis://127.0.0.1:{free_port()}/0",
    }
    # Redis is not up, which keeps nobody from starting.
    several = [Begun("serve", "--port", "0", **shared) for _ in range(2)]
    several.append(Begun("work", **shared))
    for process in several:
        process.says("Ctrl-C")
    told = refusal("serve", "--port", "0", "--data-dir", str(tmp_path))
    assert "already serves the data folder" in told
    assert "REDIS_URL" in told
    assert [process.stop() for process in several] == [0, 0, 0]


def test_a_worker_without_redis_stands_by_and_leaves_the_database_alone(folder: str) -> None:
    worker = Begun("work", "--data-dir", folder)
    worker.says("Without REDIS_URL")
    first = Begun("serve", "--port", "0", "--data-dir", folder)
    first.says("running at")
    assert worker.is_running()
    assert [process.stop() for process in (worker, first)] == [0, 0]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot be written" in refusal("serve", "--data-dir", str(tmp_path / "file" / "data"))


def test_what_another_account_has_made_in_the_data_folder_is_told() -> None:
    if os.geteuid() != 0:
        missing("root, who alone may become somebody else")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "server.lock").touch(mode=0o600)  # by root, as of a command that was given with sudo
        os.chown(folder, 65_534, 65_534)
        told = refusal("serve", "--data-dir", folder, NIGHTDESK_TEST_UID="65534")
        assert f"{folder}/server.lock cannot be used: Permission denied. What is in the data folder belongs" in told
        _, said, _ = ran("doctor", "--data-dir", folder)
        assert f"{folder}/server.lock belongs to another account" in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NIGHTDESK_PORT", "eighty"),
        ("NIGHTDESK_PORT", "70000"),
        ("NIGHTDESK_PUBLIC_URL", "chat.example.com"),
        ("NIGHTDESK_SMTP_TLS", "yes"),
        ("NIGHTDESK_AT", "25:99"),
        ("NIGHTDESK_LOG_LEVEL", "loud"),
        ("NIGHTDESK_METRICS_FROM", "127.0.0.1, everybody"),
    ],
)
def test_a_wrong_setting_is_told_by_its_name(tmp_path: Path, name: str, value: str) -> None:
    told = refusal("serve", NIGHTDESK_DATA_DIR=str(tmp_path), **{name: value})
    assert name in told
    assert value in told


@pytest.mark.parametrize(
    "url",
    [
        "localhost:6379",
        "http://localhost",
        "redis://:hunter2@localhost:six/0",
        "redis://:hunter2@localhost/?colour=red",
    ],
)
def test_an_address_of_redis_that_is_none_is_told_without_its_password(tmp_path: Path, url: str) -> None:
    told = refusal("serve", "--port", "0", "--data-dir", str(tmp_path), REDIS_URL=url)
    assert "REDIS_URL" in told
    assert "hunter2" not in told


@pytest.mark.parametrize("name", ["REDIS_URL", "DATABASE_URL", "NIGHTDESK_PUBLIC_URL"])
def test_an_empty_setting_is_not_taken_for_an_unset_one(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "")
    with pytest.raises(SettingsError, match=rf"{name} \(it is empty"):
        load_settings()


@pytest.mark.parametrize(
    "url",
    [
        "hunter2",
        "mysql://nightdesk:hunter2@localhost/desk",
        "postgresql://nightdesk:12/hunter2@localhost/desk",
        "postgresql://nightdesk:hunter2/x@localhost/desk",
        "postgresql://nightdesk:x@hunter2@localhost/desk",
        "postgresql://nightdesk:%hunter2@localhost/desk",
        "postgresql://nightdesk:hunter2@localhost:port/desk",
        "postgresql://nightdesk:hunter2@localhost/desk?colour=red",
    ],
)
def test_an_address_of_postgres_that_is_none_is_told_without_its_password(tmp_path: Path, url: str) -> None:
    told = refusal("serve", "--port", "0", "--data-dir", str(tmp_path), DATABASE_URL=url)
    assert "DATABASE_URL" in told
    assert "hunter2" not in told


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("postgresql://nightdesk:hunter2@localhost/desk", "desk at localhost:5432"),
        ("postgres://nightdesk:hunter#2[@localhost:99/desk", "desk at localhost:99"),
        ("postgresql://nightdesk:hunter%2F2@one:1,two:2/desk?sslmode=require", "desk at one,two:1,2"),
    ],
)
def test_an_address_of_postgres_is_named_without_its_password(url: str, name: str) -> None:
    assert Postgres(load_settings(database_url=url).database_url or "").name == name


def test_a_misspelt_setting_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTDESK_DATADIR", "x")
    with pytest.raises(SettingsError, match="no setting NIGHTDESK_DATADIR"):
        load_settings()


def test_a_host_that_is_not_known_is_told(tmp_path: Path) -> None:
    assert "host nowhere.invalid" in refusal("serve", "--host", "nowhere.invalid", "--data-dir", str(tmp_path))


def test_a_password_is_not_shown_when_it_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTDESK_SMTP_PASSWORD", "hunter2")
    with pytest.raises(SettingsError) as told:
        load_settings()
    assert "go together" in str(told.value)
    assert "hunter2" not in str(told.value)


def test_the_command_line_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTDESK_PORT", "9000")
    assert load_settings().port == 9000
    assert load_settings(port="9001").port == 9001


def test_every_setting_says_what_it_is_for() -> None:
    assert all(field.description for field in Settings.model_fields.values())


BROKEN = """
import asyncio, threading, time
from chat import cli

cli.STOP_SECONDS = 0.2
threading.Thread(target=time.sleep, args=(600,)).start()  # which no end of the loop ends
asyncio.run(cli._until_told_to_stop("It works.", lambda: "A part of the background work has ended."))
"""


def test_a_worker_of_which_a_part_has_ended_asks_to_be_replaced_and_ends_whatever_hangs() -> None:
    done = subprocess.run([sys.executable, "-c", BROKEN], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout.splitlines()[0]) == (1, "It works.")
    assert "Unavailable: A part of the background work has ended." in done.stderr
    assert "stopping took too long" in done.stdout + done.stderr
