"""All items together: pages of add-only collections that no single copy can have shown.

Sets: any two pages are comparable by inclusion, else FORK; whoever shows an item shows all that were wholly
added before its add began, else WRONG ORDER. Lists: the same with "beginning of" for inclusion, and places
that keep the order of adds; a later page goes on where an earlier one ended, else WENT BACK.
Rule: applies where the items are added once and never removed, and where each item on its own is explained
(`items`). Together with `items` sound and complete for one copy. O(total size shown + n log n).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from simulator.checkers.finding import Anomaly, Finding
from simulator.checkers.variable import Variable, shown
from simulator.checkers.words import Words
from simulator.history.operation import Kind, Operation
from simulator.story.keys import KeyKind


def applies(variable: Variable) -> bool:
    """Is this an add-only collection of unique items that is promised to be up to date?"""
    key = variable.key
    promised = key.closed and not (key.fresh_s or key.constant_per_load or key.volatile)
    adds = [c.value for c in variable.changes]
    return promised and all(c.kind is Kind.ADD for c in variable.changes) and len(set(adds)) == len(adds)


def find(variable: Variable, words: Words) -> Iterator[Finding]:
    """Forks; where there are none, pages that go back and pages that break the order of the adds."""
    if not applies(variable):
        return
    listed = variable.key.kind is KeyKind.LIST
    pages = sorted((r for r in variable.reads if r.complete), key=lambda r: (len(_items(variable, r)), r.began))
    forks = list(_forks(variable, words, pages, listed))
    yield from forks
    if forks:
        return
    if listed:
        yield from _places(variable, words, pages)
    yield from _gaps(variable, words, pages)


def _items(variable: Variable, read: Operation) -> tuple[str, ...]:
    """What belongs to this variable on the page, each item once, in the order of the page."""
    return tuple(dict.fromkeys(item for item in shown(read) if not variable.is_foreign(item)))


def _begins(short: tuple[str, ...], long: tuple[str, ...]) -> bool:
    return long[: len(short)] == short


def _included(short: tuple[str, ...], long: tuple[str, ...]) -> bool:
    return set(short).issubset(long)


def _forks(variable: Variable, words: Words, pages: Sequence[Operation], listed: bool) -> Iterator[Finding]:
    """Neighbours by size are enough: inclusion is transitive. Lists one after another went back, others forked."""
    comparable: Callable[[tuple[str, ...], tuple[str, ...]], bool] = _begins if listed else _included
    for small, large in pairwise(pages):
        if comparable(_items(variable, small), _items(variable, large)):
            continue
        later, earlier = (large, small) if (small.began, small.ended) < (large.began, large.ended) else (small, large)
        back = earlier.ended < later.began
        here, there = words.value(later.value), words.value(earlier.value)
        yield _finding(
            variable,
            Anomaly.WENT_BACK if back else Anomaly.FORK,
            later,
            (earlier, later),
            f"{words.answer(later)} shows {here}, and the answer{words.where(earlier)} showed {there}: "
            + ("neither goes on where the other ended" if listed else "each has something that the other has not"),
        )


def _places(variable: Variable, words: Words, pages: Sequence[Operation]) -> Iterator[Finding]:
    """On the longest page, nothing stands before what was wholly added before it."""
    if not pages:
        return
    adds = {c.value: c for c in variable.changes}
    page, later = pages[-1], None
    for item in reversed(_items(variable, page)):
        add = adds.get(item)
        if add is None:
            continue
        if later is not None and later.end < add.began:
            yield _out_of_order(variable, words, page, later, add, "in front of")
            return
        later = add if later is None or add.end < later.end else later


def _gaps(variable: Variable, words: Words, pages: Sequence[Operation]) -> Iterator[Finding]:
    """Up the chain of pages: the first add that is not shown must not have ended before any shown one began."""
    adds = {c.value: c for c in variable.changes}
    acknowledged = sorted((c for c in variable.changes if c.end < math.inf), key=lambda c: c.end)
    there: set[object] = set()
    newest: Operation | None = None
    place = 0
    for page in pages:
        for item in _items(variable, page):
            add = adds.get(item)
            there.add(item)
            if add is not None and (newest is None or add.began > newest.began):
                newest = add
        while place < len(acknowledged) and acknowledged[place].value in there:
            place += 1
        if newest is not None and place < len(acknowledged) and acknowledged[place].end < newest.began:
            yield _out_of_order(variable, words, page, acknowledged[place], newest, "and not")


def _out_of_order(
    variable: Variable, words: Words, page: Operation, first: Operation, second: Operation, how: str
) -> Finding:
    one, two = words.value(first.value), words.value(second.value)
    before = f"{one} was added{words.where(first)} before {two} was sent"
    return _finding(
        variable,
        Anomaly.WRONG_ORDER,
        page,
        (first, second, page),
        f"{words.answer(page)} shows {two} {how} {one}, though {before}",
    )


def _finding(variable: Variable, name: Anomaly, page: Operation, witnesses: tuple[Operation, ...], why: str) -> Finding:
    return variable.finding(
        name,
        page,
        expected=witnesses[0].value,
        got=page.value,
        why=why,
        witnesses=witnesses,
    )
