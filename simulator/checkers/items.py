"""Items: lost, shown after their removal, never added, shown too early, shown twice.

Rule: an item is lost if a complete page leaves it out while it was certainly in (`lives`). Excuses are an add
that is still running or unanswered, a remove that may have taken effect, a partial page, the allowance of
seconds, and a reload if the key is declared volatile. Cost O(total size shown + n log n).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter

from simulator.checkers import repeats
from simulator.checkers.finding import Anomaly, Finding
from simulator.checkers.lives import Life, Lives, lives
from simulator.checkers.losses import Loss, findings_of
from simulator.checkers.variable import Variable, shown
from simulator.checkers.words import Words
from simulator.history.operation import Kind, Operation
from simulator.story.keys import KeyKind

_began, _since = attrgetter("began"), attrgetter("since")


def find(variable: Variable, words: Words) -> Iterator[Finding]:
    """Everything that is wrong with single items."""
    if variable.unread:
        return
    met = lives(variable)
    if variable.key.closed:  # somebody unseen may have removed, and added again
        yield from findings_of(variable, words, list(lost(variable, met.once)))
        yield from _own_answers(variable, words)
        yield from repeats.find(variable, words, met.again)
    yield from _returned(variable, words, met.once)
    yield from _unfounded(variable, words, met)
    if variable.key.kind is KeyKind.LIST:
        yield from _doubles(variable, words)


def lost(variable: Variable, once: Mapping[str, Life]) -> Iterator[Loss]:
    """Each complete read that leaves an item out while it was certainly in.

    A volatile key is judged load by load: what was added in one load may be gone in the next.
    """
    reads = [r for r in variable.reads if r.complete]
    if not variable.key.volatile:
        yield from _sweep(once, reads)
        return
    by_load: dict[int | None, dict[str, Life]] = defaultdict(dict)
    for item, life in once.items():
        by_load[life.add.load][item] = life
    for load, lived in by_load.items():
        yield from _sweep(lived, [r for r in reads if r.load == load])


def _sweep(lived: Mapping[str, Life], reads: Sequence[Operation]) -> Iterator[Loss]:
    """Reads in time order; for each, how many items have to be there against how many are: names only on a mismatch."""
    entering = sorted((life for life in lived.values() if life.since < life.until), key=_since)
    entered = 0
    inside: list[int] = []  # where those that have begun and are not over stand in `entering`, by their ends
    ends: list[float] = []
    for read in sorted(reads, key=_began):
        began, ended = read.began, read.ended
        while entered < len(entering) and entering[entered].since < began:
            place = bisect_right(ends, entering[entered].until)
            ends.insert(place, entering[entered].until)
            inside.insert(place, entered)
            entered += 1
        if ends and ends[0] <= began:
            over = bisect_right(ends, began)
            del ends[:over], inside[:over]
        still = bisect_right(ends, ended)
        have = 0
        for item in set(shown(read)):
            life = lived.get(item)
            if life is not None and life.since < began and ended < life.until:
                have += 1
        if have != len(ends) - still:
            there = frozenset(shown(read))
            due = (entering[place] for place in sorted(inside[still:]))
            yield from (Loss(life, read) for life in due if life.item not in there)


def _own_answers(variable: Variable, words: Words) -> Iterator[Finding]:
    """A request that adds and shows has to show its own item."""
    added = {c.step for c in variable.changes if c.step and c.kind is Kind.ADD}
    pages = {r.step: r for r in variable.reads if r.step in added and r.complete and not variable.key.fresh_s}
    if not pages:
        return
    removed = {c.value: c for c in variable.changes if c.kind is not Kind.ADD}
    for add in variable.changes:
        read = pages.get(add.step)
        if read is None or add.kind is not Kind.ADD or add.value in shown(read) or add.end > read.ended:
            continue
        if read.user == add.user and add.value not in removed and None not in removed:
            yield variable.finding(
                Anomaly.LOST_WRITE,
                read,
                expected=add.value,
                got=read.value,
                why=f"{words.value(add.value)} is missing: {words.who(add)} added it with this very request, and "
                f"{words.answer(read)} does not show it",
                sub_kind="not in its own answer",
                own_write=True,
                witnesses=(add, read),
            )


def _returned(variable: Variable, words: Words, once: Mapping[str, Life]) -> Iterator[Finding]:
    """Shown by a read that began after the removal was over, though it was in before the removal began."""
    for life in once.values():
        remove, last = life.remove, life.last
        if remove is None or last is None or remove.end < life.add.began:
            continue
        if last.began > remove.end + variable.key.fresh_s and life.since < remove.began:
            yield _about(variable, words, Anomaly.STALE_VALUE, life.item, last, (life.add, remove, last), "still there")


def _unfounded(variable: Variable, words: Words, met: Lives) -> Iterator[Finding]:
    """Items that nobody added, and items that were shown before their add was sent."""
    told: set[str] = set()
    for read in variable.reads if variable.key.closed and met.strangers else ():
        for item in shown(read):
            if item in met.strangers and item not in told and not variable.is_foreign(item):
                told.add(item)
                yield _about(variable, words, Anomaly.PHANTOM, item, read, (read,), "")
    for life in met.once.values():
        if life.first is not None and life.first.ended < life.add.began:
            yield _about(variable, words, Anomaly.FUTURE, life.item, life.first, (life.first, life.add), "")


def _doubles(variable: Variable, words: Words) -> Iterator[Finding]:
    told: set[str] = set()
    for read in variable.reads:
        tokens = shown(read)
        if len(set(tokens)) == len(tokens):
            continue
        twice = {item for item in tokens if tokens.count(item) > 1} - told
        told |= twice
        for item in sorted(twice):
            yield _about(variable, words, Anomaly.DUPLICATE, item, read, (read,), "")


def _about(
    variable: Variable, words: Words, name: Anomaly, item: str, read: Operation,
    witnesses: tuple[Operation, ...], sub_kind: str,
) -> Finding:  # fmt: skip
    changes = [op for op in witnesses if op.kind is not Kind.READ]
    why = f"{words.answer(read)} shows {words.value(item)}"
    if name is Anomaly.STALE_VALUE:
        why += f", which {words.who(changes[-1])} had removed{words.where(changes[-1])}"
    elif name is Anomaly.PHANTOM:
        why += ", which nobody added, or whose add was refused"
    elif name is Anomaly.FUTURE:
        why += f" before {words.who(changes[0])} added it{words.where(changes[0])}"
    else:
        why += " twice"
    return variable.finding(
        name,
        read,
        got=item,
        why=why,
        sub_kind=sub_kind,
        own_write=any(op.user == read.user for op in changes),
        witnesses=witnesses,
    )
