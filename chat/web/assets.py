"""The built front end: which file of `chat/static` an entry became."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chat.errors import Unavailable

STATIC = Path(__file__).parent.parent / "static"


@dataclass(frozen=True)
class Entry:
    script: str
    styles: list[str]


class Assets:
    """Reads the manifests that the front-end build leaves; without them, pages that need one answer 503."""

    def __init__(self, folder: Path = STATIC) -> None:
        self.folder = folder
        self._entries: dict[str, Any] = {}
        for manifest in sorted((folder / ".vite").glob("*.json")):
            self._entries |= json.loads(manifest.read_text())

    def entry(self, source: str) -> Entry:
        """The addresses of an entry, such as `widget/src/app/main.tsx`. Raises Unavailable when it is not built."""
        found = self._entries.get(source)
        if found is None:
            raise Unavailable("The front end has not been built; run `make front`.")
        styles = [
            *found.get("css", ()),
            *(css for name in found.get("imports", ()) for css in self._styles(name)),
        ]
        return Entry(f"/static/{found['file']}", [f"/static/{css}" for css in styles])

    def _styles(self, name: str) -> list[str]:
        styles: list[str] = self._entries[name].get("css", [])
        return styles
