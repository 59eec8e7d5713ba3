"""Items against all orders: each item on its own, repeated items, and the sessions of single-copy histories."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from simulator.checkers import items, repeats, sessions
from simulator.checkers.lives import lives
from simulator.checkers.variable import Variable, split
from simulator.checkers.words import Words
from simulator.history.operation import History, Kind, Operation
from simulator.story.keys import Key, KeyKind, Scope

ITEMS = Key(name="data", kind=KeyKind.ITEMS, scope=Scope.SHARED)


def drawer(draw: Any, oracle: Any, *, unique: bool, removes: bool = True) -> Callable[[Random], list[Operation]]:
    """Adds, removes, clears and (partial) pages; many really executed, half of those then changed in one page."""

    def history(random: Random) -> list[Operation]:
        count = random.randint(2, 9)
        kinds = random.choices((Kind.ADD, Kind.READ, Kind.REMOVE), (4, 6, 3 if removes else 0), k=count)
        added = [f"x{i}" if unique else random.choice("xy") for i, kind in enumerate(kinds) if kind is Kind.ADD]
        gone = list(added)
        random.shuffle(gone)
        names, ops = iter(added), []
        for kind in kinds:
            if kind is Kind.READ:
                ops.append(draw.operation(random, kind, (), complete=not removes or random.random() < 0.8))
            elif kind is Kind.ADD:
                ops.append(draw.operation(random, kind, next(names)))
            elif not unique and random.random() < 0.2:
                ops.append(draw.operation(random, Kind.RESET, None))
            elif gone:
                ops.append(draw.operation(random, kind, gone.pop()))
        seen = draw.executed(random, ops, frozenset(), oracle.items)
        ops = [replace(op, value=page(random, seen[i], op)) if i in seen else op for i, op in enumerate(ops)]
        for index in seen:
            if random.random() < 0.25:
                odd = set(ops[index].value) ^ {random.choice([*added, "never" if random.random() < 0.1 else "x0"])}
                ops[index] = replace(ops[index], value=tuple(sorted(odd)))
        return ops

    return history


def page(random: Random, state: frozenset[str], read: Operation) -> tuple[str, ...]:
    return tuple(sorted(item for item in state if read.complete or random.random() < 0.5))


def variable_of(operations: Sequence[Operation], key: Key = ITEMS) -> Variable | None:
    ordered = tuple(sorted(operations, key=lambda op: op.began))
    return next(split(History(keys={"data": key}, operations=ordered)), None)


def about(item: str, operations: Sequence[Operation]) -> list[Operation]:
    """The history of one item: what a partial page leaves out says nothing."""
    found = []
    for op in operations:
        if op.kind is not Kind.READ:
            found += [op] if op.value in (item, None) else []
        elif op.complete or item in op.value:
            found.append(replace(op, value=tuple({item} & set(op.value))))
    return found


def all_items(operations: Sequence[Operation]) -> set[str]:
    shown = {item for op in operations if op.kind is Kind.READ for item in op.value}
    return shown | {op.value for op in operations if op.kind is not Kind.READ and op.value is not None}


def test_each_unique_item_on_its_own_is_exact(trials: Any, oracle: Any, draw: Any) -> None:
    for operations, shown in trials.each(drawer(draw, oracle, unique=True)):
        variable = variable_of(operations)
        alarmed = variable is not None and any(items.find(variable, Words()))
        each = (about(item, operations) for item in all_items(operations))
        trials.agree(alarmed, all(oracle.explained(one, frozenset(), oracle.items) for one in each), shown)


def test_repeated_items_are_exact_page_by_page(trials: Any, oracle: Any, draw: Any) -> None:
    for operations, shown in trials.each(drawer(draw, oracle, unique=False)):
        variable = variable_of(operations)
        if variable is None:
            continue
        for item in lives(variable).again:
            alarmed = any(repeats.find(variable, Words(), frozenset({item})))
            mine = about(str(item), operations)
            changes = [op for op in mine if op.kind is not Kind.READ]
            reads = [op for op in mine if op.kind is Kind.READ]
            fine = all(oracle.explained([*changes, one], frozenset(), oracle.items) for one in reads)
            trials.agree(alarmed, fine, (item, shown))


def test_one_copy_never_alarms_items_or_sessions(trials: Any, oracle: Any, draw: Any, names: Any) -> None:
    for unique in (True, False):
        for operations, shown in trials.each(drawer(draw, oracle, unique=unique)):
            if oracle.explained(operations, frozenset(), oracle.items):
                variable = variable_of(operations)
                assert not names(ITEMS, operations), shown
                assert variable is None or not list(sessions.broken(variable)), shown


def test_pages_that_are_late_by_less_than_was_declared_never_alarm(
    trials: Any, oracle: Any, draw: Any, names: Any
) -> None:
    """A page shows any state of the last seconds, as a replica does."""
    for operations, shown in trials.each(drawer(draw, oracle, unique=True)):
        late = [replace(op, began=op.began - 3) if op.kind is Kind.READ else op for op in operations]
        if oracle.explained(late, frozenset(), oracle.items):
            assert not names(replace(ITEMS, fresh_s=3.0), operations), shown


def test_a_volatile_key_may_be_emptied_at_a_reload(trials: Any, oracle: Any, draw: Any, names: Any) -> None:
    """Each load starts with nothing: its operations on their own are explained."""
    key = replace(ITEMS, volatile=True)
    for operations, shown in trials.each(drawer(draw, oracle, unique=True)):
        after = [replace(op, began=op.began + 50, ended=op.ended + 50, load=2) for op in operations]
        again = [replace(op, value=renamed(op.value)) for op in after]
        before = [replace(op, load=1) for op in operations]
        parts = [[op for op in part if op.outcome is not op.outcome.INFO] for part in (before, again)]
        if all(oracle.explained(part, frozenset(), oracle.items) for part in parts):
            assert not names(key, [op for part in parts for op in part]), shown


def renamed(value: Any) -> Any:
    return tuple(f"{item}'" for item in value) if isinstance(value, tuple) else value and f"{value}'"
