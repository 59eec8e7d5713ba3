"""Forgetting: what of a variable's past still matters, so that a file of any length is judged in bounded memory.

Rule 1: all reads of the variable were judged; reads to come begin at the cut or later, and all changes that begin
before those reads end will be known.
Rule 2: the remainder and what is to come raise an alarm if, and only if, the whole would have raised one.
Rule 3: what is certainly over (overwritten, removed) is dropped but for the last `RECENT` changes, which only
serve to give a later sighting its proper name: later sightings of what was forgotten are phantoms.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from simulator.checkers import counters, joint, registers, zones
from simulator.checkers.lives import Life, clears_all, lives
from simulator.checkers.variable import Variable, shown
from simulator.history.operation import Kind, Operation, Outcome, Value
from simulator.story.keys import KeyKind

RECENT = 1_000
"""So many changes that are certainly over are remembered per variable."""


def remainder(variable: Variable, cut: float, recent: int = RECENT) -> Variable:
    """A smaller variable that stands for this one in all judgements of reads that begin at `cut` or later."""
    match variable.key.kind:
        case KeyKind.COUNTER:
            return _counter(variable, cut - variable.key.fresh_s, recent)
        case KeyKind.ITEMS | KeyKind.LIST:
            return _items(variable, cut - variable.key.fresh_s, recent)
    return _register(variable, cut - variable.key.fresh_s, recent)


def rebuilt(variable: Variable, reads: Iterable[Operation], changes: Iterable[Operation]) -> Variable:
    """The variable with these operations only, put in order."""
    once = {id(read): read for read in reads}.values()
    return replace(
        variable,
        reads=tuple(sorted(once, key=lambda op: op.began)),
        changes=tuple(sorted(changes, key=lambda op: op.began)),
    )


def _register(variable: Variable, before: float, recent: int) -> Variable:
    """Values that can still be current, with the two operations that bound their zones."""
    key = variable.key
    if key.constant_per_load:  # a worker may go on with an old load: all changes stay, and one read of each load
        per_load = {read.load: read for read in reversed(variable.reads)}
        return rebuilt(variable, per_load.values(), variable.changes)
    known = zones.zones(variable) if key.unique and not key.fresh_s else None
    if known is None:
        return rebuilt(variable, (), _standing(variable.changes, before, recent))
    latest = max((zone.low for zone in known if zone.high < before), default=-math.inf)
    over = [z for z in known if z.settled_at < latest and z.low != latest and z.high < before]
    over.sort(key=lambda zone: zone.high)
    gone = {zone.value for zone in over[: max(0, len(over) - recent)]}
    kept = [zone for zone in known if zone.value not in gone]
    return rebuilt(
        variable,
        (op for zone in kept for op in (zone.settled, zone.last) if op is not None and op.kind is Kind.READ),
        (c for c in variable.changes if registers.written(c) not in gone),
    )


def _standing(changes: Sequence[Operation], before: float, recent: int) -> list[Operation]:
    """The changes that were not certainly undone by another one `before`, and the last of the others."""
    barrier = max((c.began for c in changes if c.end < before), default=-math.inf)
    over = [c for c in changes if c.end < barrier]
    return [*(c for c in changes if c.end >= barrier), *over[max(0, len(over) - recent) :]]


def _items(variable: Variable, before: float, recent: int) -> Variable:
    """Items that may still be in: their changes, and the reads that bound their windows."""
    met = lives(variable)
    again, once = met.again, met.once.values()
    over = [life for life in once if _is_over(life, before)]
    dropped = {life.item for life in over[: max(0, len(over) - recent)]}
    kept = [life for life in once if life.item not in dropped]
    proves = variable.key.closed and not variable.key.fresh_s  # else items may be missing for other reasons
    waiting = [life for life in kept if life.remove is not None and not _is_over(life, before)]
    sure = dict(_sure_removes(variable, waiting)) if proves else {}
    changes = [sure.get(id(c), c) for c in variable.changes if c.value not in dropped and c.value not in again]
    changes = [c for c in changes if not clears_all(c)]
    pages = [*_sights(kept), *_strangers(variable, met.strangers, recent), *_widest(variable, before)]
    return rebuilt(variable, pages, [*changes, *_again(variable, again, before)])


def _is_over(life: Life, before: float) -> bool:
    """Certainly removed: any later sighting is an alarm."""
    return life.remove is not None and life.remove.end < before and life.since < life.remove.began


def _sure_removes(variable: Variable, lived: Iterable[Life]) -> Iterator[tuple[int, Operation]]:
    """Removes that a page without the item proves: they took effect after the item was in and before the page's end."""
    pages = sorted((r for r in variable.reads if r.complete), key=lambda r: r.ended)
    ends = [read.ended for read in pages]
    for life in lived:
        after = range(bisect_left(ends, max(life.since, life.until)), len(pages))
        page = next((pages[i] for i in after if _proves_absence(variable, pages[i], life)), None)
        if page is not None and life.remove is not None:
            began = max(life.remove.began, math.nextafter(life.since, math.inf))
            ended = min(life.remove.end, page.ended)
            yield id(life.remove), replace(life.remove, began=began, ended=ended, outcome=Outcome.OK)


