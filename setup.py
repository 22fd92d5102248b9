"""What pyproject.toml cannot say: a wheel holds what is made ahead, so that whoever installs it needs no Node, and the
bot has learned.
"""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent


class WithWhatIsMade(build_py):
    def run(self) -> None:
        if not (HERE / "chat/static/.vite/console.json").exists():
            raise SystemExit("The front end is not built. Run: make wheel")
        folder = HERE / "bots/usual_questions"
        if any(not list(folder.glob(f"{lines.stem}.*.npz")) for lines in folder.glob("*.txt")):
            raise SystemExit("The bot has not learned what is usually asked. Run: make wheel")
        super().run()


setup(cmdclass={"build_py": WithWhatIsMade})
