"""`python -m chat`: serve, work, migrate, doctor, backup, restore, verify, add-site, add-agent, import and others."""

from __future__ import annotations

import argparse
import asyncio
import errno
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Coroutine, Iterable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import structlog
from aiohttp import web

from chat import wire_docs, wire_ts
from chat.actions import identity, setup, shop, staff
from chat.app import PARTS, build_app, files_of, keys_of, real_now, working
from chat.errors import Invalid, NightdeskError, SettingsError, Unavailable
from chat.logs import log_to_stderr
from chat.seed import PASSWORD
from chat.settings import Settings, described, has_secret, load_settings, table, writable_data_dir
from chat.store import Clock, Store
from chat.store.migrations import migrate
from chat.store.place import in_folder, in_postgres

log = structlog.get_logger()
T = TypeVar("T")

SHOWN = 50  # wrong rows and other problems, told one by one
STOP_SECONDS = 9.0  # from the first signal to the end, whatever hangs
LOOK_SECONDS = 5.0  # from one look at whether it is broken to the next
IDLE_SECONDS = 75.0  # without a whole request; longer than proxies keep a connection for the next one
M_ARENA_MAX, M_MMAP_THRESHOLD = -8, -3  # of malloc.h
LAST_SECONDS = 0.5  # for requests that are still there after everybody was told goodbye


def main() -> None:
    """Runs one command. What goes wrong is told in one sentence, and the exit code is 1."""
    given = _parser().parse_args()
    try:
        given.run(given)
    except NightdeskError as error:
        sys.exit(f"nightdesk: {error}")
    except PermissionError as error:
        sys.exit(
            f"nightdesk: {error.filename} cannot be used: {error.strerror}. What is in the data folder belongs to the"
            " account that serves; give commands as that one."
        )
    except KeyboardInterrupt:
        sys.exit(130)


@dataclass(frozen=True)
class Command:
    """What `python -m chat NAME` does, and what it may be told beside --data-dir."""

    name: str
    help: str
    run: Callable[[argparse.Namespace], None]
    options: tuple[Option, ...] = ()
    folder: str | None = "folder of the database"  # what --data-dir is; None: it has none
    environment: bool = False  # does its help list the settings?


@dataclass(frozen=True)
class Option:
    """One word of a command line, as argparse takes it; those with the same `instead` go without each other."""

    names: tuple[str, ...]
    given: dict[str, Any]
    instead: str | None = None


def option(*names: str, instead: str | None = None, **given: Any) -> Option:
    return Option(names, given, instead)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m chat", description="Nightdesk, a live-chat support server.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        settings = _with_settings() if command.environment else {}
        made = commands.add_parser(command.name, help=command.help, **settings)
        groups: dict[str | None, Any] = {None: made}
        for each in command.options:
            if each.instead not in groups:
                groups[each.instead] = made.add_mutually_exclusive_group()
            groups[each.instead].add_argument(*each.names, **each.given)
        if command.folder:
            made.add_argument("--data-dir", help=command.folder)
        made.set_defaults(run=command.run)
    return parser


def _with_settings() -> dict[str, Any]:
    """Below the options, what the environment may say; the options go before it."""
    told = [f"  {name}\n      {what}" for name, what in described()]
    epilog = "\n".join(["environment variables:", *told])
    return {"epilog": epilog, "formatter_class": argparse.RawDescriptionHelpFormatter}


def _serve(given: argparse.Namespace) -> None:
    settings = load_settings(host=given.host, port=given.port, data_dir=given.data_dir, at=given.at, demo=given.demo)
    log_to_stderr(settings.log_level, settings.log_format)
    writable_data_dir(settings)
    keep_small()
    asyncio.run(serve(settings))


def keep_small() -> None:
    """Saves some 8 MB of a server, where there is glibc: two heaps for all threads, which never allocate at the same
    moment, instead of eight for each core; and what is large is given back, however large it was before.
    """
    import ctypes

    with suppress(AttributeError):
        malloc = ctypes.CDLL(None)
        malloc.mallopt(M_ARENA_MAX, 2)
        malloc.mallopt(M_MMAP_THRESHOLD, 128 * 1024)


