"""An exhaustive search over all orders, and random histories to try it on: slow, simple, and written for tests only.

It shares nothing with the checkers but the form of operations. `WORKERSIM_HISTORIES` sets how many random
histories each rule is tried on (200 by default, 100000 in CI); each test prints the seed that repeats
it, `WORKERSIM_SEED` asks for others.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Hashable, Iterator, Sequence
from random import Random
from typing import Any

import pytest

from simulator.checkers.rules import decide
from simulator.checkers.variable import split
from simulator.checkers.words import Words
from simulator.history.operation import History, Kind, Operation, Outcome
from simulator.story.keys import Key

HISTORIES = int(os.environ.get("WORKERSIM_HISTORIES", "200"))
CHUNKS = 2
"""Each rule's histories are dealt to so many tests, for pytest-xdist."""

Step = Callable[[Any, Operation], Any]
ILLEGAL = object()


class Trials:
    """A seeded stream of random histories; `each` yields them with what to print if one fails."""

    def __init__(self, seed: str) -> None:
        self.seed = seed
        self.random = Random(seed)
        self.compared = {True: 0, False: 0}

    def each(self, draw: Callable[[Random], Any], most: int = HISTORIES) -> Iterator[tuple[Any, Any]]:
        for number in range(min(HISTORIES, most) // CHUNKS):
            operations = draw(self.random)
            yield operations, _Shown(self.seed, number, operations)

    def agree(self, alarmed: bool, fine: bool, shown: object) -> None:
        """A rule that is called complete says what the search over all orders says."""
        assert alarmed != fine, ("false alarm" if alarmed else "missed", shown)
        self.compared[fine] += 1


class _Shown:
    """Says a history only where a test fails."""

    def __init__(self, seed: str, number: int, operations: Any) -> None:
        self._parts = seed, number, operations

    def __repr__(self) -> str:
        seed, number, operations = self._parts
        lines = (
            f"{op.user}@{op.worker and op.worker[0]} {op.kind} {op.value!r} [{op.began},{op.ended}] {op.outcome}"
            f"{'' if op.complete else ' partial'}{'' if op.result is None else f' ->{op.result}'}"
            for op in operations
        )
        return f"seed {seed!r}, history {number}:\n  " + "\n  ".join(lines)


class Oracle:
    """All orders of a history, tried one after another."""

    illegal = ILLEGAL

    def explained(self, operations: Sequence[Operation], init: Hashable, step: Step) -> bool:
        """Is there an order of the ok operations and some of the info ones that extends time and fits `step`?"""
        ops = [op for op in operations if op.outcome is not Outcome.FAIL]
        ops = [op for op in ops if op.outcome is Outcome.OK or op.kind is not Kind.READ]
        ends = [op.ended if op.outcome is Outcome.OK else math.inf for op in ops]
        before = [sum(1 << j for j, end in enumerate(ends) if end < op.began) for op in ops]
        needed = sum(1 << i for i, op in enumerate(ops) if op.outcome is Outcome.OK)
        met: set[tuple[int, Hashable]] = set()

        def reach(placed: int, state: Any) -> bool:
            if placed & needed == needed:
                return True
            if (placed, state) in met:
                return False
            met.add((placed, state))
            for i, op in enumerate(ops):
                if not placed >> i & 1 and before[i] & placed == before[i]:
                    following = step(state, op)
                    if following is not ILLEGAL and reach(placed | 1 << i, following):
                        return True
            return False

        return reach(0, init)

    def register(self, state: Any, op: Operation) -> Any:
        if op.kind is Kind.READ:
            return state if op.value == state else ILLEGAL
        return None if op.kind is Kind.DELETE else op.value

    def items(self, state: frozenset[str], op: Operation) -> Any:
        if op.kind is Kind.READ:
            there = frozenset(op.value)  # type: ignore[arg-type]
            return state if (there == state if op.complete else there <= state) else ILLEGAL
        if op.kind is Kind.ADD:
            return state | {op.value}
        return state - {op.value} if op.kind is Kind.REMOVE else frozenset()

    def list(self, state: tuple[str, ...], op: Operation) -> Any:
        if op.kind is Kind.READ:
            return state if op.value == state else ILLEGAL
        return (*state, op.value)

    def counter(self, state: int, op: Operation) -> Any:
        if op.kind is Kind.READ:
            return state if op.value == state else ILLEGAL
        if op.kind is Kind.RESET:
            return 0
        after = state + op.value  # type: ignore[operator]
        return after if op.result in (None, after) else ILLEGAL


class Draw:
    """Pieces of random histories: small whole times with many ties and touching intervals, all three outcomes."""

    span = 9

    def moment(self, random: Random) -> tuple[float, float]:
        began = random.randrange(self.span)
        return float(began), float(began + random.choice((0, 1, 1, 2, 3, 5)))

    def outcome(self, random: Random, kind: Kind) -> Outcome:
        return Outcome.OK if kind is Kind.READ else random.choices(list(Outcome), (8, 1, 2))[0]

    def operation(self, random: Random, kind: Kind, value: Any, **more: Any) -> Operation:
        began, ended = self.moment(random)
        user = random.choice(("alice", "bob"))
        return Operation(
            **{
                "user": user,
                "of": user,
                "key": "data",
                "kind": kind,
                "value": value,
                "began": began,
                "ended": ended,
                "outcome": self.outcome(random, kind),
                "worker": (random.choice((1, 2)), 1),
                **more,
            }
        )

    def executed(self, random: Random, operations: Sequence[Operation], init: Any, step: Step) -> dict[int, Any]:
        """Run the changes at one instant each, within their interval: what each read saw, by its index.

        An operation of unknown outcome takes effect after its beginning, at any time, or never.
        """
        timed: list[tuple[float, float, int]] = []
        for index, op in enumerate(operations):
            if op.outcome is Outcome.FAIL:
                continue
            late = op.outcome is Outcome.INFO
            if late and random.random() < 0.4:
                continue
            latest = self.span + 6 if late else op.ended
            timed.append((random.uniform(op.began, latest), random.random(), index))
        state, seen = init, {}
        for _, _, index in sorted(timed):
            op = operations[index]
            if op.kind is Kind.READ:
                seen[index] = state
            else:
                state = step(state, op)
        return seen


@pytest.fixture
def oracle() -> Oracle:
    return Oracle()


@pytest.fixture
def draw() -> Draw:
    return Draw()


@pytest.fixture(params=range(CHUNKS))
def trials(request: pytest.FixtureRequest) -> Iterator[Trials]:
    made = Trials(f"{request.node.name} {os.environ.get('WORKERSIM_SEED', '1')}")
    print("seed:", made.seed)
    yield made
    assert all(made.compared.values()) or not any(made.compared.values()), "histories of one sort only prove nothing"


@pytest.fixture
def names() -> Callable[..., set[str]]:
    """The names of what the rules for one key find in a history (leaks are not among them)."""

    def found(key: Key, operations: Sequence[Operation], **more: Any) -> set[str]:
        ordered = tuple(sorted(operations, key=lambda op: op.began))
        history = History(keys={key.name: key}, operations=ordered, **more)
        return {str(f.name) for variable in split(history) for f in decide(variable, Words(), 10**9).findings}

    return found
