"""The run's one clock.

Rule: in a scheduled run, time is a function of what has happened so far and of nothing else, so that the same
schedule gives the same history to the byte. Real durations travel beside it (`ResponseReceived.took_s`).
"""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Seconds since the run began; each answer is later than or equal to the one before."""

    def now(self) -> float:
        """The time of what is just happening."""
        ...

    def wait(self, seconds: float) -> None:
        """Let `seconds` go by, on this clock."""
        ...


class LogicalClock:
    """One tick for every time it is asked, `ticks_per_s` of them a second; `wait` moves it without waiting."""

    def __init__(self, *, ticks_per_s: int = 1000) -> None:
        self._ticks_per_s = ticks_per_s
        self._ticks = 0
        self._moved_s = 0.0

    def now(self) -> float:
        """The next tick: two events never share a time."""
        self._ticks += 1
        ticked_s = self._ticks / self._ticks_per_s
        return round(ticked_s + self._moved_s, 9) if self._moved_s else ticked_s

    def wait(self, seconds: float) -> None:
        """Move the clock on by `seconds`."""
        self._moved_s += seconds


class RealClock:
    """Real seconds since this object was made, by the monotonic clock; `wait` really waits."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def now(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._began

    def wait(self, seconds: float) -> None:
        """Sleep for `seconds`."""
        time.sleep(seconds)