async def serve(settings: Settings, now: Callable[[], datetime] = real_now, idle_seconds: float = IDLE_SECONDS) -> None:
    """Serves until SIGINT or SIGTERM. Raises SettingsError when the port or the data folder cannot be had."""
    with place(settings), listen(settings.host, settings.port) as listening:
        interruptible()
        app = build_app(settings, now)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=LAST_SECONDS, keepalive_timeout=idle_seconds)
        await runner.setup()
        try:
            site = web.SockSite(runner, listening)
            await site.start()
            await _until_told_to_stop(_welcome(settings, listening.getsockname()[1]))
            await site.stop()  # nobody new; who is here can still ask, and /readyz says what is going on
            await app[PARTS].drain()
        finally:
            await runner.cleanup()


def _work(given: argparse.Namespace) -> None:
    settings = load_settings(data_dir=given.data_dir, at=given.at)
    log_to_stderr(settings.log_level, settings.log_format)
    writable_data_dir(settings)
    keep_small()
    asyncio.run(work(settings) if settings.redis_url else stand_by())


async def work(settings: Settings) -> None:
    """Does the background work until SIGINT or SIGTERM. Raises SettingsError when the data folder cannot be had."""
    with place(settings):
        interruptible()
        async with working(settings) as broken:
            await _until_told_to_stop("Nightdesk works in the background. Stop with Ctrl-C.", broken)


def interruptible() -> None:
    """Ctrl-C ends what blocks the loop, such as a migration; asyncio's way would be to wait until it is over."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


async def stand_by() -> None:
    """It does not end: what runs it would take that for a failure, and end the web process as well."""
    await _until_told_to_stop(
        "Without REDIS_URL the web process does the work itself; this one stands by. Stop with Ctrl-C."
    )


def place(settings: Settings) -> AbstractContextManager[None]:
    """With REDIS_URL one of many, without it alone: processes without it would not hear each other's news."""
    alone = settings.redis_url is None
    if settings.database_url:
        return in_postgres(settings.database_url, alone)
    return in_folder(settings.data_dir, alone)


def place_to_restore(settings: Settings) -> AbstractContextManager[None]:
    hint = "End it first; a backup is put back into an empty place, where nobody serves."
    if settings.database_url:
        return in_postgres(settings.database_url, True, hint)
    return in_folder(settings.data_dir, True, hint)


