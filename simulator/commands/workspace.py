"""The folder `.workersim/` beside the person's work: the last record, what was run, pages, crash reports.

Rule: trouble with this folder is a warning, never a failed run.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = ".workersim"
RECORD = "latest.jsonl"
RUN = "latest.json"
REPLAY = "replay.jsonl"
PAGE = "latest.html"
TESTS = "tests"
"""The folder of what failed tests ran, one file a test, in the form of RUN."""


class Workspace:
    """`.workersim/` in one folder, made when something is first written to it."""

    def __init__(self, base: Path) -> None:
        self.folder = base / FOLDER

    def ready(self) -> bool:
        """Make the folder, ignored by version control. False where that cannot be done."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            ignore = self.folder / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n", encoding="utf-8")
        except OSError:
            return False
        return True

    def write(self, name: str, text: str) -> str | None:
        """Write one file and return its name as a person sees it; None where that cannot be done."""
        try:
            if self.ready():
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                (self.folder / name).write_text(text, encoding="utf-8")
                return f"{FOLDER}/{name}"
        except OSError:
            pass
        return None
