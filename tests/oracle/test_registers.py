"""Registers against all orders: single reads (also with repeated values), zones, and the general search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from simulator.checkers import registers
from simulator.checkers.finding import Verdict
from simulator.checkers.search import linearize, model_of
from simulator.checkers.variable import Variable, split
from simulator.checkers.words import Words
from simulator.history.operation import History, Kind, Load, Operation, Outcome
from simulator.story.keys import Key, KeyKind, Scope

REGISTER = Key(name="data", kind=KeyKind.REGISTER, scope=Scope.SHARED)
REPEATED = replace(REGISTER, unique=False)


def drawer(draw: Any, oracle: Any, *, unique: bool) -> Callable[[Random], list[Operation]]:
    """Writes, deletes and reads; half of the histories were really executed, half of those then changed in one read."""

    def history(random: Random) -> list[Operation]:
        count = random.randint(2, 9)
        kinds = random.choices((Kind.WRITE, Kind.READ, Kind.DELETE), (5, 7, 0 if unique else 1), k=count)
        ops = [
            draw.operation(random, kind, (f"v{i}" if unique else random.choice("ab")) if kind is Kind.WRITE else None)
            for i, kind in enumerate(kinds)
        ]
        values = [
            None,
            *(op.value for op in ops if op.kind is Kind.WRITE),
            *(["never"] if random.random() < 0.1 else []),
        ]
        seen = draw.executed(random, ops, None, oracle.register)
        really = random.random() < 0.6
        ops = [replace(op, value=seen[i] if really else random.choice(values)) if i in seen else op
               for i, op in enumerate(ops)]  # fmt: skip
        if seen and random.random() < 0.5:
            index = random.choice(list(seen))
            ops[index] = replace(ops[index], value=random.choice(values))
        return ops

    return history


def variable_of(key: Key, operations: list[Operation]) -> Variable:
    (variable,) = split(History(keys={"data": key}, operations=tuple(sorted(operations, key=lambda op: op.began))))
    return variable


def each_read_explained(oracle: Any, operations: list[Operation], back_s: float = 0.0) -> bool:
    """Each read on its own together with all writes."""
    writes = [op for op in operations if op.kind is not Kind.READ]
    reads = (replace(op, began=op.began - back_s) for op in operations if op.kind is Kind.READ)
    return all(oracle.explained([*writes, read], None, oracle.register) for read in reads)


def test_single_reads_with_repeated_values_are_exact(trials: Any, oracle: Any, draw: Any) -> None:
    for operations, shown in trials.each(drawer(draw, oracle, unique=False)):
        alarmed = any(registers.find(variable_of(REPEATED, operations), Words()))
        trials.agree(alarmed, each_read_explained(oracle, operations), shown)


def test_single_reads_that_may_be_old_are_exact(trials: Any, oracle: Any, draw: Any) -> None:
    for operations, shown in trials.each(drawer(draw, oracle, unique=False)):
        fresh_s = float(trials.random.randrange(4))
        alarmed = any(registers.find(variable_of(replace(REPEATED, fresh_s=fresh_s), operations), Words()))
        trials.agree(alarmed, each_read_explained(oracle, operations, fresh_s), (fresh_s, shown))


def test_reads_that_are_fixed_at_load_are_exact(trials: Any, oracle: Any, draw: Any) -> None:
    """Each load is one look, at the time of the load; two looks of one load have to agree."""
    key = replace(REGISTER, constant_per_load=True)
    for operations, shown in trials.each(drawer(draw, oracle, unique=True)):
        moments = [draw.moment(trials.random) for _ in range(2)]
        loads = {n: Load(began=began, ended=ended) for n, (began, ended) in enumerate(moments, start=1)}
        loaded = [replace(op, load=trials.random.choice((1, 2))) for op in operations]
        writes = [op for op in loaded if op.kind is not Kind.READ]
        reads = [op for op in loaded if op.kind is Kind.READ]
        agree = all(len({op.value for op in reads if op.load == number}) <= 1 for number in loads)
        at_load = [replace(op, began=loads[op.load].began, ended=loads[op.load].ended) for op in reads]
        fine = agree and all(oracle.explained([*writes, one], None, oracle.register) for one in at_load)
        history = History(keys={"data": key}, operations=tuple(sorted(loaded, key=lambda op: op.began)), loads=loads)
        alarmed = any(registers.find(next(split(history)), Words()))
        trials.agree(alarmed, fine, (loads, shown))


def test_zones_of_unique_values_are_exact(trials: Any, oracle: Any, draw: Any, names: Any) -> None:
    for operations, shown in trials.each(drawer(draw, oracle, unique=True)):
        fine = oracle.explained(operations, None, oracle.register)
        trials.agree(bool(names(REGISTER, operations)), fine, shown)


def test_zones_with_unseen_writers_are_exact(trials: Any, oracle: Any, draw: Any, names: Any) -> None:
    """Each value that nobody was seen to write was written once, at any time, by somebody unseen."""
    key = replace(REGISTER, closed=False)
    for operations, shown in trials.each(drawer(draw, oracle, unique=True)):
        hidden = {op.value for op in operations if op.kind is Kind.WRITE and trials.random.random() < 0.4}
        known = [op for op in operations if op.kind is Kind.READ or op.value not in hidden]
        unseen = {op.value for op in known if op.kind is Kind.READ} - {None}
        unseen -= {op.value for op in known if op.kind is Kind.WRITE and op.outcome is not Outcome.FAIL}
        ghosts = [
            draw.operation(trials.random, Kind.WRITE, value, began=-99.0, outcome=Outcome.INFO) for value in unseen
        ]
        fine = oracle.explained([*known, *ghosts], None, oracle.register)
        if known:
            trials.agree(bool(names(key, known)), fine, shown)


def test_the_search_is_exact(trials: Any, oracle: Any, draw: Any) -> None:
    for operations, shown in trials.each(drawer(draw, oracle, unique=False)):
        found = linearize(operations, model_of(variable_of(REPEATED, operations)), 10**9)
        assert (found.verdict is Verdict.OK) == oracle.explained(operations, None, oracle.register), shown
        assert found.verdict is not Verdict.UNKNOWN


def test_repeated_values_are_exact_all_together(trials: Any, oracle: Any, draw: Any, names: Any) -> None:
    for operations, shown in trials.each(drawer(draw, oracle, unique=False)):
        fine = oracle.explained(operations, None, oracle.register)
        trials.agree(bool(names(REPEATED, operations)), fine, shown)
