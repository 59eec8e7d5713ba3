"""One copy or several: registers whose values are written once, by zones (Gibbons and Korach 1997, section 4).

Rule 1: a value that was seen or written wholly before it was last looked at was current all the time between
(a forward zone). Two forward zones may share an endpoint, no more.
Rule 2: every other value was current at some instant of its zone (backward); that zone may not lie strictly
inside a forward zone.
Sound and complete for one linearizable copy, if every read is explained on its own (`registers`).
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from simulator.checkers.finding import Anomaly, Finding
from simulator.checkers.registers import written
from simulator.checkers.variable import Variable
from simulator.checkers.words import Words, number
from simulator.history.operation import Kind, Operation, Value


class Zone(NamedTuple):
    """When a value was current: all through [low, high] if forward, else at some instant of it.

    `settled` is the operation that ended first, `last` the one that began last.
    """

    low: float
    high: float
    forward: bool
    value: Value
    settled: Operation | None
    last: Operation | None


def values_repeat(variable: Variable) -> bool:
    """Is any value written twice, the one at the start included? Then zones decide nothing."""
    values = [written(change) for change in variable.changes]
    return len({variable.key.initial, *values}) <= len(values)


def zones(variable: Variable) -> Iterator[Zone]:
    """The zone of each value that was read or certainly written."""
    settled: dict[Value, tuple[float, Operation | None]] = {variable.key.initial: (-math.inf, None)}
    last: dict[Value, tuple[float, Operation | None]] = {}
    seen = {read.value for read in variable.reads}
    for change in variable.changes:
        value = written(change)
        settled[value] = (change.end, change)
        if change.end < math.inf or value in seen:
            last[value] = (change.began, change)
    for read in variable.reads:
        if variable.is_foreign(read.value):
            continue
        if read.ended < settled.get(read.value, (math.inf, None))[0]:
            settled[read.value] = (read.ended, read)
        if read.began > last.get(read.value, (-math.inf, None))[0]:
            last[read.value] = (read.began, read)
    for value, (began, latest) in last.items():
        ended, earliest = settled[value]
        yield Zone(min(began, ended), max(began, ended), ended < began, value, earliest, latest)


def find(variable: Variable, words: Words) -> Iterator[Finding]:
    """Values that were current, then not, then again (flip-flop), though each was written once."""
    everything = sorted(zones(variable), key=lambda zone: zone[:2])
    forward = [zone for zone in everything if zone.forward]
    widest: Zone | None = None
    disjoint: list[Zone] = []
    for zone in forward:
        if widest is not None and zone.low < widest.high:
            yield _finding(variable, words, widest, zone)
        else:
            disjoint.append(zone)
        widest = zone if widest is None or zone.high > widest.high else widest
    lows = [zone.low for zone in disjoint]
    for zone in everything:
        index = bisect_left(lows, zone.low) - 1
        if not zone.forward and index >= 0 and zone.high < disjoint[index].high:
            yield _finding(variable, words, disjoint[index], zone)


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
