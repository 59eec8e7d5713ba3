"""Which frames of a traceback belong to the application, and how a frame is written in one line."""

from __future__ import annotations

import linecache
import re
import sysconfig
import traceback
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, TracebackType
from typing import Final, TypeAlias

Place: TypeAlias = tuple[str, int, str]
"""File, line and function of a frame."""

_OTHERS: Final = frozenset({"site-packages", "dist-packages", "__pypackages__"})
_DUMPED: Final = re.compile(r'^  File "(.+)", line (\d+) in (.+)$')
_PRINTED: Final = re.compile(r'^  File "(.+)", line (\d+), in (.+)$')


@dataclass(frozen=True, slots=True, kw_only=True)
class AppFiles:
    """The application's own folder `root`, and `cwd`, from which a person reads paths."""

    root: str
    cwd: str

    def owns(self, file: str) -> bool:
        """The file was written by the application's authors: not a library, not Python's, not ours."""
        if file.startswith("<"):
            return False
        if (inside := _below(file, self.root)) is not None:
            return _OTHERS.isdisjoint(inside.parts)
        if (inside := _below(file, self.cwd)) is None or not _OTHERS.isdisjoint(inside.parts):
            return False
        return all(_below(file, home) is None for home in (sysconfig.get_path("stdlib"), str(OURS)))

    def name(self, file: str) -> str:
        """The path as a person would write it from `cwd`."""
        for base in (self.cwd, self.root):
            if (inside := _below(file, base)) is not None:
                return str(inside)
        return file

    def line(self, place: Place) -> str:
        """`flask_app.py:14   time.sleep(3600)  in add`"""
        file, number, function = place
        linecache.checkcache(file)  # it may have been edited since
        source = linecache.getline(file, number).strip()
        where = "" if function.startswith("<module") else f"  in {function}"
        return f"{self.name(file)}:{number}   {source}{where}".rstrip()

    def lines(self, places: Iterable[Place]) -> tuple[str, ...]:
        """The application's own places; where there is none, the one nearest to the event (the last)."""
        everything = list(places)
        own = [place for place in everything if self.owns(place[0])]
        return tuple(self.line(place) for place in own or everything[-1:])


OURS: Final = Path(__file__).resolve().parents[1]


def _below(file: str, folder: str) -> Path | None:
    if not file.startswith(folder) and "//" not in file and "/./" not in file:  # every module is asked for: be quick
        return None
    try:
        return Path(file).relative_to(folder)
    except ValueError:
        return None


def traceback_places(tb: TracebackType | None) -> list[Place]:
    """Outermost first."""
    return [(frame.f_code.co_filename, line, _function(frame.f_code)) for frame, line in traceback.walk_tb(tb) if line]


def _function(code: CodeType) -> str:
    return code.co_name


def error_text(error: BaseException) -> str:
    """Type and message in one line, as at the end of a traceback: `KeyError: 'x'`."""
    lines = "".join(traceback.format_exception_only(error)).strip().splitlines()
    return lines[-1 if isinstance(error, SyntaxError) else 0]


def dumped_places(dump: str, files: AppFiles) -> list[Place]:
    """The application's frames in a faulthandler dump, innermost first, of the thread or task that matters.

    After a fatal error that is the thread it happened in. Else it is the main thread (which faulthandler writes
    last) or, where that runs an event loop with tasks in hand (`asgi` adds them), the first in the application's code.
    """
    blocks = [
        (header, [place for place in places if files.owns(place[0])]) for header, places in _blocks(dump.splitlines())
    ]
    if "Fatal Python error" in dump:
        current = [places for header, places in blocks if header.startswith("Current thread")]
        return current[-1] if current else []
    tasks = [places for header, places in blocks if header.startswith("Task")]
    threads = [places for header, places in reversed(blocks) if not header.startswith("Task")]
    candidates = [*threads[:1], *tasks, *(threads[1:] if tasks else [])]
    return next((places for places in candidates if places), [])


def printed_error(lines: Sequence[str]) -> tuple[str, list[Place]] | None:
    """The last traceback in printed text: its error and its places, outermost first."""
    starts = [number for number, line in enumerate(lines) if "Traceback (most recent call last)" in line]
    if not starts:
        return None
    places: list[Place] = []
    for line in lines[starts[-1] + 1 :]:
        if found := _PRINTED.match(line):
            places.append((found[1], int(found[2]), found[3]))
        elif line and not line.startswith(" "):
            return line, places
    return None


def _blocks(lines: Sequence[str]) -> Iterator[tuple[str, list[Place]]]:
    header, places = "", list[Place]()
    for line in lines:
        if found := _DUMPED.match(line):
            places.append((found[1], int(found[2]), found[3]))
        elif places:
            yield header, places
            places = []
        if "most recent call first" in line:
            header = line
    if places:
        yield header, places
