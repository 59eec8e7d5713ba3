"""Read by read: could this value have been current while the read ran? (anomalies: stale, future, phantom.)

Rule 1: the barrier of a read is the latest beginning of a write that was certainly over before it.
Rule 2: a source of the value explains the read if it began by the end of the read and did not end before the
barrier. Sound, and complete for each read on its own, with repeated values, deletes and unknown outcomes.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import accumulate
from operator import attrgetter
from typing import NamedTuple

from simulator.history.operation import Operation, Value


class Source(NamedTuple):
    """A write of `value` that took effect somewhere in [began, end]; `by` is None for the value at the start."""

    value: Value
    began: float
    end: float
    by: Operation | None


class Look(NamedTuple):
    """A read of `value` that may show any state of [since, until]."""

    value: Value
    since: float
    until: float
    by: Operation


class Fault(StrEnum):
    """What is wrong with one read."""

    STALE = "stale"
    FUTURE = "future"
    PHANTOM = "phantom"


class Misread(NamedTuple):
    """A read that no order explains. `source` is the last source of its value, `newer` the write that overwrote it."""

    fault: Fault
    look: Look
    source: Operation | None
    newer: Operation | None
    age_s: float | None


_began, _end = attrgetter("began"), attrgetter("end")


def _later_begun(one: Source, other: Source) -> Source:
    return one if one.began >= other.began else other


def _longer_lasting(one: Source, other: Source) -> Source:
    return one if one.end >= other.end else other


class Timeline:
    """All sources of one variable, prepared for one bisection per read: O(n log n) in all."""

    def __init__(self, sources: Iterable[Source]) -> None:
        everything = list(sources)
        self._certain = sorted((s for s in everything if s.end < math.inf), key=_end)
        self._ends = [s.end for s in self._certain]
        self._barriers = list(accumulate(self._certain, _later_begun))
        self._by_value: dict[Value, list[Source]] = {}
        for source in everything:
            self._by_value.setdefault(source.value, []).append(source)
        self._prepared: dict[Value, tuple[list[float], list[Source]]] = {}
        self._after: tuple[list[float], list[float]] | None = None

    def barrier(self, since: float) -> Source | None:
        """The latest-begun write that was certainly over before `since`."""
        index = bisect_left(self._ends, since) - 1
        return self._barriers[index] if index >= 0 else None

    def misread(self, look: Look) -> Misread | None:
        """What is wrong with the read, if anything."""
        sources = self._by_value.get(look.value)
        if sources is None:
            return Misread(Fault.PHANTOM, look, None, None, None)
        source = self._lasting(look.value, sources, look.until)
        if source is None:
            return Misread(Fault.FUTURE, look, sources[0].by, None, None)
        barrier = self.barrier(look.since)
        if barrier is None or source.end >= barrier.began:
            return None
        return Misread(Fault.STALE, look, source.by, barrier.by, self._age(look, source))

    def _lasting(self, value: Value, sources: list[Source], until: float) -> Source | None:
        """Of the sources that began by `until`, the one that lasts longest."""
        if len(sources) == 1:
            return sources[0] if sources[0].began <= until else None
        if value not in self._prepared:
            sources.sort(key=_began)
            self._prepared[value] = ([s.began for s in sources], list(accumulate(sources, _longer_lasting)))
        begins, lasting = self._prepared[value]
        index = bisect_right(begins, until) - 1
        return lasting[index] if index >= 0 else None

    def _age(self, look: Look, source: Source) -> float:
        """For how long, at least, the value had been replaced when the read began, in seconds."""
        if self._after is None:
            by_begin = sorted(self._certain, key=_began)
            earliest = list(accumulate((s.end for s in reversed(by_begin)), min))[::-1]
            self._after = ([s.began for s in by_begin], earliest)
        begins, earliest = self._after
        return look.by.began - earliest[bisect_right(begins, source.end)]


def misreads(sources: Iterable[Source], looks: Iterable[Look]) -> Iterator[Misread]:
    """The reads that no order of the writes explains, in the order given."""
    timeline = Timeline(sources)
    for look in looks:
        wrong = timeline.misread(look)
        if wrong is not None:
            yield wrong
