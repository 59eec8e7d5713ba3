"""The lines of the person's own files that reports quote."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from simulator.launcher.launcher import AppInfo
from simulator.result import Example


def sources(app: AppInfo, cwd: Path, examples: Iterable[Example] = ()) -> Mapping[str, tuple[str, ...]]:
    """file (as reports name it) -> its lines: the application's, and those of the lines that `examples` name.

    What cannot be read is left out.
    """
    blames = [example.blame for example in examples if example.blame is not None]
    places = [place for blame in blames for place in (blame.defined, blame.changed, blame.read) if place is not None]
    found: dict[str, tuple[str, ...]] = {}
    for name in dict.fromkeys((app.file, *(place.file for place in places))):
        try:
            found[name] = tuple((cwd / name).read_text(encoding="utf-8").splitlines())
        except (OSError, UnicodeDecodeError):
            continue
    return found
