"""What silence is worth: which pairs of workers were exercised, and what is missing.

Rule: a key holds only if some complete read was obliged to show an acknowledged write, for every ordered pair
of workers there was a write on the first and such a read on the second, and, for private keys, every user read
on every worker on which another user had written. What comes from outside (the world) counts as worker `OUTSIDE`.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from simulator.checkers.finding import Coverage
from simulator.checkers.lives import clears_all, removes
from simulator.checkers.registers import window
from simulator.checkers.variable import Variable
from simulator.history.operation import Kind, Operation, Outcome
from simulator.story.keys import Key, KeyKind

OUTSIDE = -1
"""The place of writes that no worker served."""

COLLECTIONS = frozenset({KeyKind.ITEMS, KeyKind.LIST})


class Promise(NamedTuple):
    """An acknowledged write: reads that begin after `since` and end before `until` have to show it."""

    since: float
    until: float


def place(operation: Operation) -> int:
    return operation.worker[0] if operation.worker else OUTSIDE


def cover(keys: Mapping[str, Key], variables: Sequence[Variable]) -> tuple[Coverage, ...]:
    """The coverage of each variable of one history, and an empty one for each declared key without operations."""
    touched = Touched()
    for variable in variables:
        for change in variable.changes:
            touched.note(change, variable.of)
    known = {variable.key.name for variable in variables}
    untouched = (Coverage(key=name, of=None) for name in keys if name not in known)
    return (*(of_one(variable, touched) for variable in variables), *untouched)


class Touched:
    """Since when whose data had been written on which worker, key by key."""

    def __init__(self) -> None:
        self._since: dict[tuple[str, int], dict[str | None, float]] = defaultdict(dict)

    def note(self, change: Operation, of: str | None) -> None:
        if change.outcome is Outcome.OK and change.worker is not None:
            since = self._since[change.key, place(change)]
            since[of] = min(change.ended, since.get(of, math.inf))

    def by_others(self, key: str, worker: int, of: str | None) -> float:
        """From when somebody else's data had been written there."""
        since = self._since.get((key, worker), {})
        return min((moment for other, moment in since.items() if other != of), default=math.inf)


def of_one(variable: Variable, touched: Touched) -> Coverage:
    """The coverage of one variable."""
    reads = [r for r in variable.reads if r.complete]
    changes = [c for c in variable.changes if c.outcome is Outcome.OK]
    return Coverage(
        key=variable.key.name,
        of=variable.of,
        pairs=dict(Counter(_pairs(variable, reads))),
        looks=dict(Counter(_looks(variable, touched))),
        writes=len(changes),
        reads=len(reads),
        looked=max((r.ended for r in reads), default=-math.inf) >= min((c.began for c in changes), default=math.inf),
        private=variable.key.is_private,
    )


def _pairs(variable: Variable, reads: Iterable[Operation]) -> Iterator[tuple[int, int]]:
    """(worker of the write, worker of the read) for each read that is obliged to show a write."""
    if variable.key.kind in COLLECTIONS:
        promises = _promised_items(variable)
    elif variable.key.kind is KeyKind.COUNTER:
        promises = _promised_counts(variable)
    else:
        yield from _barriers(variable, reads)
        return
    prepared = {where: _prepare(ones) for where, ones in promises.items()}
    for read in reads:
        began = window(variable, read)[0] + variable.key.fresh_s
        for where, (since, lasting) in prepared.items():
            index = bisect_left(since, began) - 1
            if index >= 0 and lasting[index] > read.ended:
                yield where, place(read)


def _prepare(promises: list[Promise]) -> tuple[list[float], list[float]]:
    """By beginning, and beside each the longest-lasting promise up to it."""
    promises.sort()
    return [p.since for p in promises], list(accumulate((p.until for p in promises), max))


def _promised_items(variable: Variable) -> dict[int, list[Promise]]:
    gone: dict[object, list[Operation]] = defaultdict(list)
    cleared = [c for c in variable.changes if clears_all(c)]
    for change in variable.changes:
        if removes(change):
            gone[change.value].append(change)
    promises: dict[int, list[Promise]] = defaultdict(list)
    for add in variable.changes:
        if add.kind is Kind.ADD and add.outcome is Outcome.OK:
            ends = (z.began for z in (*gone.get(add.value, ()), *cleared) if z.end >= add.began)
            promises[place(add)].append(Promise(add.ended + variable.key.fresh_s, min(ends, default=math.inf)))
    return promises


