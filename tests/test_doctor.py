"""`doctor` says what is wrong, and nothing of what is not."""

from __future__ import annotations

import json
import os
import re
import resource
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import AuthResult
from sqlalchemy import text

from chat.app import files_of, real_now
from chat.doctor import Finding, examine, without_words
from chat.settings import Settings
from chat.store import Keys
from chat.store.migrations import versions
from chat.store.store import database_at
from tests.conftest import on
from tests.databases import Databases
from tests.s3 import BUCKET, KEY_ID, S3, SECRET
from tests.servers import Redis, free_port
from tests.test_cli import ran

pytestmark = pytest.mark.databases("sqlite")


def found(settings: Settings, now: datetime | None = None, lacks: Sequence[str] = ()) -> list[Finding]:
    return list(examine(settings, lambda: files_of(settings), lambda: lacks, lambda: now or real_now()))


def told(settings: Settings, about: str, **options: Any) -> list[tuple[str, str]]:
    return [(one.level, one.words) for one in found(settings, **options) if one.about == about]


@pytest.fixture
def settings(tmp_path: Path, databases: Databases) -> Settings:
    """Of a desk that wants for nothing but a mail server."""
    tmp_path.chmod(0o700)
    (tmp_path / "secret.key").touch(mode=0o600)
    return on(databases.of(tmp_path, "demo"), Settings(data_dir=tmp_path))


def test_a_desk_that_wants_for_nothing_is_well(settings: Settings) -> None:
    not_well = [one for one in found(settings) if one.level != "well"]
    assert [(one.level, one.about) for one in not_well] == [("advice", "mail")]
    assert {one.about for one in found(settings)} == {
        "settings",
        "program",
        "limits",
        "folder",
        "key",
        "database",
        "bot",
        "redis",
        "mail",
        "storage",
    }


def test_the_command_prints_what_it_finds_and_ends_with_1_when_something_is_wrong(tmp_path: Path) -> None:
    code, said, complaint = ran("doctor", "--data-dir", str(tmp_path / "none yet"))
    assert (code, complaint) == (0, "")
    assert "the first start makes it" in said
    assert not (tmp_path / "none yet").exists()
    nobody = {"NIGHTDESK_SMTP_HOST": "127.0.0.1", "NIGHTDESK_SMTP_PORT": str(free_port())}
    code, said, complaint = ran("doctor", NIGHTDESK_DATA_DIR=str(tmp_path), **nobody)
    assert (code, complaint) == (1, "nightdesk: One thing is wrong.\n")
    assert "wrong   mail" in said


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"host": "0.0.0.0"}, "NIGHTDESK_PUBLIC_URL"),
        ({"public_url": "http://chat.example.com"}, "TLS"),
        ({"public_url": "https://chat.example.com"}, "NIGHTDESK_TRUSTED_PROXIES"),
        ({"public_url": "https://a.example.com", "trusted_proxies": 1, "host": "0.0.0.0"}, "firewall"),
        ({"demo": True}, "passwords"),
        ({"at": "22:30"}, "clock"),
        ({"smtp_host": "127.0.0.1"}, "NIGHTDESK_MAIL_FROM"),
        ({"work": False}, "chat work"),
    ],
)
def test_settings_that_do_not_go_together_are_told(settings: Settings, changes: dict[str, Any], word: str) -> None:
    [(level, words)] = told(settings.model_copy(update=changes), "settings")
    assert (level, word in words) == ("advice", True)


def test_work_that_nobody_does_any_more_is_told(settings: Settings) -> None:
    def change(sql: str) -> None:
        with database_at(settings.database).migrating() as connection:
            connection.execute(text(sql), {"now": int(real_now().timestamp() * 1000)})

    def words() -> str:
        return " ".join(words for _, words in told(settings, "database"))

    assert "background work" not in words()  # nobody has begun yet
    change("INSERT INTO worker (id, seen_at, counts) VALUES ('dead:7', :now - 90000, '{}')")
    assert "No process does the background work since" in words()
    change("INSERT INTO worker (id, seen_at, counts) VALUES ('alive:8', :now, '{}')")
    assert "background work" not in words()
    change("DELETE FROM worker")
    change("INSERT INTO meta (key, value) VALUES ('worked_at', '2026-03-01T09:00:00.000Z')")
    assert "since 2026-03-01 09:00 UTC" in words()


