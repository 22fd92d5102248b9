"""What is installed from the wheel serves by itself: without a checkout, without Node."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import pytest

from bots.shipped import LOCALES, learned_of

ROOT = Path(__file__).parent.parent
PARTS = ("chat", "bots", "pyproject.toml", "setup.py", "README.md", "LICENSE")
PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")


def checkout(folder: Path, without: str = "__pycache__") -> Path:
    """A copy to build in: a build leaves things behind."""
    folder.mkdir()
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", without))
        else:
            shutil.copy(ROOT / part, folder / part)
    return folder


def build(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [*PIP, "wheel", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", "built", "."]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def install(wheel: Path, folder: Path) -> Path:
    """A fresh environment with the wheel, and the packages it needs from this one. Gives its programs."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    subprocess.run([*PIP, "--python", python, "install", "--no-deps", "--no-index", wheel], check=True)
    [packages] = folder.glob("lib/python*/site-packages")
    [ours] = [path for path in sys.path if path.endswith("site-packages") and (Path(path) / "aiohttp").is_dir()]
    (packages / "what_it_needs.pth").write_text(f"{ours}\n")
    return folder / "bin"


def fetched(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=20) as answer:
        content: bytes = answer.read()
        return content


def test_the_wheel_holds_everything_and_serves_without_node(front: Path, tmp_path: Path) -> None:
    made = build(checkout(tmp_path / "checkout"))
    assert made.returncode == 0, made.stderr
    [wheel] = (tmp_path / "checkout" / "built").glob("nightdesk-*.whl")
    kept = subprocess.run(["git", "ls-files", "chat", "bots"], cwd=ROOT, capture_output=True, text=True, check=True)
    built = [f"chat/static/{file.relative_to(front)}" for file in front.rglob("*") if file.is_file()]
    learned = [f"bots/usual_questions/{learned_of(locale).name}" for locale in LOCALES]
    assert {*kept.stdout.split(), *built, *learned} <= set(zipfile.ZipFile(wheel).namelist())

    programs = install(wheel, tmp_path / "installed")
    elsewhere = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"PATH": str(programs)}
    server = subprocess.Popen(
        [programs / "nightdesk", "serve", "--demo", "--port", "0", "--data-dir", tmp_path / "data"],
        cwd=tmp_path,
        env={**elsewhere, "NIGHTDESK_BOT": "false"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        told = server.stdout.readline()
        found = re.search(r"http://\S+", told)
        assert found is not None, told
        url = found.group()
        assert fetched(f"{url}/healthz") == b'{"ok": true}'
        assert b"Nightdesk" in fetched(f"{url}/widget.js")
        console = fetched(f"{url}/console").decode()
        [script] = re.findall(r'<script[^>]+src="([^"]+)"', console)
        assert len(fetched(url + script)) > 10_000
        assert fetched(f"{url}/help/demo/zh-CN")
        assert fetched(f"{url}/pages/pages.css")
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=20) == 0
    finally:
        server.kill()


@pytest.mark.parametrize(
    ("without", "complaint"),
    [("static", "The front end is not built."), ("*.npz", "The bot has not learned what is usually asked.")],
)
def test_no_wheel_is_built_without_what_is_made_ahead(without: str, complaint: str, tmp_path: Path) -> None:
    made = build(checkout(tmp_path / "checkout", without=without))
    assert made.returncode != 0
    assert f"{complaint} Run: make wheel" in made.stdout + made.stderr
