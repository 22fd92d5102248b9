"""Real Nightdesk processes on loopback: started, killed, frozen, started again on the same port and data."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests import copies, servers

ROOT = Path(__file__).parents[2]
SERVE = ("-m", "chat", "serve")
WORK = ("-m", "chat", "work")
COPIED = ("chat", "tests.faults.stepped")  # modules that do not mind that their imports are there


@dataclass(frozen=True)
class Ended:
    """How a process ended: its exit code (negative: by that signal), and how long it took."""

    code: int
    seconds: float


class Nightdesk(servers.Process):
    """One process of the server. `Nightdesk(at="10:30", redis_url=...)`: settings by name, as in `Settings`.

    Its methods block: a test with a loop of its own calls them through `asyncio.to_thread`. Begins with a copy of the
    database `seeded`, or seeds one of its own; give two processes the same `data_dir` or `database_url` to share it.
    """

    def __init__(
        self, *, seeded: Path | None = None, program: Sequence[str] = SERVE, name: str = "web", **settings: object
    ) -> None:
        super().__init__(name)
        self.url = f"http://127.0.0.1:{self.port}"
        self.data_dir = Path(str(settings.pop("data_dir", self.folder / "data")))
        self.data_dir.mkdir(exist_ok=True, parents=True)
        if seeded is not None:
            shutil.copy(seeded, self.database)
        self._program = program
        self._settings = {"host": "127.0.0.1", "port": self.port, "demo": True, "at": "10:30", **settings}

    @property
    def database(self) -> Path:
        return self.data_dir / "nightdesk.db"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    @property
    def pid(self) -> int:
        assert self._process is not None, "it does not run"
        return self._process.pid

    @property
    def rss(self) -> int:
        """Bytes of memory it has now."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    @property
    def cpu(self) -> float:
        """Seconds of processor time it has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        self.terminate()

    def terminate(self) -> Ended:
        """SIGTERM, and waits."""
        assert self._process is not None
        begun = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(servers.STOP_SECONDS)
        self._process = None
        return Ended(code, time.monotonic() - begun)

    def restart(self) -> None:
        """kill -9 and start."""
        self.kill()
        self.start()

    def problem(self, seconds: float = 2) -> str | None:
        """What /readyz says is wrong; None: ready. Raises OSError when nobody answers."""
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=seconds) as answer:
                answer.read()
                return None
        except urllib.error.HTTPError as refusal:
            told: str = json.loads(refusal.read())["problem"]
            return told

    def answers(self) -> bool:
        if not self.is_running:
            raise RuntimeError(f"the process ended: {self.log[-2_000:]}")
        try:
            return self.problem(servers.START_SECONDS) is None
        except OSError:
            return False

    def _spawn(self, log: int) -> subprocess.Popen[bytes] | copies.Copy:
        settings = {"data_dir": self.data_dir, **self._settings}
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("NIGHTDESK_")},
            **{_variable(name): _text(value) for name, value in settings.items() if value is not None},
        }
        if self._program[0] == "-m" and self._program[1] in COPIED:
            return copies.start(self._program[1], self._program[2:], environment, log)
        command = [sys.executable, *self._program]
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True)


class Worker(Nightdesk):
    """A process that only works: it has no door, so it is up when it says so."""

    def __init__(self, web: Nightdesk, **settings: object) -> None:
        shared = {name: value for name, value in web._settings.items() if name not in ("host", "port")}
        super().__init__(program=WORK, name="worker", **{"data_dir": web.data_dir, **shared, **settings})

    def answers(self) -> bool:
        if not self.is_running:
            raise RuntimeError(f"the process ended: {self.log[-2_000:]}")
        return "Ctrl-C" in self.log


def _variable(setting: str) -> str:
    return setting.upper() if setting in ("database_url", "redis_url") else f"NIGHTDESK_{setting.upper()}"


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
