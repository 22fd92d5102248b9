"""What pyproject.toml cannot say: a wheel holds the built front end, so that whoever installs it needs no Node."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class WithFrontEnd(build_py):
    def run(self) -> None:
        if not (Path(__file__).parent / "chat/static/.vite/console.json").exists():
            raise SystemExit("The front end is not built. Run: make wheel")
        super().run()


setup(cmdclass={"build_py": WithFrontEnd})
