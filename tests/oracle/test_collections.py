"""Whole add-only collections against all orders: sets and lists, exactly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from simulator.history.operation import Kind, Operation
from simulator.story.keys import Key, KeyKind, Scope


def drawer(draw: Any, oracle: Any, *, listed: bool) -> Callable[[Random], list[Operation]]:
    """Adds and complete pages; some pages changed, as another copy would show them."""

    def history(random: Random) -> list[Operation]:
        kinds = random.choices((Kind.ADD, Kind.READ), (4, 5), k=random.randint(2, 9))
        ops = [draw.operation(random, kind, f"x{i}" if kind is Kind.ADD else ()) for i, kind in enumerate(kinds)]
        added = [op.value for op in ops if op.kind is Kind.ADD]
        start = () if listed else frozenset()
        seen = draw.executed(random, ops, start, oracle.list if listed else oracle.items)
        other = draw.executed(random, ops, start, oracle.list if listed else oracle.items)
        for index, state in seen.items():
            page = list(state if random.random() < 0.8 else other.get(index, state))
            if not listed:
                page.sort()
            if random.random() < 0.1:
                random.shuffle(page)
            if added and random.random() < 0.05:
                page.append(random.choice(added))
            ops[index] = replace(ops[index], value=tuple(page))
        return ops

    return history


@pytest.mark.parametrize("kind", [KeyKind.ITEMS, KeyKind.LIST])
def test_whole_collections_are_exact(kind: KeyKind, trials: Any, oracle: Any, draw: Any, names: Any) -> None:
    listed = kind is KeyKind.LIST
    key = Key(name="data", kind=kind, scope=Scope.SHARED)
    for operations, shown in trials.each(drawer(draw, oracle, listed=listed)):
        fine = oracle.explained(operations, () if listed else frozenset(), oracle.list if listed else oracle.items)
        trials.agree(bool(names(key, operations)), fine, shown)