def test_another_key_than_the_one_that_has_sealed_something_is_told(settings: Settings) -> None:
    key = settings.data_dir / "secret.key"
    key.write_text("the key of this desk, and long enough")
    sealed_by = Keys(key.read_text()).check_value()
    with database_at(settings.database).migrating() as connection:
        connection.execute(text("INSERT INTO meta (key, value) VALUES ('sealed_by', :key)"), {"key": sealed_by})
    assert "sealed" not in str(told(settings, "database"))
    key.write_text("another one, of another machine, also long")
    assert ("wrong", True) in [(level, "put back" in words) for level, words in told(settings, "database")]
    key.unlink()
    assert ("wrong", True) in [(level, "put back" in words) for level, words in told(settings, "database")]
    assert not key.exists()


def test_a_folder_that_others_may_look_into_or_nobody_may_write_is_told(settings: Settings, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "secret.key").chmod(0o644)
    assert "chmod 700" in told(settings, "folder")[0][1]
    assert told(settings, "key")[0][0] == "wrong"
    (tmp_path / "file").touch()
    [(level, words)] = told(settings.model_copy(update={"data_dir": tmp_path / "file"}), "folder")[:1]
    assert (level, "cannot be written" in words) == ("wrong", True)
    assert not list(tmp_path.glob(".doctor*"))


def test_a_postgres_that_is_not_there_is_told_once_and_what_to_do(settings: Settings) -> None:
    away = settings.model_copy(update={"database_url": f"postgresql://desk@127.0.0.1:{free_port()}/desk"})
    [(level, words)] = told(away, "database")
    assert (level, "Connection refused" in words, "DATABASE_URL" in words) == ("wrong", True, True)
    assert told(away, "bot") == []


def test_few_files_are_told(settings: Settings) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1_024, before[1]))
    try:
        [(level, words)] = told(settings, "limits")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert (level, "LimitNOFILE" in words) == ("advice", True)
    assert told(settings, "limits")[0][0] == "well"


def change(settings: Settings, sql: str) -> None:
    with database_at(settings.database).migrating() as connection:
        connection.exec_driver_sql(sql)


@pytest.mark.databases("sqlite", "postgres")
def test_an_older_and_a_newer_schema_and_an_empty_desk_are_told(settings: Settings) -> None:
    change(settings, "DELETE FROM teamagent")
    change(settings, "UPDATE alembic_version SET version_num = '0003'")
    older = f"The database has schema 0003; the next start brings it to {versions()[-1]}."
    assert told(settings, "database")[0] == ("advice", older)
    change(settings, "UPDATE alembic_version SET version_num = '9999'")
    assert told(settings, "database")[-1][0] == "wrong"


@pytest.mark.databases("sqlite", "postgres")
def test_a_clock_that_was_set_back_is_told(settings: Settings) -> None:
    [*_, (level, words)] = told(settings, "database", now=real_now() - timedelta(days=400))
    assert (level, "Set this clock right" in words) == ("wrong", True)


