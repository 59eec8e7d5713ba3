"""Counters: numbers out of bounds, and the same number handed out twice.

Rule 1: a read shows at least what was certainly counted before it began, and at most that plus all that was
sent by its end (the other way round for negative amounts). Sound; exact for one read of unit increments.
Rule 2: without resets and with positive amounts, no two increments answer the same number. Exact.
A reload of a volatile counter is a reset that may have happened at any time between two loads.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from itertools import accumulate
from operator import attrgetter
from typing import NamedTuple

from simulator.checkers.finding import Anomaly, Finding
from simulator.checkers.variable import Variable
from simulator.checkers.words import Words
from simulator.history.operation import Kind, Operation, Outcome

RESETS = frozenset({Kind.RESET, Kind.DELETE, Kind.WRITE})

BESIDE = 32
"""So many places before and after the last answer are looked at first."""

_began, _end = attrgetter("began"), attrgetter("end")


class Bounds(NamedTuple):
    """What a read may show, at least and at most."""

    least: int
    most: int


class Sums:
    """Sums of amounts by the time at which each increment begins, or ends.

    Questions come nearly in order of time: the search begins beside the last answer, so that its cost does not
    grow with the history; O(log n) for any other question.
    """

    def __init__(self, increments: list[Operation], time: Callable[[Operation], float]) -> None:
        ordered = sorted(increments, key=time)
        amounts = [amount(op) for op in ordered]
        self._times = [time(op) for op in ordered]
        self._up = [0, *accumulate(max(one, 0) for one in amounts)]
        self._down = [0, *accumulate(min(one, 0) for one in amounts)]
        self._last = 0

    def before(self, moment: float) -> tuple[int, int]:
        """The positive and the negative amounts at times < moment."""
        self._last = index = bisect_left(self._times, moment, *self._around(moment))
        return self._up[index], self._down[index]

    def until(self, moment: float) -> tuple[int, int]:
        """The positive and the negative amounts at times <= moment."""
        self._last = index = bisect_right(self._times, moment, *self._around(moment))
        return self._up[index], self._down[index]

    def _around(self, moment: float) -> tuple[int, int]:
        """Between which places the moment lies: beside the last one, if it does."""
        times, low, high = self._times, self._last - BESIDE, self._last + BESIDE
        return (
            low if low > 0 and times[low] < moment else 0,
            high if high < len(times) and times[high] > moment else len(times),
        )


def amount(operation: Operation) -> int:
    return operation.value if isinstance(operation.value, int) else 1


def find(variable: Variable, words: Words) -> Iterator[Finding]:
    """Numbers handed out twice, then numbers out of bounds (each answer is said to be wrong once)."""
    if not variable.key.closed:
        return
    increments = [c for c in variable.changes if c.kind is Kind.INCREMENT]
    resets = [c for c in variable.changes if c.kind in RESETS]
    plain = not resets and not variable.key.volatile
    bounds = _plain_bounds(variable, increments) if plain else _bounds_with_resets(variable, increments, resets)
    twice = () if resets or any(amount(op) <= 0 for op in increments) else _same_numbers(variable, increments)
    for known, again in twice:
        yield _same_number(variable, words, known, again)
    told = {id(again) for _, again in twice}
    for look in _looks(variable, increments):
        shown = _shown(look)
        least, most = bounds(look)
        if shown is not None and not least <= shown <= most and id(look) not in told:
            yield _out_of_bounds(variable, words, look, shown, Bounds(least, most))


def _looks(variable: Variable, increments: list[Operation]) -> Iterator[Operation]:
    yield from variable.reads
    yield from (op for op in increments if op.result is not None and op.outcome is Outcome.OK)


def _shown(look: Operation) -> int | None:
    if look.kind is Kind.INCREMENT:
        return look.result
    return look.value if isinstance(look.value, int) else None


def start(variable: Variable) -> int:
    """The number at the start."""
    return variable.key.initial if isinstance(variable.key.initial, int) else 0


def _plain_bounds(variable: Variable, increments: list[Operation]) -> Callable[[Operation], Bounds]:
    """Must: ended before the read began. May: the rest of what was sent by its end. O(log n) per read."""
    begun, over = Sums(increments, _began), Sums(increments, _end)
    first, fresh_s = start(variable), variable.key.fresh_s

    def bounds(look: Operation) -> Bounds:
        certain_up, certain_down = over.before(look.began - fresh_s)
        up, down = begun.until(look.ended)
        own = amount(look) if look.kind is Kind.INCREMENT else 0
        least, most = first + certain_up + down, first + up + certain_down
        return Bounds(least + max(own, 0), most + min(own, 0))

    return bounds


def _bounds_with_resets(
    variable: Variable, increments: list[Operation], resets: list[Operation]
) -> Callable[[Operation], Bounds]:
    """The same with resets: certain is what began after every reset, impossible what ended before a certain one."""
    volatile, fresh_s = variable.key.volatile, variable.key.fresh_s

    def bounds(look: Operation) -> Bounds:
        since = look.began - fresh_s
        sent = [z for z in resets if z.began <= look.ended]
        certain = [z for z in sent if z.end < since]
        barrier = max((z.began for z in certain), default=-math.inf)
        latest = max((z.end for z in sent), default=-math.inf)
        starts = [_base(z) for z in sent if z.end >= barrier] + ([] if certain else [start(variable)])
        starts += [0] if volatile else []
        least, most = min(starts), max(starts)
        for op in increments:
            if op.began > look.ended or op.end < barrier:
                continue
            must = op is look or (op.end < since and op.began > latest and (not volatile or op.load == look.load))
            least += amount(op) if must else min(amount(op), 0)
            most += amount(op) if must else max(amount(op), 0)
        return Bounds(least, most)

    return bounds


def _base(reset: Operation) -> int:
    """What a reset leaves: nothing counted, or the number that was written."""
    return reset.value if reset.kind is Kind.WRITE and isinstance(reset.value, int) else 0


def _out_of_bounds(variable: Variable, words: Words, look: Operation, shown: int, bounds: Bounds) -> Finding:
    low = shown < bounds.least
    expected = bounds.least if low else bounds.most
    counted = "had certainly been counted before" if low else "can have been counted by then"
    return variable.finding(
        Anomaly.LOST_UPDATE,
        look,
        expected=expected,
        got=shown,
        why=f"{words.answer(look)} shows {shown}, but {'at least' if low else 'at most'} {expected} {counted}",
        sub_kind="count out of bounds",
        witnesses=(look,),
    )


def _same_numbers(variable: Variable, increments: list[Operation]) -> list[tuple[Operation, Operation]]:
    """Pairs of acknowledged increments with the same answer, the earlier first."""
    first: dict[tuple[int, int | None], Operation] = {}
    pairs: list[tuple[Operation, Operation]] = []
    for op in increments:
        if op.result is not None and op.outcome is Outcome.OK:
            known = first.setdefault((op.result, op.load if variable.key.volatile else None), op)
            if known is not op:
                pairs.append((known, op))
    return pairs


def _same_number(variable: Variable, words: Words, known: Operation, again: Operation) -> Finding:
    return variable.finding(
        Anomaly.LOST_UPDATE,
        again,
        got=again.result,
        why=f"{words.answer(again)} hands out number {again.result}, which {words.who(known)} had already got"
        f"{words.where(known)}",
        sub_kind="same number handed out twice",
        witnesses=(known, again),
    )
