"""The time of day as the schedule has it, for everything in this process that asks for it.

Rule 1: time stands still while a request runs, so that a run repeats; a request that takes longer than a second
sees whole seconds pass, so that loops which wait for a time end.
Rule 2: `time.monotonic`, `time.sleep` and time-outs stay real: waiting is not owned.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from typing import Any

from simulator.launcher.substitute import substitute, substitute_method

_NS = 1_000_000_000


class CalendarClock:
    """Seconds since 1970. `set` moves it; before the first `set` it shows the real time."""

    def __init__(self) -> None:
        self._monotonic_ns = time.monotonic_ns
        self._set_to_ns = time.time_ns()
        self._set_at_ns = self._monotonic_ns()

    def set(self, now_s: float) -> None:
        """From here on it is `now_s`."""
        self._set_to_ns = round(now_s * 1_000_000) * 1000
        self._set_at_ns = self._monotonic_ns()

    def now_ns(self) -> int:
        passed_s = (self._monotonic_ns() - self._set_at_ns) // _NS
        return self._set_to_ns + passed_s * _NS

    def now_s(self) -> float:
        return self.now_ns() / _NS

    def install(self) -> None:
        """Be this process' time of day, for good."""
        substitute(
            {
                time.time: self.now_s,
                time.time_ns: self.now_ns,
                time.localtime: self._of_moment(time.localtime),
                time.gmtime: self._of_moment(time.gmtime),
                time.ctime: self._of_moment(time.ctime),
                time.asctime: self._of_fields(time.asctime, at=0),
                time.strftime: self._of_fields(time.strftime, at=1),
                time.clock_gettime: self._real_or(time.clock_gettime, self.now_s),
                time.clock_gettime_ns: self._real_or(time.clock_gettime_ns, self.now_ns),
            }
        )
        self._install_dates()

    def _install_dates(self) -> None:
        """`date.today` and `datetime.today` ask `time.time`; the other two ask the operating system."""

        def now(kind: type[datetime.datetime], tz: datetime.tzinfo | None = None) -> datetime.datetime:
            return _exactly(kind, self.now_ns(), tz)

        def utcnow(kind: type[datetime.datetime]) -> datetime.datetime:
            return _exactly(kind, self.now_ns(), datetime.UTC).replace(tzinfo=None)

        substitute_method(datetime.datetime, "now", classmethod(now))
        substitute_method(datetime.datetime, "utcnow", classmethod(utcnow))

    def _of_moment(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def of_moment(seconds: float | None = None, /) -> Any:
            return real(self.now_s() if seconds is None else seconds)

        return of_moment

    def _of_fields(self, real: Callable[..., Any], *, at: int) -> Callable[..., Any]:
        real_localtime = time.localtime

        def of_fields(*given: Any) -> Any:
            return real(*given) if len(given) != at else real(*given, real_localtime(self.now_s()))

        return of_fields

    def _real_or(self, real: Callable[[int], Any], owned: Callable[[], Any]) -> Callable[[int], Any]:
        def clock_gettime(clock: int, /) -> Any:
            return owned() if clock == time.CLOCK_REALTIME else real(clock)

        return clock_gettime


def _exactly(kind: type[datetime.datetime], now_ns: int, tz: datetime.tzinfo | None) -> datetime.datetime:
    """Whole microseconds, which a float of seconds would round."""
    seconds, rest_ns = divmod(now_ns, _NS)
    return kind.fromtimestamp(seconds, tz).replace(microsecond=rest_ns // 1000)
