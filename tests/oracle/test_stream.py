"""Judging in pieces against judging the whole: forgetting loses no alarm and adds none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from simulator.checkers.judge import find
from simulator.checkers.stream import Stream
from simulator.history.operation import History, Kind, Operation
from simulator.story.keys import Key, KeyKind, Scope

MOST = 2_000
"""Histories per kind of key: each is judged four times, in pieces of different size."""

KEYS = [
    Key(name="data", kind=KeyKind.REGISTER, scope=Scope.SHARED),
    Key(name="data", kind=KeyKind.REGISTER, scope=Scope.SHARED, closed=False),
    Key(name="data", kind=KeyKind.REGISTER, scope=Scope.SHARED, fresh_s=2.0),
    Key(name="data", kind=KeyKind.REGISTER, scope=Scope.SHARED, constant_per_load=True),
    Key(name="data", kind=KeyKind.REGISTER, scope=Scope.PRIVATE),
    Key(name="data", kind=KeyKind.ITEMS, scope=Scope.SHARED),
    Key(name="data", kind=KeyKind.ITEMS, scope=Scope.SHARED, closed=False),
    Key(name="data", kind=KeyKind.ITEMS, scope=Scope.SHARED, fresh_s=2.0),
    Key(name="data", kind=KeyKind.ITEMS, scope=Scope.SHARED, volatile=True),
    Key(name="data", kind=KeyKind.ITEMS, scope=Scope.PRIVATE),
    Key(name="data", kind=KeyKind.LIST, scope=Scope.SHARED),
    Key(name="data", kind=KeyKind.COUNTER, scope=Scope.SHARED),
]


def drawn(random: Random, draw: Any, oracle: Any, key: Key) -> list[Operation]:
    """A history long enough for several cuts; one in three is a correct one."""
    draw.span = random.choice((9, 25))
    model, change, start = {
        KeyKind.REGISTER: (oracle.register, Kind.WRITE, None),
        KeyKind.LIST: (oracle.list, Kind.ADD, ()),
        KeyKind.COUNTER: (oracle.counter, Kind.INCREMENT, 0),
    }.get(key.kind, (oracle.items, Kind.ADD, frozenset()))
    added, ops = [], []
    for index in range(random.randint(4, 14)):
        kind = random.choice((change, change, Kind.READ, Kind.READ, Kind.READ, Kind.REMOVE))
        if kind is Kind.REMOVE and (key.kind is not KeyKind.ITEMS or not added):
            kind = Kind.READ
        value = {Kind.READ: None, Kind.REMOVE: added.pop() if kind is Kind.REMOVE else None}.get(kind, f"v{index}")
        if kind is Kind.ADD:
            added.append(value)
        ops.append(draw.operation(random, kind, 1 if kind is Kind.INCREMENT else value, load=random.choice((1, 2))))
    worlds = [draw.executed(random, ops, start, model) for _ in range(2)]
    wrong = random.choice((0.0, 0.1, 0.3))
    for index, state in worlds[0].items():
        seen = worlds[random.random() < wrong].get(index, state)
        ops[index] = replace(ops[index], value=tuple(sorted(seen)) if isinstance(seen, frozenset) else seen)
    return sorted((replace(op, step=i) for i, op in enumerate(ops, start=1)), key=lambda op: op.began)


def streamed(key: Key, operations: Sequence[Operation], segment: int, recent: int) -> set[tuple[str, int, str]]:
    stream = Stream({"data": key}, segment=segment, recent=recent)
    for operation in operations:
        stream.take(operation)
    return {(str(f.name), f.step, str(f.expected)) for f in stream.close().findings}


@pytest.mark.parametrize("key", KEYS, ids=lambda key: f"{key.kind}-{KEYS.index(key)}")
def test_pieces_say_what_the_whole_says(key: Key, trials: Any, oracle: Any, draw: Any) -> None:
    for operations, shown in trials.each(lambda random: drawn(random, draw, oracle, key), MOST):
        whole = find(History(keys={"data": key}, operations=tuple(operations)))
        for segment, recent in ((1, 100), (1, 0), (3, 1)):
            pieces = streamed(key, operations, segment, recent)
            if key.closed or recent == 100:  # unseen writers: what was forgotten may have been written again
                assert bool(pieces) == bool(whole), (segment, recent, {f.name for f in whole}, pieces, shown)
            else:
                assert whole or not pieces, (segment, recent, pieces, shown)
