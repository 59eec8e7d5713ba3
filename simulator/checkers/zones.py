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
from operator import attrgetter
from typing import NamedTuple

from simulator.checkers.finding import Anomaly, Finding
from simulator.checkers.registers import written
from simulator.checkers.variable import Variable
from simulator.checkers.windows import windows
from simulator.checkers.words import Words
from simulator.history.operation import Kind, Operation, Value


@dataclass(slots=True)
class Zone:
    """When a value was current: all through [low, high] if forward, else at some instant of it.

    `settled` is the operation that ended first, `last` the one that began last, each with its time; `sent_at` is
    when the write began, None as long as no write is known.
    """

    value: Value
    settled_at: float = math.inf
    settled: Operation | None = None
    last_at: float = -math.inf
    last: Operation | None = None
    sent_at: float | None = None
    low: float = 0.0
    high: float = 0.0

    @property
    def forward(self) -> bool:
        return self.settled_at < self.last_at


class Conflict(NamedTuple):
    """Two zones that one copy cannot have had."""

    one: Zone
    other: Zone


def values_repeat(variable: Variable) -> bool:
    """Is any value written twice, the one at the start included? Then zones decide nothing."""
    values = [written(change) for change in variable.changes]
    return len({variable.key.initial, *values}) <= len(values)


def zones(variable: Variable) -> list[Zone] | None:
    """The zone of each value that was read or certainly written; None if any value was written twice."""
    first = variable.key.initial
    met: dict[Value, Zone] = {first: Zone(first, settled_at=-math.inf, sent_at=-math.inf)}
    foreign = variable.is_foreign if variable.origins is not None else None
    for window in windows(variable):
        if not all(_takes(met, change) for change in window.changes):
            return None
        for read in window.reads:
            value = read.value
            if foreign is not None and foreign(value):
                continue
            zone = met.get(value) or met.setdefault(value, Zone(value))
            if read.ended < zone.settled_at:
                zone.settled_at, zone.settled = read.ended, read
            if read.began > zone.last_at:
                zone.last_at, zone.last = read.began, read
    found = [zone for zone in met.values() if zone.last is not None and zone.settled_at < math.inf]
    for zone in found:
        zone.low, zone.high = min(zone.settled_at, zone.last_at), max(zone.settled_at, zone.last_at)
    return found


def _takes(met: dict[Value, Zone], change: Operation) -> bool:
    """Take in a write; False if its value was written before."""
    value = written(change)
    zone = met.get(value) or met.setdefault(value, Zone(value))
    if zone.sent_at is not None:
        return False
    zone.sent_at = began = change.began
    if change.end <= zone.settled_at:
        zone.settled_at, zone.settled = change.end, change
    if began >= zone.last_at:
        zone.last_at, zone.last = began, change
    return True


def conflicts(everything: Sequence[Zone]) -> Iterator[Conflict]:
    """Forward zones that overlap, then backward zones inside of a forward one."""
    ordered = sorted(sorted(everything, key=attrgetter("high")), key=attrgetter("low"))
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


def is_one_copy(variable: Variable, everything: Sequence[Zone]) -> bool:
    """Can one copy have shown all this? Then no single read is wrong either."""
    return all(_is_founded(variable, zone) for zone in everything) and next(conflicts(everything), None) is None


def _is_founded(variable: Variable, zone: Zone) -> bool:
    """No read that showed the value ended before it was sent; only unseen users send what nobody saw."""
    return not variable.key.closed if zone.sent_at is None else zone.sent_at <= zone.settled_at


def _finding(variable: Variable, words: Words, one: Zone, other: Zone) -> Finding:
    looks = [zone.last for zone in (one, other) if zone.last is not None]
    reads = [op for op in looks if op.kind is Kind.READ] or looks
    marked = max(reads, key=lambda op: (op.began, op.ended))
    held, between = (one, other) if marked.value == one.value else (other, one)
    again = f"{words.value(held.value)} again after {words.value(between.value)} had been current"
    witnesses = {id(op): op for zone in (one, other) for op in (zone.settled, zone.last) if op is not None}
    return variable.finding(
        Anomaly.FLIP_FLOP,
        marked,
        expected=between.value,
        got=held.value,
        why=f"{words.answer(marked)} shows {again}, and it was written only once",
        witnesses=tuple(sorted(witnesses.values(), key=lambda op: (op.began, op.ended))),
    )