def listen(host: str, port: int) -> socket.socket:
    """Taken before anything else begins, so that a start that must fail changes nothing. Raises SettingsError."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror:
        raise SettingsError(f"The host {host} is not known here. Choose another with --host.") from None
    try:
        return socket.create_server(address[:2], family=family, backlog=1024)
    except OSError as error:
        why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be had ({error.strerror})"
        raise SettingsError(f"Port {port} on {host} {why}. Choose another with --port.") from None


async def _until_told_to_stop(hello: str, broken: Callable[[], str | None] = lambda: None) -> None:
    """Says hello as soon as it can be told. Once told, there are STOP_SECONDS left; when told again, none.

    Raises Unavailable when it is `broken`, so that whoever started this process starts another one: as soon as this
    one has ended, for which it has no longer then.
    """
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    print(hello, flush=True)
    try:
        while not stop.is_set():
            if why := broken():
                raise Unavailable(why)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK_SECONDS)
        print("Nightdesk is stopping. A second signal or Ctrl-C ends it at once.", flush=True)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)
        last = threading.Timer(STOP_SECONDS, _give_up)
        last.daemon = True
        last.start()


def _give_up() -> None:
    """For what no time-out of the loop can end, such as a thread that hangs in the database."""
    log.error("stopping took too long, this process ends; what was not acknowledged may not be stored")
    os._exit(1)


def _welcome(settings: Settings, port: int) -> str:
    base = settings.public_url or f"http://{settings.host}:{port}"
    lines = [f"Nightdesk is running at {base}", f"  Console    {base}/console"]
    if settings.demo:
        lines[1:1] = [f"  Demo shop  {base}/demo"]
        lines += [
            "  Log-ins    admin@demo.example (admin), lin@demo.example (supervisor),",
            "             mei@demo.example, david@demo.example (agents)",
            f"  Password   {PASSWORD}",
        ]
    if settings.at:
        lines.append(
            f"  Clock      the desk believes it is {settings.at}; messages keep the time at which they are written"
        )
    lines.append("Stop with Ctrl-C.")
    return "\n".join(lines)


def _migrate(given: argparse.Namespace) -> None:
    settings = load_settings(data_dir=given.data_dir)
    writable_data_dir(settings)
    migrate(settings.database)
    print("The database is up to date.")


def _doctor(given: argparse.Namespace) -> None:
    """Prints what was found, one after the other; when something will not work the exit code is 1."""
    from chat.doctor import examine
    from chat.faq import lacking

    settings = load_settings(data_dir=given.data_dir)
    log_to_stderr("critical")  # what fails is a finding, and told once
    wrong = 0
    for finding in examine(settings, lambda: files_of(settings), lacking, real_now):
        print(f"{finding.level:<7} {finding.about:<9} {finding.words}", flush=True)
        wrong += finding.level == "wrong"
    if wrong:
        raise SettingsError(f"{wrong} things are wrong." if wrong > 1 else "One thing is wrong.")


def _backup(given: argparse.Namespace) -> None:
    """Prints what is in it. Files that were lost before are told, and no reason to have no backup of the others."""
    from chat import backup  # only who keeps or puts back carries it

    settings = load_settings(data_dir=given.data_dir)
    taken = backup.take(settings.database, files_of(settings), given.file, real_now())
    print(f"{given.file} holds {taken.rows:,} rows and {taken.files:,} files of {taken.file_bytes / 1e6:,.1f} MB.")
    if taken.key:
        print("What is sealed in it opens with the key of this installation only; keep that too, and apart from it.")
    _tell(f"The file {path} was not there, or not as it was sent." for path in taken.missing)


def _restore(given: argparse.Namespace) -> None:
    from chat import backup

    settings = load_settings(data_dir=given.data_dir)
    writable_data_dir(settings)
    with place_to_restore(settings):
        mark = settings.data_dir / ".restoring"
        restored = backup.restore(given.file, settings.database, files_of(settings), mark)
    print(f"{restored.rows:,} rows and {restored.files:,} files are back, as they were at {restored.head.taken_at}.")
    if restored.head.key and not (has_secret(settings) and keys_of(settings).check_value() == restored.head.key):
        print(
            "What is sealed in it was sealed with another key than the one here. Put back the file secret.key of the"
            " old data folder, or NIGHTDESK_SECRET_KEY as it was; no server starts before.",
            file=sys.stderr,
        )


def _verify(given: argparse.Namespace) -> None:
    """Prints how much there is, and what is wrong; then the exit code is 1."""
    from chat import backup

    settings = load_settings(data_dir=given.data_dir)
    report = backup.verify_file(given.file) if given.file else backup.verify(settings.database, files_of(settings))
    print(", ".join(f"{name} {many:,}" for name, many in report.counts.items()))
    _tell(report.problems)
    if report.problems:
        raise Invalid(f"{len(report.problems)} problems." if len(report.problems) > 1 else "One problem.")
    print("All is well.")


def _tell(problems: Iterable[str]) -> None:
    """One by one, up to SHOWN of them."""
    told = list(problems)
    for problem in told[:SHOWN]:
        print(problem, file=sys.stderr)
    if len(told) > SHOWN:
        print(f"and {len(told) - SHOWN} more", file=sys.stderr)


def _add_site(given: argparse.Namespace) -> None:
    made = _write(given, setup.add_site, given.key, given.name, given.origin, given.zone, given.ticket_prefix)
    print(f"Site {made['key']} is there, open daily 09:00-21:00 {given.zone}.")
    server = load_settings(data_dir=given.data_dir).public_url or "https://YOUR-SERVER"
    print(f'Embed it:  <script async src="{server}/widget.js" data-site="{made["key"]}"></script>')
    print(f"Secret for signing identities (keep it on your server): {made['identity_secret']}")
    print("A running server answers for the site at once, and lets its pages embed the window from its next start on.")


def _add_agent(given: argparse.Namespace) -> None:
    password, is_back = _write(given, staff.add_agent, given.email, given.name, given.role)
    again = "is back in the teams of before, and " if is_back else ""
    print(f"{given.name} {again}may sign in as {given.email} with the password {password}")


def _reset_password(given: argparse.Namespace) -> None:
    password = _write(given, staff.reset_password, given.email)
    print(f"{given.email} is signed out everywhere, and may sign in with the password {password}")


def _remove_agent(given: argparse.Namespace) -> None:
    name = _write(given, staff.remove_agent, given.email)
    print(f"{name} may not sign in any more. What they had goes back within a minute while a server runs.")
    print("Their name stays at what they wrote; `add-agent` brings them back.")


def _identity_key(given: argparse.Namespace) -> None:
    if given.list:
        keys = _write(given, identity.keys, given.site)
    elif given.drop:
        keys = _write(given, identity.drop, given.site, given.drop)
    else:
        secret, keys = _write(given, identity.roll, given.site, _public_key(given))
        if secret:
            print(secret)
    for key in keys:
        print(f"{key.id} {key.algorithm}", file=sys.stderr)
    print("Tokens signed with one of these hold; the newest stands last.", file=sys.stderr)


def _public_key(given: argparse.Namespace) -> tuple[str, str] | None:
    for algorithm, file in (("RS256", given.rs256), ("EdDSA", given.eddsa)):
        if file is not None:
            try:
                return algorithm, file.read_text()
            except (OSError, UnicodeDecodeError):
                raise Invalid(f"The file {file} cannot be read.") from None
    return None


def _shop_secret(given: argparse.Namespace) -> None:
    print(_write(given, shop.new_secret, given.site))
    print("The shop signs with it from now on; what it signed with the one before is refused.", file=sys.stderr)


def _shop_url(given: argparse.Namespace) -> None:
    _write(given, shop.set_shop_url, given.site, given.url)
    print(
        f"The shop of {given.site} is asked at {given.url}/orders." if given.url else "The shop is not asked any more."
    )


def _import(given: argparse.Namespace) -> None:
    """Prints what came of it. When a row is wrong nothing is stored and the exit code is 1, but for `--skip`."""
    from tqdm import tqdm  # only who imports files needs it

    from chat.importing import import_file

    bars: dict[str, tqdm[Any]] = {}

    def progress(phase: str, done: int) -> None:
        bar = bars.setdefault(phase, tqdm(desc=phase, unit=" rows", disable=None))
        bar.update(done - bar.n)

    report = _with_store(
        given, lambda store: import_file(store, given.site, given.what, given.file, skip=given.skip, progress=progress)
    )
    for bar in bars.values():
        bar.close()
    _tell(f"Row {row}: {why}" for row, why in report.wrong)
    if report.wrong and not given.skip:
        raise Invalid(f"{len(report.wrong)} wrong rows; nothing was stored. Mend them, or leave them out with --skip.")
    new, changed, known = (report.told[name] for name in ("new", "changed", "known"))
    print(f"{new} new, {changed} changed, {known} as they were, {len(report.wrong)} left out.")


def _export_articles(given: argparse.Namespace) -> None:
    from chat.article_files import export_articles, export_phrasings

    if given.jsonl:
        told = _with_store(given, lambda store: export_phrasings(store, given.jsonl))
        print(f"{told['lines']} phrasings of {told['articles']} articles were written to {given.jsonl}.")
    else:
        told = _with_store(given, lambda store: export_articles(store, given.folder))
        print(f"{told['article']} articles and {told['policy']} policies were written to {given.folder}.")


def _import_articles(given: argparse.Namespace) -> None:
    from chat.article_files import import_articles

    told = _with_store(given, lambda store: import_articles(store, given.folder, publish=given.publish))
    print(f"{told['new']} new, {told['changed']} changed, {told['known']} as they were.")
    if told["busy"]:
        print(f"{told['busy']} left alone: somebody is writing at them, or a version waits for its date.")
    if told["new"] + told["changed"]:
        print("They are in force." if given.publish else "They are drafts until somebody publishes them.")


def _write(given: argparse.Namespace, action: Callable[..., Any], *values: object) -> Any:
    """One action on the database of the data folder."""
    return _with_store(given, lambda store: store.write(action, *values))


def _with_store(given: argparse.Namespace, work: Callable[[Store], Coroutine[Any, Any, T]]) -> T:
    """On the database of the data folder, whether a server runs there or not."""
    settings = load_settings(data_dir=given.data_dir)
    writable_data_dir(settings)
    migrate(settings.database)

    async def do() -> T:
        store = Store(settings.database, Clock(real_now))
        try:
            return await work(store)
        finally:
            store.close()

    return asyncio.run(do())


def _wire(given: argparse.Namespace) -> None:
    root = Path(__file__).parent.parent
    protocol, operations = root / "docs" / "protocol.md", root / "docs" / "operations.md"
    made = {
        root / "widget" / "src" / "core" / "wire.ts": wire_ts.render(),
        protocol: wire_docs.render(protocol),
        operations: wire_docs.replace(operations, "settings", table()),
    }
    for target, text in made.items():
        if target.read_text() != text:
            target.write_text(text)
            print(f"{target.relative_to(root)} is made anew.")


SITE = option("site", help="the site's public key")
AT = option("--at", help="HH:MM or an ISO time: moves the calendar's clock there")
FILES = "folder of the database and the files"
OUTBOX = "folder of the database and the outbox"

COMMANDS = (
    Command(
        "serve",
        "migrate the database and serve",
        _serve,
        (
            option("--host", help="address to listen on"),
            option("--port", help="port to listen on"),
            AT,
            option("--demo", action="store_true", default=None, help="seed demo data and serve /demo"),
        ),
        OUTBOX,
        environment=True,
    ),
    Command(
        "work",
        "do the background work alone, beside servers that share REDIS_URL",
        _work,
        (AT,),
        OUTBOX,
        environment=True,
    ),
    Command("migrate", "bring the database to the newest schema", _migrate),
    Command("doctor", "look at settings, disk, database and the rest, and say what to do", _doctor, folder=FILES),
    Command(
        "backup",
        "write the database and all files into one file, while it serves",
        _backup,
        (option("file", type=Path, help="such as nightdesk-2026-03-01.tar; it must not be there yet"),),
        FILES,
    ),
    Command(
        "restore",
        "put a backup back into an empty data folder or database",
        _restore,
        (option("file", type=Path, help="what `backup` wrote, of either kind of database"),),
        "folder for the database and the files",
    ),
    Command(
        "verify",
        "look through the database and all files, or through a backup",
        _verify,
        (option("file", type=Path, nargs="?", help="a backup; none: what is served here"),),
        FILES,
    ),
    Command(
        "add-site",
        "add a website that may embed the window",
        _add_site,
        (
            option("key", help="its public key, for data-site"),
            option("--name", required=True, help="what customers read, such as a shop's name"),
            option("--origin", action="append", default=[], help="a page's origin, such as https://shop.example.com"),
            option("--zone", default="Asia/Shanghai", help="time zone of its opening hours"),
            option("--ticket-prefix", default="ND", help="capital letters in front of its ticket numbers"),
        ),
    ),
    Command(
        "add-agent",
        "add somebody who answers, or bring them back; prints a password",
        _add_agent,
        (
            option("email"),
            option("--name", required=True, help="what customers read"),
            option("--role", choices=["agent", "supervisor", "admin"], default="agent"),
        ),
    ),
    Command(
        "reset-password",
        "give an agent a new password, and print it; they are signed out everywhere",
        _reset_password,
        (option("email"),),
    ),
    Command(
        "remove-agent",
        "let somebody who has left sign in no more; what they had goes back",
        _remove_agent,
        (option("email"),),
    ),
    Command(
        "identity-key",
        "make a new secret for signing identities, or add a key",
        _identity_key,
        (
            SITE,
            option("--rs256", instead="wish", type=Path, metavar="PEM", help="a file with an RSA public key"),
            option("--eddsa", instead="wish", type=Path, metavar="PEM", help="a file with an Ed25519 public key"),
            option("--drop", instead="wish", metavar="ID", help="take this key away"),
            option("--list", instead="wish", action="store_true", help="only tell which keys hold"),
        ),
    ),
    Command("shop-secret", "make and print the secret a shop signs its webhooks with", _shop_secret, (SITE,)),
    Command(
        "shop-url",
        "set where a shop is asked for somebody's orders",
        _shop_url,
        (
            SITE,
            option("url", nargs="?", help="such as https://shop.example.com/nightdesk; none: it is not asked"),
        ),
    ),
    Command(
        "import",
        "take a shop's orders or payments from a CSV or JSON file",
        _import,
        (
            option("what", choices=["orders", "payments"]),
            option("file", type=Path, help=".csv (UTF-8 or GBK), .json or .jsonl; docs/shop.md has the columns"),
            option("--site", required=True, help="the site's public key"),
            option("--skip", action="store_true", help="leave wrong rows out instead of refusing the file"),
        ),
    ),
    Command(
        "export-articles",
        "write the articles in force as Markdown files",
        _export_articles,
        (
            option("folder", type=Path, nargs="?", help="gets <locale>/<slug>.md"),
            option("--jsonl", type=Path, metavar="FILE", help="gets their phrasings instead, for bots.evaluate"),
        ),
    ),
    Command(
        "import-articles",
        "take articles from Markdown files, as drafts",
        _import_articles,
        (
            option("folder", type=Path, help="holds <locale>/<slug>.md; docs/bot.md says what stands in them"),
            option("--publish", action="store_true", help="bring them into force at once"),
        ),
    ),
    Command("wire", "make wire.ts and the tables of the docs anew, in a checkout", _wire, folder=None),
)
