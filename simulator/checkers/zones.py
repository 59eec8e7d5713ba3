"""One copy or several: registers whose values are written once, by zones (Gibbons and Korach 1997, section 4).

Rule 1: a value that was seen or written wholly before it was last looked at was current all the time between
(a forward zone). Two forward zones may share an endpoint, no more.
Rule 2: every other value was current at some instant of its zone (backward); that zone may not lie strictly
inside a forward zone.
Sound and complete for one linearizable copy, if every read is explained on its own (`registers`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple

from simulator.checkers.finding import Anomaly, Finding
from simulator.checkers.registers import written
from simulator.checkers.variable import Variable
from simulator.checkers.windows import windows
from simulator.checkers.words import Words, number
from simulator.history.operation import Kind, Operation, Value


class Zone(NamedTuple):
    """When a value was current: all through [low, high] if forward, else at some instant of it.

    `settled` is the operation that ended first, `last` the one that began last. `founded`: no read that shows it
    ended before its write began; without a write only where unseen users write.
    """

    low: float
    high: float
    forward: bool
    value: Value
    settled: Operation | None
    last: Operation | None
    founded: bool


class Conflict(NamedTuple):
    """Two zones that one copy cannot have had."""

    one: Zone
    other: Zone


def values_repeat(variable: Variable) -> bool:
    """Is any value written twice, the one at the start included? Then zones decide nothing."""
    values = [written(change) for change in variable.changes]
    return len({variable.key.initial, *values}) <= len(values)


@dataclass(slots=True)
class _Met:
    """What is known of one value: when it was settled and by what, when it was last looked at, when it was sent."""

    settled_at: float = math.inf
    settled: Operation | None = None
    last_at: float = -math.inf
    last: Operation | None = None
    sent_at: float | None = None


def zones(variable: Variable) -> list[Zone]:
    """The zone of each value that was read or certainly written."""
    met: dict[Value, _Met] = {variable.key.initial: _Met(settled_at=-math.inf, sent_at=-math.inf)}
    foreign = variable.is_foreign if variable.origins is not None else None
    for window in windows(variable):
        for change in window.changes:
            one = met.setdefault(written(change), _Met())
            one.sent_at = began = change.began
            if change.end <= one.settled_at:
                one.settled_at, one.settled = change.end, change
            if began >= one.last_at:
                one.last_at, one.last = began, change
        for read in window.reads:
            value = read.value
            if foreign is not None and foreign(value):
                continue
            seen = met.get(value) or met.setdefault(value, _Met())
            if read.ended < seen.settled_at:
                seen.settled_at, seen.settled = read.ended, read
            if read.began > seen.last_at:
                seen.last_at, seen.last = read.began, read
    unseen_writers = -math.inf if not variable.key.closed else math.inf
    return [_zone(value, one, unseen_writers) for value, one in met.items() if one.last and one.settled_at < math.inf]


def _zone(value: Value, met: _Met, unseen: float) -> Zone:
    ended, began = met.settled_at, met.last_at
    founded = (unseen if met.sent_at is None else met.sent_at) <= ended
    low, high = (ended, began) if ended < began else (began, ended)
    return Zone(low, high, ended < began, value, met.settled, met.last, founded)


def conflicts(everything: Sequence[Zone]) -> Iterator[Conflict]:
    """Forward zones that overlap, then backward zones inside of a forward one."""
    ordered = sorted(sorted(everything, key=itemgetter(1)), key=itemgetter(0))
    widest: Zone | None = None
    disjoint: list[Zone] = []
    for zone in ordered:
        if zone.forward:
            if widest is not None and zone.low < widest.high:
                yield Conflict(widest, zone)
            else:
                disjoint.append(zone)
            widest = zone if widest is None or zone.high > widest.high else widest
    following = iter(disjoint)
    around, coming = None, next(following, None)
    for zone in ordered:
        while coming is not None and coming.low < zone.low:
            around, coming = coming, next(following, None)
        if not zone.forward and around is not None and zone.high < around.high:
            yield Conflict(around, zone)


def find(variable: Variable, words: Words, everything: Sequence[Zone]) -> Iterator[Finding]:
    """Values that were current, then not, then again (flip-flop), though each was written once."""
    for one, other in conflicts(everything):
        yield _finding(variable, words, one, other)


def is_one_copy(everything: Sequence[Zone]) -> bool:
    """Can one copy have shown all this? Then no single read is wrong either."""
    return all(zone.founded for zone in everything) and next(conflicts(everything), None) is None


def _finding(variable: Variable, words: Words, one: Zone, other: Zone) -> Finding:
    looks = [zone.last for zone in (one, other) if zone.last is not None]
    reads = [op for op in looks if op.kind is Kind.READ] or looks
    marked = max(reads, key=lambda op: (op.began, op.ended))
    held, between = (one, other) if marked.value == one.value else (other, one)
    again = f"{words.value(held.value)} again after {words.value(between.value)} had been current"
    witnesses = {id(op): op for zone in (one, other) for op in (zone.settled, zone.last) if op is not None}
    return Finding(
        name=Anomaly.FLIP_FLOP,
        key=variable.key.name,
        step=marked.step,
        user=marked.user,
        worker=number(marked),
        expected=between.value,
        got=held.value,
        owner=variable.of,
        why=f"{words.answer(marked)} shows {again}, and it was written only once",
        witnesses=tuple(sorted(witnesses.values(), key=lambda op: (op.began, op.ended))),
    )
