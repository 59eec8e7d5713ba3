"""Time and chance in the application's process, owned by the schedule: the same schedule gives the same run.

Session cookies, CSRF tokens, uuids and timestamps then repeat. Chance is seeded by what draws it:

- a load by its number, and with `load=per-worker` by the worker too, as each worker then draws for itself;
- the moment after a fork by the worker, as Python itself seeds the module `random` anew there;
- a request by its step alone. Two workers that hold the same then answer the same step alike.

What was seeded before a fork is cloned by it, as in production: two workers with a `Random()` made at import
give the same numbers.
"""

from __future__ import annotations

from typing import Final

from simulator.launcher.calendar_clock import CalendarClock
from simulator.launcher.chance import Chance

EPOCH_S: Final = 1_893_456_000.0
"""When a run begins, in seconds since 1970: 1 January 2030, UTC."""

_LOADS_BEFORE_S: Final = 60.0


class Ownership:
    """Owns one process and its forks. It cannot be undone."""

    def __init__(self, seed: str, *, epoch_s: float = EPOCH_S) -> None:
        """`epoch_s` is the time of day when the run begins; loads lie in the minute before it, each a second later."""
        self._seed = seed
        self._epoch_s = epoch_s
        self._clock = CalendarClock()
        self._chance = Chance(seed)
        self._has_taken_over = False

    def take_over(self) -> None:
        """Be this process' time and chance, and that of its forks. Some 20 ms, once."""
        if not self._has_taken_over:
            self._clock.install()
            self._chance.install()
            self._has_taken_over = True

    def begin_run(self, seed: str, *, epoch_s: float) -> None:
        """The loads from here on, in forks of this process, are another run's."""
        self._seed = seed
        self._epoch_s = epoch_s
        self._chance.begin(seed)

    def owns_random(self) -> bool:
        """The state of the module `random` follows from the schedule, so it is no state of the application."""
        return not self._chance.is_seeded_by_app

    def begin_load(self, *, load: int, worker: int | None) -> None:
        """Take over, before the application's code is run. `worker` is given where it loads for itself."""
        self.take_over()
        self._clock.set(self._epoch_s - _LOADS_BEFORE_S + load % _LOADS_BEFORE_S)
        self._chance.follow(f"{self._seed}, load {load}, worker {worker}")

    @property
    def has_drawn(self) -> bool:
        """Has the load, or the request, asked for anything random since it began?"""
        return self._chance.was_drawn

    def after_fork(self, worker: int) -> None:
        """This process was just forked to be `worker`."""
        self._chance.follow(f"{self._seed}, fork of worker {worker}", reseed=True)

    def begin_request(self, *, step: str, now_s: float | None) -> None:
        """A request begins at the time of day `now_s`, in seconds since 1970 (None: time goes on).

        `step` names it, in a way that is the same whenever it is to draw the same.
        """
        if now_s is not None:
            self._clock.set(now_s)
        self._chance.follow(f"{self._seed}, step {step}")
