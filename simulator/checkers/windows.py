"""A variable's operations in slices of time, so that rules meet the same item again while it is at hand.

Each slice is small enough for a processor's cache, and what rules keep between slices is met in order of time:
a long history costs as much per operation as a short one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple

from simulator.checkers.variable import Variable
from simulator.history.operation import Operation

SIZE = 500
"""So many reads are in a slice."""

_began = attrgetter("began")


class Window(NamedTuple):
    """The operations that begin in one slice of time, in order of their beginning."""

    changes: Sequence[Operation]
    reads: Sequence[Operation]


def windows(variable: Variable) -> Iterator[Window]:
    """All operations of the variable, slice by slice; the last one holds the changes after the last read."""
    changes, reads = variable.changes, variable.reads
    place = 0
    for start in range(0, len(reads), SIZE):
        part = reads[start : start + SIZE]
        end = bisect_right(changes, part[-1].began, lo=place, key=_began)
        yield Window(changes[place:end], part)
        place = end
    yield Window(changes[place:], ())
