"""Counters against all orders: never a false alarm, and exact for one read of unit increments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from simulator.history.operation import Kind, Operation, Outcome
from simulator.story.keys import Key, KeyKind, Scope

COUNTER = Key(name="data", kind=KeyKind.COUNTER, scope=Scope.SHARED)


def drawer(draw: Any, oracle: Any, *, simple: bool) -> Callable[[Random], list[Operation]]:
    """Increments (negative ones and answered ones too), resets and reads; some numbers are off by one."""

    def history(random: Random) -> list[Operation]:
        kinds = random.choices(
            (Kind.INCREMENT, Kind.READ, Kind.RESET), (6, 4, 0 if simple else 1), k=random.randint(2, 8)
        )
        if simple:
            kinds = [Kind.READ, *(kind for kind in kinds if kind is Kind.INCREMENT)]
        amounts = (1,) if simple else random.choice(((1,), (1, 2), (1, -1), (1, 2, -3)))
        ops = [draw.operation(random, kind, random.choice(amounts) if kind is Kind.INCREMENT else 0) for kind in kinds]
        seen = executed(random, draw, ops)
        for index, number in seen.items():
            told = number + random.choice((0, 0, 0, 0, 1, -1))
            if ops[index].kind is Kind.READ:
                ops[index] = replace(ops[index], value=told)
            elif not simple and ops[index].outcome is Outcome.OK and random.random() < 0.3:
                ops[index] = replace(ops[index], result=told)
        return ops

    return history


def executed(random: Random, draw: Any, ops: list[Operation]) -> dict[int, int]:
    """As `draw.executed`, and what each increment answers."""
    reads = [replace(op, kind=Kind.READ) if op.kind is Kind.INCREMENT else op for op in ops]
    total, found = 0, {}
    moments = {i: random.uniform(op.began, op.ended) for i, op in enumerate(reads) if op.outcome is Outcome.OK}
    for index in sorted(moments, key=moments.__getitem__):
        op = ops[index]
        total = 0 if op.kind is Kind.RESET else total + (op.value if op.kind is Kind.INCREMENT else 0)  # type: ignore[operator]
        if op.kind is not Kind.RESET:
            found[index] = total
    return found


def test_one_read_of_unit_increments_is_exact(trials: Any, oracle: Any, draw: Any, names: Any) -> None:
    for operations, shown in trials.each(drawer(draw, oracle, simple=True)):
        trials.agree(bool(names(COUNTER, operations)), oracle.explained(operations, 0, oracle.counter), shown)


def test_counters_never_alarm_falsely(trials: Any, oracle: Any, draw: Any, names: Any) -> None:
    caught = missed = 0
    for operations, shown in trials.each(drawer(draw, oracle, simple=False)):
        found = names(COUNTER, operations)
        if oracle.explained(operations, 0, oracle.counter):
            assert not found, shown
        else:
            caught, missed = caught + bool(found), missed + (not found)
    assert caught > 2 * missed
