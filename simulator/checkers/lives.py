"""Lives of items: from when an item is certainly in, and until when.

Rule 1: an item is in from the end of its add, or from the first read that showed it, whichever is earlier.
Rule 2: it can be gone from the beginning of its remove, if that remove can have come after the add and after
the last read that showed it. A remove of unknown outcome counts; a refused one does not.
Holds for items that are added once and removed once. Sound; complete for each item on its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from simulator.checkers.variable import Variable, shown
from simulator.checkers.windows import Window, windows
from simulator.history.operation import Kind, Operation

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


class Lives(NamedTuple):
    """The items of one variable that were added, in the order of their adds.

    `again` are those of them that have no simple life: added or removed again, emptied away, or read once per
    load. `strangers` were shown and never added.
    """

    known: Mapping[str, Life]
    again: frozenset[str]
    strangers: frozenset[str]

    @property
    def once(self) -> Mapping[str, Life]:
        """The items with a simple life."""
        if not self.again:
            return self.known
        return {item: life for item, life in self.known.items() if item not in self.again}


def lives(variable: Variable) -> Lives:
    """The life of each item (a refused add brings none)."""
    met = _Met()
    for window in windows(variable):
        met.take(window)
    for life in met.known.values():
        life.since, life.until = _window(life, variable.key.fresh_s)
    simple = not met.emptied and not variable.key.constant_per_load
    again = met.twice & met.known.keys() if simple else met.known.keys()
    shown_early = (item for item, life in met.early.items() if life.first is not None)
    return Lives(met.known, frozenset(again), frozenset(shown_early))


class _Met:
    """Items as far as the history was read; the `add` of an early one is a stand-in until its add comes, if ever."""

    def __init__(self) -> None:
        self.known: dict[str, Life] = {}
        self.early: dict[str, Life] = {}
        self.twice: set[str] = set()
        self.emptied = False

    def take(self, window: Window) -> None:
        for change in window.changes:
            item = change.value
            if not isinstance(item, str):
                self.emptied |= clears_all(change)
            elif change.kind is Kind.ADD:
                self._add(item, change)
            elif removes(change):
                self._remove(item, change)
        first, last = sightings(window.reads)
        for item, read in last.items():
            life = self._life(item, read)
            life.last, earliest = read, first[item]
            if life.first is None or earliest.ended <= life.first.ended:
                life.first = earliest

    def _add(self, item: str, add: Operation) -> None:
        if item in self.known:
            self.twice.add(item)
        else:
            self.known[item] = self.early.pop(item) if item in self.early else _life(item, add)
        self.known[item].add = add

    def _remove(self, item: str, remove: Operation) -> None:
        life = self._life(item, remove)
        if life.remove is not None:
            self.twice.add(item)
        life.remove = remove

    def _life(self, item: str, stand_in: Operation) -> Life:
        return self.known.get(item) or self.early.get(item) or self.early.setdefault(item, _life(item, stand_in))


def _life(item: str, add: Operation) -> Life:
    return Life(item, add, None, None, None, 0.0, 0.0)


def sightings(reads: Iterable[Operation]) -> tuple[dict[str, Operation], dict[str, Operation]]:
    """For each item the read that ended first and the one that began last, of those that showed it.

    The reads are in order of their beginning.
    """
    looks = list(reads)
    first: dict[str, Operation] = {}
    last: dict[str, Operation] = {}
    for read in sorted(looks, key=lambda r: r.ended, reverse=True):
        first.update(dict.fromkeys(shown(read), read))
    for read in looks:
        last.update(dict.fromkeys(shown(read), read))
    return first, last


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
