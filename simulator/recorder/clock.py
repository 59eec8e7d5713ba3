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
    """One tick of `tick_s` seconds for every time it is asked; `wait` moves it without waiting."""

    def __init__(self, *, tick_s: float = 0.001) -> None:
        self._tick_s = tick_s
        self._ticks = 0
        self._moved_s = 0.0

    def now(self) -> float:
        """The next tick: two events never share a time."""
        self._ticks += 1
        return round(self._ticks * self._tick_s + self._moved_s, 9)

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