def _proves_absence(variable: Variable, page: Operation, life: Life) -> bool:
    one_load = not variable.key.volatile or life.add.load == page.load
    return one_load and life.since < page.began and life.item not in shown(page)


def _again(variable: Variable, again: frozenset[str], before: float) -> Iterator[Operation]:
    """Of items that repeat, and of clear-alls, what was not certainly undone; they are judged read by read."""
    clears = [c for c in variable.changes if clears_all(c)]
    yield from _standing(clears, before, 0)
    mine: dict[Value, list[Operation]] = defaultdict(list)
    for change in variable.changes:
        if change.value in again:
            mine[change.value].append(change)
    for changes in mine.values():
        yield from (c for c in _standing([*changes, *clears], before, 0) if not clears_all(c))


def _sights(kept: Sequence[Life]) -> Iterator[Operation]:
    """The first and the last read of each item, as partial pages that show just the items they bound."""
    bounds: dict[int, tuple[Operation, list[str]]] = {}
    for life in kept:
        for read in {id(r): r for r in (life.first, life.last) if r is not None}.values():
            bounds.setdefault(id(read), (read, []))[1].append(life.item)
    for read, items in bounds.values():
        yield replace(read, value=tuple(items), complete=False)


def _strangers(variable: Variable, strangers: frozenset[str], recent: int) -> Iterator[Operation]:
    """Where unseen users add: items that nobody was seen to add, should their add come after all."""
    if not variable.key.closed:
        first = {item: read for read in reversed(variable.reads) for item in shown(read) if item in strangers}
        for item, read in list(first.items())[-recent:]:
            yield replace(read, value=(item,), complete=False)


def _widest(variable: Variable, before: float) -> Iterator[Operation]:
    """Add-only collections: pages to come include the longest that is over, and compare with the others."""
    if joint.applies(variable):
        pages = [r for r in variable.reads if r.complete]
        yield from (r for r in pages if r.ended >= before)
        over = [r for r in pages if r.ended < before]
        yield from sorted(over, key=lambda r: len(set(shown(r))))[-1:]


def _counter(variable: Variable, before: float, recent: int) -> Variable:
    """Acknowledged increments become part of the number at the start; what a reset undid is dropped."""
    resets = [c for c in variable.changes if c.kind in counters.RESETS]
    if resets or variable.key.volatile:
        barrier = max((z.began for z in resets if z.end < before), default=-math.inf)
        return rebuilt(variable, (), [c for c in variable.changes if c.end >= barrier])
    done = sorted((c for c in variable.changes if c.end < before), key=lambda c: c.end)
    late = done[max(0, len(done) - recent) :]
    begun = min((c.began for c in late), default=math.inf)
    gone = {id(c): counters.amount(c) for c in done if c.end < begun}
    smaller = rebuilt(variable, (), [c for c in variable.changes if id(c) not in gone])
    return replace(smaller, key=replace(variable.key, initial=counters.start(variable) + sum(gone.values())))
