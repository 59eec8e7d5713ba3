"""Items that are added or removed more than once, and clear-all buttons: "the item is in" as a register.

Rule: an add writes "in", a remove or a clear writes "out"; a complete page reads one of the two, a partial page
reads "in" for what it shows and nothing for the rest. Then the rule for single reads decides (`readings`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from simulator.checkers.finding import Anomaly, Finding
from simulator.checkers.lives import clears_all, removes
from simulator.checkers.readings import Fault, Look, Misread, Source, misreads
from simulator.checkers.registers import window
from simulator.checkers.variable import Variable, shown
from simulator.checkers.words import Words
from simulator.history.operation import Kind, Operation, Value

IN, OUT = "in", "out"


def find(variable: Variable, words: Words, items: frozenset[str]) -> Iterator[Finding]:
    """What is wrong with the items that repeat."""
    for item in sorted(items):
        for wrong in misreads(_sources(variable, item), _looks(variable, item)):
            if not _is_excused(variable, wrong):
                yield _finding(variable, words, item, wrong)


def _sources(variable: Variable, item: Value) -> Iterator[Source]:
    yield Source(OUT, -math.inf, -math.inf, None)
    for change in variable.changes:
        if change.kind is Kind.ADD and change.value == item:
            yield Source(IN, change.began, change.end, change)
        elif (removes(change) and change.value == item) or clears_all(change):
            yield Source(OUT, change.began, change.end, change)


def _looks(variable: Variable, item: Value) -> list[Look]:
    pages = ((read, item in shown(read)) for read in variable.reads)
    return [
        Look(IN if there else OUT, *window(variable, read), read)
        for read, there in pages
        if there or read.complete
    ]  # fmt: skip


def _is_excused(variable: Variable, wrong: Misread) -> bool:
    return (
        variable.key.volatile
        and wrong.look.value == OUT
        and wrong.newer is not None
        and wrong.newer.load != wrong.look.by.load
    )


def _finding(variable: Variable, words: Words, item: Value, wrong: Misread) -> Finding:
    read, newer = wrong.look.by, wrong.newer
    missing = wrong.look.value == OUT
    name = {Fault.STALE: Anomaly.STALE_VALUE, Fault.FUTURE: Anomaly.FUTURE, Fault.PHANTOM: Anomaly.PHANTOM}[wrong.fault]
    return variable.finding(
        Anomaly.LOST_WRITE if missing else name,
        read,
        expected=item if missing else None,
        got=read.value if missing else item,
        why=_why(words, item, wrong, missing, newer),
        own_write=newer is not None and newer.user == read.user,
        age_s=wrong.age_s,
        witnesses=tuple(op for op in (wrong.source, newer, read) if op is not None),
    )


def _why(words: Words, item: Value, wrong: Misread, missing: bool, newer: Operation | None) -> str:
    name, answer = words.value(item), words.answer(wrong.look.by)
    if missing and newer is not None:
        return f"{name} is missing: {words.who(newer)} added it{words.where(newer)}, and {answer} does not show it"
    if newer is not None:
        return f"{answer} shows {name}, which {words.who(newer)} had removed{words.where(newer)}"
    if wrong.source is not None:
        return f"{answer} shows {name} before {words.who(wrong.source)} added it{words.where(wrong.source)}"
    return f"{answer} shows {name}, which nobody added, or whose add was refused"
