"""Lives of items: from when an item is certainly in, and until when.

Rule 1: an item is in from the end of its add, or from the first read that showed it, whichever is earlier.
Rule 2: it can be gone from the beginning of its remove, if that remove can have come after the add and after
the last read that showed it. A remove of unknown outcome counts; a refused one does not.
Holds for items that are added once and removed once. Sound; complete for each item on its own.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from simulator.checkers.variable import Variable, shown
from simulator.history.operation import Kind, Operation, Value

CLEARS = frozenset({Kind.DELETE, Kind.RESET})


@dataclass(slots=True)
class Life:
    """One item: its add and remove, the first and the last read that showed it, and its window (`since`, `until`)."""

    item: str
    add: Operation
    remove: Operation | None
    first: Operation | None
    last: Operation | None
    since: float
    until: float


def clears_all(change: Operation) -> bool:
    """A button that empties the collection."""
    return change.kind in CLEARS and change.value is None


def removes(change: Operation) -> bool:
    return change.kind is Kind.REMOVE or (change.kind in CLEARS and change.value is not None)


def repeated(variable: Variable) -> frozenset[Value]:
    """The items that have no simple life: added or removed again, emptied away, or read once per load."""
    adds = Counter(c.value for c in variable.changes if c.kind is Kind.ADD)
    gone = Counter(c.value for c in variable.changes if removes(c))
    everything = any(clears_all(c) for c in variable.changes) or variable.key.constant_per_load
    return frozenset(item for item, count in adds.items() if everything or count > 1 or gone[item] > 1)


def sightings(reads: Iterable[Operation]) -> tuple[dict[str, Operation], dict[str, Operation]]:
    """For each item the read that ended first and the one that began last, of those that showed it."""
    looks = list(reads)
    first: dict[str, Operation] = {}
    last: dict[str, Operation] = {}
    for read in sorted(looks, key=lambda r: r.ended, reverse=True):
        first.update(dict.fromkeys(shown(read), read))
    for read in sorted(looks, key=lambda r: r.began):
        last.update(dict.fromkeys(shown(read), read))
    return first, last


def lives(variable: Variable) -> Mapping[str, Life]:
    """The life of each item that was added (refused adds are none)."""
    first, last = sightings(variable.reads)
    gone = {c.value: c for c in variable.changes if removes(c)}
    found: dict[str, Life] = {}
    for change in variable.changes:
        if change.kind is Kind.ADD and isinstance(change.value, str):
            item = change.value
            life = Life(item, change, gone.get(item), first.get(item), last.get(item), 0.0, 0.0)
            life.since, life.until = _window(life, variable.key.fresh_s)
            found[item] = life
    return found


def _window(life: Life, fresh_s: float) -> tuple[float, float]:
    """When the item is certainly in. With an allowance of seconds, sightings promise nothing."""
    add, remove = life.add, life.remove
    if fresh_s:
        since = add.end + fresh_s
        until = remove.began if remove and remove.end >= add.began else math.inf
        return since, until
    since = min(add.end, life.first.ended) if life.first else add.end
    if remove is None or remove.end < add.began or (life.last and life.last.began > remove.end):
        return since, math.inf
    return since, max(remove.began, life.last.began if life.last else -math.inf, add.began)
