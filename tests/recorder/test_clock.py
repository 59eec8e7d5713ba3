"""The two clocks."""

from __future__ import annotations

import time

from simulator.recorder import Clock, LogicalClock, RealClock


def test_a_logical_clock_is_a_function_of_how_often_it_was_asked() -> None:
    once, again = ([clock.now() for _ in range(1000)] for clock in (LogicalClock(), LogicalClock()))
    assert once == again
    assert once[:3] == [0.001, 0.002, 0.003]
    assert once[-1] == 1.0
    assert len(set(once)) == 1000


def test_waiting_moves_a_logical_clock_and_takes_no_time() -> None:
    clock = LogicalClock()
    began = time.monotonic()
    clock.now()
    clock.wait(3600.0)
    assert clock.now() == 3600.002
    assert time.monotonic() - began < 60


def test_a_real_clock_begins_at_zero_and_never_goes_back() -> None:
    clock: Clock = RealClock()
    times = [clock.now() for _ in range(100)]
    assert times == sorted(times)
    before = clock.now()
    clock.wait(0.01)
    assert clock.now() - before >= 0.01
