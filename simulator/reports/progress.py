"""One line about work under way: on a terminal only, and only when the work takes longer than a moment."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

from simulator.reports.layout import cut
from simulator.reports.style import Style

_BAR = 16
_ERASE = "\r\x1b[2K"


class Progress:
    """`with Progress(...) as progress: progress.advance()`; the line is gone at the end, also after an error."""

    def __init__(
        self,
        stream: TextIO,
        style: Style,
        *,
        what: str,
        total: int | None = None,
        after_s: float = 1.0,
        every_s: float = 0.1,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream, self._style, self._what, self._total = stream, style, what, total
        self._after_s, self._every_s, self._clock = after_s, every_s, clock
        self._done = 0
        self._began = self._shown = clock()
        self._is_visible = False

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_visible:
            self._write(_ERASE)

    def advance(self, by: int = 1) -> None:
        """`by` more pieces are done."""
        self.reach(self._done + by)

    def reach(self, done: int, what: str = "") -> None:
        """`done` pieces are done in all; what they are may be something else from now on."""
        self._done, self._what = done, what or self._what
        now = self._clock()
        if not self._style.is_live or now - self._began < self._after_s:
            return
        if self._is_visible and now - self._shown < self._every_s:
            return
        self._shown, self._is_visible = now, True
        self._write(_ERASE + cut(self._line(now - self._began), self._style.width - 1, self._style.ellipsis))

    def _line(self, passed_s: float) -> str:
        if not self._total:
            return f"{self._what}: {self._done:,} in {passed_s:.0f} s"
        left_s = passed_s / self._done * (self._total - self._done) if self._done else 0.0
        ahead = f", about {left_s:.0f} s left" if self._done < self._total and left_s >= 1 else ""
        return f"{self._what} {self._bar()} {self._done:,} of {self._total:,}{ahead}"

    def _bar(self) -> str:
        full, empty = ("█", "░") if self._style.unicode else ("#", "-")
        filled = min(_BAR, _BAR * self._done // (self._total or 1))
        return full * filled + empty * (_BAR - filled)

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
