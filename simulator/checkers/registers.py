"""Registers: stale, future, phantom and not-constant reads, one by one.

Rule: a key that is `constant_per_load` is read when its load ran; a key with `fresh_s` may be that much older
than the request; every other read shows a state of its own interval.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from simulator.checkers.finding import Anomaly, Finding
from simulator.checkers.readings import Fault, Look, Misread, Source, misreads
from simulator.checkers.variable import Variable
from simulator.checkers.words import Words
from simulator.history.operation import Kind, Operation, Value

ERASES = frozenset({Kind.DELETE, Kind.RESET})


def find(variable: Variable, words: Words) -> Iterator[Finding]:
    """Each read that no order of the writes explains, then reads of one load that disagree."""
    for wrong in misreads(sources(variable), looks(variable)):
        if not _is_excused(variable, wrong):
            yield _finding(variable, words, wrong)
    if variable.key.constant_per_load:
        yield from _disagreements(variable, words)


def written(change: Operation) -> Value:
    """The value that a change leaves behind: a delete leaves none."""
    return None if change.kind in ERASES else change.value


def sources(variable: Variable) -> Iterator[Source]:
    yield Source(variable.key.initial, -math.inf, -math.inf, None)
    for change in variable.changes:
        yield Source(written(change), change.began, change.end, change)


def window(variable: Variable, read: Operation) -> tuple[float, float]:
    """The times whose state the read may show."""
    if variable.key.constant_per_load:
        load = variable.load_of(read)
        return (load.began, load.ended) if load else (-math.inf, read.ended)
    return read.began - variable.key.fresh_s, read.ended


def looks(variable: Variable) -> Iterator[Look]:
    return (Look(r.value, *window(variable, r), r) for r in variable.reads if not variable.is_foreign(r.value))


def _is_excused(variable: Variable, wrong: Misread) -> bool:
    """Unseen writers, or a value that is allowed to vanish at a reload."""
    if not variable.key.closed and (wrong.fault is Fault.PHANTOM or not variable.key.unique):
        return True
    back_at_start = variable.key.volatile and wrong.look.value == variable.key.initial
    return back_at_start and wrong.newer is not None and wrong.newer.load != wrong.look.by.load


def _finding(variable: Variable, words: Words, wrong: Misread) -> Finding:
    read, newer = wrong.look.by, wrong.newer
    constant = variable.key.constant_per_load
    name = {
        Fault.STALE: Anomaly.STALE_VALUE,
        Fault.FUTURE: Anomaly.NOT_CONSTANT if constant else Anomaly.FUTURE,
        Fault.PHANTOM: Anomaly.PHANTOM,
    }[wrong.fault]
    return variable.finding(
        name,
        read,
        expected=written(newer) if newer else None,
        got=read.value,
        why=_why(words, wrong, name),
        own_write=newer is not None and newer.user == read.user,
        age_s=wrong.age_s,
        witnesses=tuple(op for op in (wrong.source, newer, read) if op is not None),
    )


def _why(words: Words, wrong: Misread, name: Anomaly) -> str:
    read, newer, source = wrong.look.by, wrong.newer, wrong.source
    shows = f"{words.answer(read)} shows {words.value(read.value)}"
    if newer is not None:
        if read.value is None and source is None:  # what was there at first, which has no name
            after = f"{words.value(written(newer))}, which {words.who(newer)} wrote{words.where(newer)}"
            return f"{words.answer(read)} shows an older value than {after}{words.age(wrong.age_s)}"
        what = f"wrote {words.value(written(newer))}" if written(newer) is not None else "deleted it"
        return f"{shows}, which is old: {words.who(newer)} {what}{words.where(newer)}{words.age(wrong.age_s)}"
    if source is None:
        return f"{shows}, which nobody ever wrote"
    wrote = f"{words.who(source)} wrote it{words.where(source)}"
    if name is Anomaly.NOT_CONSTANT:
        return f"{shows}, which is newer than the load: {wrote}, and the value was to change only at a reload"
    return f"{shows} before it was written: {wrote}"


def _disagreements(variable: Variable, words: Words) -> Iterator[Finding]:
    """One load ran the program text once: all its answers show one value."""
    first: dict[int, Operation] = {}
    for read in variable.reads:
        if read.load is None or variable.is_foreign(read.value):
            continue
        known = first.setdefault(read.load, read)
        if known.value == read.value:
            continue
        same = known.worker == read.worker
        yield variable.finding(
            Anomaly.NOT_CONSTANT,
            read,
            expected=known.value,
            got=read.value,
            why=f"{words.answer(read)} shows {words.value(read.value)}, and the answer{words.where(known)} showed "
            f"{words.value(known.value)}, with no reload between",
            sub_kind="changed without a reload" if same else "workers of one load disagree",
            witnesses=(known, read),
        )