@pytest.mark.databases("postgres")
def test_a_postgres_that_answers_too_early_or_whose_clock_is_elsewhere_is_told(settings: Settings) -> None:
    name = str(settings.database).rpartition("/")[2].partition("?")[0]
    change(settings, f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    assert [level for level, words in told(settings, "database") if "synchronous_commit" in words] == ["wrong"]
    assert [level for level, words in told(settings, "database") if words.startswith("Postgres 1")] == ["well"]
    skewed = [words for _, words in told(settings, "database", now=real_now() + timedelta(minutes=5))]
    assert any(re.search(r"clock of Postgres is -(299|300)", words) for words in skewed)
    away = settings.model_copy(update={"database_url": f"postgresql://nobody@127.0.0.1:{free_port()}/desk"})
    assert told(away, "database")[0][0] == "wrong"


def test_a_redis_that_is_away_or_whose_clock_is_elsewhere_is_told(settings: Settings, redis: Redis) -> None:
    settings = settings.model_copy(update={"redis_url": redis.url})
    assert told(settings, "redis") == [("well", "Redis answers.")]
    [(level, words), _] = told(settings, "redis", now=real_now() - timedelta(minutes=5))
    assert (level, bool(re.search(r"clock of Redis is \+30[0-9]", words))) == ("advice", True)
    redis.stop()
    [(level, words)] = told(settings, "redis")
    assert (level, "does not answer" in words) == ("wrong", True)


@pytest.mark.databases("sqlite", "postgres")
def test_a_bot_that_is_off_untrained_behind_or_given_up_is_told(settings: Settings) -> None:
    change(settings, "DELETE FROM botmodel")
    assert told(settings.model_copy(update={"bot": False}), "bot")[0][0] == "well"
    [(level, words)] = told(settings, "bot")
    assert (level, "No model has been trained" in words) == ("advice", True)
    assert "encoder cannot be loaded" in told(settings, "bot", lacks=["encoder"])[0][1]
    assert "python -m bots.usual" in told(settings, "bot", lacks=["usual"])[0][1]

    made_at = "(SELECT max(updated_at) FROM article)"
    report = json.dumps({"mode": "full"})
    change(
        settings,
        "INSERT INTO botmodel (id, edition, report, data, made_at)"
        f" SELECT 'one', 'one', '{report}', '', max(updated_at) FROM article",
    )
    [(level, words)] = told(settings, "bot")
    assert (level, "articles, in the mode full" in words) == ("well", True)
    change(settings, f"UPDATE article SET updated_at = {made_at} + 1 WHERE slug = 'fees' OR slug = 'phishing'")
    change(settings, "UPDATE botmodel SET made_at = made_at - 3600000")
    [(level, words)] = told(settings, "bot", now=real_now() + timedelta(hours=1))
    assert (level, "were changed since" in words) == ("advice", True)
    change(
        settings,
        "INSERT INTO job (id, kind, payload, run_at, attempts, failed_at, last_error, created_at)"
        " VALUES ('x', 'bot_fit', '{}', 1, 20, 1, 'RuntimeError: out of memory', 1)",
    )
    assert "Training was given up" in told(settings, "bot")[-1][1]
    change(settings, "UPDATE article SET published = FALSE")
    assert "There are no articles in force" in told(settings, "bot")[0][1]


@contextmanager
def mail_server(**options: Any) -> Iterator[int]:
    controller = Controller(Sink(), hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    yield controller.port
    controller.stop()


def test_a_mail_server_is_greeted_and_one_that_does_not_know_us_is_told(settings: Settings) -> None:
    def refuse(*_: object) -> AuthResult:
        return AuthResult(success=False, handled=False)

    plain = {"smtp_host": "127.0.0.1", "smtp_tls": "none", "mail_from": "support@shop.example"}
    with mail_server() as port:
        here = settings.model_copy(update={**plain, "smtp_port": port})
        assert told(here, "mail") == [("well", f"127.0.0.1:{port} would take mail.")]
        [(level, words)] = told(here.model_copy(update={"smtp_tls": "starttls"}), "mail")
        assert (level, "cannot be talked to" in words) == ("wrong", True)
    with mail_server(authenticator=refuse, auth_require_tls=False) as port:
        user = Settings(smtp_user="desk", smtp_password="hunter2")
        known = {"smtp_user": user.smtp_user, "smtp_password": user.smtp_password}
        [(level, words)] = told(settings.model_copy(update={**plain, **known, "smtp_port": port}), "mail")
        assert (level, "NIGHTDESK_SMTP_USER" in words, "hunter2" in words) == ("wrong", True, False)


def test_a_bucket_is_tried_and_left_as_it_was(settings: Settings) -> None:
    s3 = S3()
    s3.start()
    given = {
        "s3_bucket": BUCKET,
        "s3_endpoint": s3.url,
        "s3_key_id": KEY_ID,
        "s3_secret": Settings(s3_key_id=KEY_ID, s3_secret=SECRET).s3_secret,
    }
    here = settings.model_copy(update=given)
    assert told(here, "storage") == [("well", "The bucket desk takes files, gives them and forgets them.")]
    assert s3.objects == {}
    s3.fails = True
    assert told(here, "storage")[0][0] == "wrong"
    s3.stop()
    assert not [name for name in os.listdir(settings.data_dir) if name.startswith("files")]


def test_an_sqlite_without_the_search_is_told() -> None:
    assert list(without_words(True)) == []
    [(level, words)] = without_words(False)
    assert level == "wrong"
    assert "FTS5" in words
    assert "DATABASE_URL" in words