def _promised_counts(variable: Variable) -> dict[int, list[Promise]]:
    resets = [c for c in variable.changes if c.kind is not Kind.INCREMENT]
    promises: dict[int, list[Promise]] = defaultdict(list)
    for change in variable.changes:
        if change.kind is Kind.INCREMENT and change.outcome is Outcome.OK:
            until = min((z.began for z in resets if z.end >= change.began), default=math.inf)
            promises[place(change)].append(Promise(change.ended + variable.key.fresh_s, until))
    return promises


def _barriers(variable: Variable, reads: Iterable[Operation]) -> Iterator[tuple[int, int]]:
    """Registers: the latest write that was over before the read shows whether the read is old.

    A value that is constant by declaration and that nobody changed is exercised by each read of it.
    """
    if variable.key.constant_per_load and not variable.changes:
        yield from ((OUTSIDE, place(read)) for read in reads)
        return
    certain = sorted((c for c in variable.changes if c.outcome is Outcome.OK), key=lambda c: c.ended)
    ends = [c.ended for c in certain]
    latest = list(accumulate(certain, _later_begun))
    for read in reads:
        index = bisect_left(ends, window(variable, read)[0]) - 1
        if index >= 0:
            yield place(latest[index]), place(read)


def _later_begun(one: Operation, other: Operation) -> Operation:
    return one if one.began >= other.began else other


def _looks(variable: Variable, touched: Touched) -> Iterator[int]:
    """The workers on which the owner read after another user had written there."""
    if not variable.key.is_private:
        return
    workers = {place(read) for read in variable.reads if read.worker is not None}
    since = {worker: touched.by_others(variable.key.name, worker, variable.of) for worker in workers}
    for read in variable.reads:
        if read.worker is not None and read.user == variable.of and since[place(read)] < read.began:
            yield place(read)


def combine(coverages: Iterable[Coverage]) -> tuple[Coverage, ...]:
    """The coverage of several runs of one story, added up per variable."""
    total: dict[tuple[str, str | None], Coverage] = {}
    for one in coverages:
        known = total.get((one.key, one.of))
        total[one.key, one.of] = one if known is None else _add(known, one)
    touched = {one.key for one in total.values() if one.writes or one.reads}
    return tuple(one for one in total.values() if one.writes or one.reads or one.key not in touched)


def _add(one: Coverage, other: Coverage) -> Coverage:
    return Coverage(
        key=one.key,
        of=one.of,
        pairs=dict(Counter(one.pairs) + Counter(other.pairs)),
        looks=dict(Counter(one.looks) + Counter(other.looks)),
        writes=one.writes + other.writes,
        reads=one.reads + other.reads,
        looked=one.looked or other.looked,
        private=one.private,
    )


def missing(one: Coverage, everything: Sequence[Coverage], workers: Sequence[int]) -> Iterator[str]:
    """What was not exercised, in sentences. `everything` is the coverage of all variables; no workers: only that
    somebody looked.
    """
    whose = f"{one.key} of {one.of}" if one.of else one.key
    if not one.reads:
        yield f"{whose}: nobody read it"
    elif one.writes and not one.looked:
        yield f"{whose}: no complete read after an acknowledged write"
    elif workers and not one.pairs:
        yield f"{whose}: no read had to show an acknowledged write"
    elif workers:
        yield from _missing_pairs(one, whose, workers)
        others = any(other.key == one.key and other.of != one.of and other.writes for other in everything)
        unseen = [w for w in workers if w not in one.looks]
        if one.private and others and unseen:
            yield f"{whose}: {one.of} never looked on {_workers(unseen)} after somebody else had written there"


def _missing_pairs(one: Coverage, whose: str, workers: Sequence[int]) -> Iterator[str]:
    """Ordered pairs without an obliged read; what only the world writes has to be read on each worker."""
    sources = [w for w in workers if any(first == w for first, _ in one.pairs)]
    if not sources and any(first == OUTSIDE for first, _ in one.pairs):
        unread = [w for w in workers if (OUTSIDE, w) not in one.pairs]
        if unread:
            yield f"{whose}: no read on {_workers(unread)} after a change from outside"
        return
    for first in workers:
        unread = [w for w in workers if (first, w) not in one.pairs]
        if unread:
            yield f"{whose}: no write on worker {first} with a later read on {_workers(unread)}"


def _workers(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"worker {numbers[0]}"
    return f"workers {', '.join(str(n) for n in numbers[:-1])} and {numbers[-1]}"
