"""The lines of the person's own files that reports quote."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from simulator.launcher.launcher import AppInfo


def sources(app: AppInfo, cwd: Path) -> Mapping[str, tuple[str, ...]]:
    """file (as reports name it) -> its lines; what cannot be read is left out."""
    found: dict[str, tuple[str, ...]] = {}
    for name in (app.file,):
        try:
            found[name] = tuple((cwd / name).read_text(encoding="utf-8").splitlines())
        except (OSError, UnicodeDecodeError):
            continue
    return found
