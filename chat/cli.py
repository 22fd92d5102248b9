"""`python -m chat`: serve, migrate, seed, wire."""

from __future__ import annotations

import argparse
import asyncio
import errno
import logging
import signal
import sys
from pathlib import Path

import structlog
from aiohttp import web

from chat import wire_docs, wire_ts
from chat.app import build_app
from chat.errors import NightdeskError, SettingsError
from chat.seed import PASSWORD
from chat.settings import Settings, load_settings, table, writable_data_dir
from chat.store.migrations import migrate

log = structlog.get_logger()


def main() -> None:
    """Runs one command. What goes wrong is told in one sentence, and the exit code is 1."""
    given = _parser().parse_args()
    try:
        given.run(given)
    except NightdeskError as error:
        sys.exit(f"nightdesk: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m chat", description="Nightdesk, a live-chat support server.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="migrate the database and serve")
    serve.add_argument("--host", help="address to listen on")
    serve.add_argument("--port", help="port to listen on")
    serve.add_argument("--data-dir", help="folder of the database and the outbox")
    serve.add_argument("--at", help="HH:MM or an ISO time: moves the calendar's clock there")
    serve.add_argument("--demo", action="store_true", default=None, help="seed demo data and serve /demo")
    serve.set_defaults(run=_serve)

    migration = commands.add_parser("migrate", help="bring the database to the newest schema")
    migration.add_argument("--data-dir", help="folder of the database")
    migration.set_defaults(run=_migrate)

    shapes = commands.add_parser("wire", help="make wire.ts and the tables of the docs anew, in a checkout")
    shapes.set_defaults(run=_wire)
    return parser


def _serve(given: argparse.Namespace) -> None:
    settings = load_settings(host=given.host, port=given.port, data_dir=given.data_dir, at=given.at, demo=given.demo)
    _log_to_stderr(settings.log_level)
    writable_data_dir(settings)
    asyncio.run(serve(settings))


async def serve(settings: Settings) -> None:
    """Serves until SIGINT or SIGTERM. Raises SettingsError when the port cannot be had."""
    runner = web.AppRunner(build_app(settings), access_log=None, shutdown_timeout=5)
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.host, settings.port)
        await _listen(site, settings)
        port = runner.addresses[0][1]
        print(_welcome(settings, port), flush=True)
        await _until_told_to_stop()
    finally:
        await runner.cleanup()


async def _listen(site: web.TCPSite, settings: Settings) -> None:
    try:
        await site.start()
    except OSError as error:
        why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be had ({error.strerror})"
        raise SettingsError(f"Port {settings.port} on {settings.host} {why}. Choose another with --port.") from None


async def _until_told_to_stop() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()


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
        lines.append(f"  Clock      the desk believes it is {settings.at}")
    lines.append("Stop with Ctrl-C.")
    return "\n".join(lines)


def _migrate(given: argparse.Namespace) -> None:
    settings = load_settings(data_dir=given.data_dir)
    writable_data_dir(settings)
    migrate(settings.database)
    print("The database is up to date.")


def _wire(given: argparse.Namespace) -> None:
    root = Path(__file__).parent.parent
    protocol, readme = root / "docs" / "protocol.md", root / "README.md"
    made = {
        root / "widget" / "src" / "core" / "wire.ts": wire_ts.render(),
        protocol: wire_docs.render(protocol),
        readme: wire_docs.replace(readme, "settings", table()),
    }
    for target, text in made.items():
        if target.read_text() != text:
            target.write_text(text)
            print(f"{target.relative_to(root)} is made anew.")


def _log_to_stderr(level: str) -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=logging.ERROR, stream=sys.stderr)
