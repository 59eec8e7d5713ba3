"""The cause: the coarsest copy model that explains all that was seen of a key.

Rule: the same sound rules are run again with the operations of a key dealt to copies in another way: one copy,
one per user, per worker process, per worker process and user, fixed per load, as old as seconds allow. The
first that leaves nothing unexplained is the cause. What comes from outside reaches every copy.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum

from simulator.checkers.finding import Anomaly, Finding
from simulator.checkers.rules import VALUES, decide, explains
from simulator.checkers.variable import Variable, split
from simulator.checkers.words import Words, number
from simulator.history.operation import WORLD, History, Operation
from simulator.story.keys import Key, Scope


class Copies(StrEnum):
    """How many copies of a key there seem to be, in the words of the report."""

    ONE = "one copy for everyone"
    PER_USER = "each user has their own copy"
    PER_WORKER = "each worker has its own copy"
    PER_WORKER_AND_USER = "each worker has its own copy for each user"
    PER_LOAD = "fixed at load: it changes only at a reload"
    CACHED = "cached for a while"
    NONE = "no number of copies explains it"


DEALS: Mapping[Copies, Callable[[Operation], Hashable]] = {
    Copies.ONE: lambda _: None,
    Copies.PER_USER: lambda op: op.of,
    Copies.PER_WORKER: lambda op: op.worker,
    Copies.PER_WORKER_AND_USER: lambda op: (op.worker, op.of),
}
PRIVATE = (Copies.ONE, Copies.PER_USER, Copies.PER_WORKER, Copies.PER_WORKER_AND_USER)
SHARED = (Copies.ONE, Copies.PER_WORKER, Copies.PER_USER, Copies.PER_WORKER_AND_USER)
"""Where one for each user and one for each worker both explain a short run, the author's intent decides."""


def copies_of(history: History, key: Key) -> tuple[Copies, float]:
    """The coarsest model that explains the key, and for CACHED how old answers were at most, in seconds."""
    operations = [op for op in history.operations if op.key == key.name]
    for model in PRIVATE if key.is_private else SHARED:
        if _explained(history, key, _dealt(operations, DEALS[model])):
            return model, 0.0
    if key.kind in VALUES:
        if history.loads and _explained(history, replace(key, constant_per_load=True), [operations]):
            return Copies.PER_LOAD, 0.0
        age_s = _oldest(history, key, operations)
        if age_s and age_s <= _longest_load(operations) / 2:
            older = replace(key, fresh_s=key.fresh_s + age_s * (1 + 1e-9))
            if _explained(history, older, [operations]):
                return Copies.CACHED, age_s
    return Copies.NONE, 0.0


def say(model: Copies, age_s: float) -> str:
    """The cause in the report's words."""
    return f"cached: answers are up to {age_s:.3g} s old" if model is Copies.CACHED else str(model)


def predicted(model: Copies, workers: int) -> float | None:
    """The share of reads that go wrong with so many workers: with a copy each, about 1 in N reads is right."""
    if model in (Copies.PER_WORKER, Copies.PER_WORKER_AND_USER) and workers:
        return 1 - 1 / workers
    return None


def observed(key: str, variables: Iterable[Variable], findings: Iterable[Finding]) -> float:
    """The share of the key's reads that did go wrong (shown to the wrong user counts by step)."""
    reads = [read for variable in variables if variable.key.name == key for read in variable.reads]
    wrong = {(f.step, f.user, f.worker) for f in findings if f.key == key}
    return sum((r.step, r.user, number(r)) in wrong for r in reads) / len(reads) if reads else 0.0


def _dealt(operations: Sequence[Operation], deal: Callable[[Operation], Hashable]) -> list[list[Operation]]:
    """The operations by copy; those from outside go to every copy."""
    inside = [op for op in operations if op.user != WORLD]
    names = dict.fromkeys(deal(op) for op in inside)
    if len(names) < 2:
        return [list(operations)]
    copies: dict[Hashable, list[Operation]] = {name: [] for name in names}
    for op in operations:
        if op.user == WORLD:
            for copy in copies.values():
                copy.append(op)
        else:
            copies[deal(op)].append(op)
    return list(copies.values())


def _explained(history: History, key: Key, copies: Iterable[Sequence[Operation]]) -> bool:
    return all(explains(variable) for copy in copies for variable in _as_one(history, key, copy))


def _as_one(history: History, key: Key, operations: Sequence[Operation]) -> list[Variable]:
    """The operations as one variable, whoever they belong to."""
    shared = replace(key, scope=Scope.SHARED)
    return list(split(replace(history, keys={key.name: shared}, operations=tuple(operations), answers=())))


def _oldest(history: History, key: Key, operations: Sequence[Operation]) -> float | None:
    """The greatest age of a stale read; None if something else is wrong too."""
    found = [f for variable in _as_one(history, key, operations) for f in decide(variable, Words()).findings]
    if any(f.name is not Anomaly.STALE_VALUE or f.age_s is None for f in found):
        return None
    return max((f.age_s or 0.0 for f in found), default=None)


def _longest_load(operations: Sequence[Operation]) -> float:
    """For how long one load was looked at, in seconds."""
    spans: dict[int | None, tuple[float, float]] = {}
    for op in operations:
        low, high = spans.get(op.load, (op.began, op.ended))
        spans[op.load] = (min(low, op.began), max(high, op.ended))
    return max((high - low for low, high in spans.values()), default=0.0)
