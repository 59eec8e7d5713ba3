"""The general search for one order that explains all operations, for repeated values and users' own models.

Algorithm: Wing and Gong 1993 (section 4) with Lowe's memo of (operations placed, state) pairs, as a loop over
a doubly linked list of beginnings and ends. The problem is NP-complete, so the search has a budget and says
unknown when it is spent. Operations of unknown outcome may be placed anywhere after their beginning, or never.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from simulator.checkers.finding import Verdict
from simulator.checkers.variable import Variable, shown
from simulator.history.operation import Kind, Operation, Outcome
from simulator.story.keys import KeyKind

State = TypeVar("State", bound=Hashable)

BUDGET = 50_000
"""Placements that are tried before the answer is unknown: well under a second."""


@dataclass(frozen=True, kw_only=True)  # no slots: with them, `Model[State](...)` raises in Python 3.11
class Model(Generic[State]):
    """What a correct copy does, one operation after another.

    `init` is the state at the start. `step` takes a state and an operation to the states that can follow: none
    if the operation cannot have been answered like that, one for what is certain. `describe` says a state
    in words.
    """

    init: State
    step: Callable[[State, Operation], Sequence[State]]
    describe: Callable[[State], str] = str


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """What the search found. `order` is the longest order found; `stuck` are the operations none of which can
    come next (empty if everything was placed); `state` is the model's state at the end of `order`, in words.
    """

    verdict: Verdict
    order: tuple[Operation, ...]
    stuck: tuple[Operation, ...] = ()
    state: str = ""
    tried: int = 0


def linearize(operations: Sequence[Operation], model: Model[State], budget: int = BUDGET) -> Searched:
    """Search an order of `operations` (of one variable) that extends their order in time and fits the model.

    OK: there is one, `order`. PROBLEM: there is none. UNKNOWN: `budget` placements were tried.
    """
    useful = [op for op in operations if op.outcome is not Outcome.FAIL]
    return _Search([op for op in useful if op.outcome is Outcome.OK or op.kind is not Kind.READ], model, budget).run()


class _Node:
    """One place in the list of beginnings and ends."""

    __slots__ = ("before", "next")

    def __init__(self) -> None:
        self.before: _Node | None = None
        self.next: _Node | None = None

    def lift(self) -> None:
        """Leave the list. An end that never comes is not in it."""
        if self.before is not None:
            self.before.next = self.next
            if self.next is not None:
                self.next.before = self.before

    def unlift(self) -> None:
        """Go back to where it was; in the opposite order of leaving."""
        if self.before is not None:
            self.before.next = self
            if self.next is not None:
                self.next.before = self


class _Begin(_Node):
    """The beginning of an operation; `end` is its other node, `bit` its place in the mask of what is placed."""

    __slots__ = ("bit", "end", "needed", "operation")

    def __init__(self, operation: Operation, bit: int) -> None:
        super().__init__()
        self.operation = operation
        self.bit = bit
        self.end = _Node()
        self.needed = operation.outcome is Outcome.OK


class _Placed(NamedTuple, Generic[State]):
    """An operation that has its place, the state before it, and which of its successors was taken."""

    begin: _Begin
    before: State
    taken: int


class _Search(Generic[State]):
    def __init__(self, operations: Sequence[Operation], model: Model[State], budget: int) -> None:
        self._model = model
        self._budget = budget
        self._head = _linked(operations)
        self._needed = sum(op.outcome is Outcome.OK for op in operations)
        self._state = model.init
        self._mask = 0
        self._placed: list[_Placed[State]] = []
        self._seen: set[tuple[int, State]] = set()
        self._best: tuple[Operation, ...] = ()
        self._stuck = tuple(_candidates(self._head))
        self._reached = model.init

    def run(self) -> Searched:
        """Place what can come next; at the first end that is met, take back the last and try what follows it."""
        node, choice, tried = self._head.next, 0, 0
        while self._needed:
            if isinstance(node, _Begin):
                tried += 1
                if tried > self._budget:
                    return self._answer(Verdict.UNKNOWN, tried)
                placed = self._place(node, choice)
                node, choice = (self._head.next if placed else node.next), 0
            elif self._placed:
                node, choice = self._take_back()
            else:
                return self._answer(Verdict.PROBLEM, tried)
        return self._answer(Verdict.OK, tried)

    def _place(self, node: _Begin, choice: int) -> bool:
        """Put the operation next, with its first successor from `choice` on that was not met with the same placed."""
        following = self._model.step(self._state, node.operation)
        mask = self._mask | node.bit
        for taken in range(choice, len(following)):
            if (mask, following[taken]) not in self._seen:
                self._seen.add((mask, following[taken]))
                self._placed.append(_Placed(node, self._state, taken))
                self._state, self._mask = following[taken], mask
                self._needed -= node.needed
                node.lift()
                node.end.lift()
                return True
        return False

    def _take_back(self) -> tuple[_Begin, int]:
        """The last operation placed comes back into the list; its next successor is tried, then what follows it."""
        self._remember()
        node, self._state, taken = self._placed.pop()
        self._mask &= ~node.bit
        self._needed += node.needed
        node.end.unlift()
        node.unlift()
        return node, taken + 1

    def _remember(self) -> None:
        """Keep the longest order, and what could have come next."""
        if len(self._placed) > len(self._best):
            self._best = tuple(placed.begin.operation for placed in self._placed)
            self._stuck = tuple(_candidates(self._head))
            self._reached = self._state

    def _answer(self, verdict: Verdict, tried: int) -> Searched:
        self._remember()
        return Searched(
            verdict=verdict,
            order=self._best,
            stuck=() if verdict is Verdict.OK else self._stuck,
            state=self._model.describe(self._reached),
            tried=tried,
        )


def _linked(operations: Sequence[Operation]) -> _Node:
    """All beginnings and ends in order of time; at equal times beginnings first, since ties are concurrent."""
    timed: list[tuple[float, int, int, _Node]] = []
    for index, operation in enumerate(operations):
        begin = _Begin(operation, 1 << index)
        timed.append((operation.began, 0, index, begin))
        if operation.end < math.inf:
            timed.append((operation.end, 1, index, begin.end))
    head = last = _Node()
    for *_, node in sorted(timed, key=lambda one: one[:3]):
        last.next, node.before, last = node, last, node
    return head


def _candidates(head: _Node) -> list[Operation]:
    """The operations that have to come next, one of them first: those that begin before the first end."""
    found: list[Operation] = []
    node = head.next
    while isinstance(node, _Begin):
        if node.needed:
            found.append(node.operation)
        node = node.next
    return found


def model_of(variable: Variable) -> Model[Hashable]:
    """The model of a key's kind: register and document, items, list, counter."""
    steps = {KeyKind.ITEMS: _items, KeyKind.LIST: _list, KeyKind.COUNTER: _counter}
    starts: dict[KeyKind, Hashable] = {KeyKind.ITEMS: frozenset(), KeyKind.LIST: (), KeyKind.COUNTER: 0}
    kind, initial = variable.key.kind, variable.key.initial
    start = starts[kind] if kind in starts and not (kind is KeyKind.COUNTER and initial is not None) else initial
    return Model(init=start, step=steps.get(kind, _register))


def _register(state: Hashable, operation: Operation) -> Sequence[Hashable]:
    if operation.kind is Kind.READ:
        return (state,) if operation.value == state else ()
    return (None if operation.kind in (Kind.DELETE, Kind.RESET) else operation.value,)


def _items(state: Hashable, operation: Operation) -> Sequence[Hashable]:
    assert isinstance(state, frozenset)
    there = frozenset(shown(operation))
    match operation.kind:
        case Kind.READ if operation.complete:
            return (state,) if there == state else ()
        case Kind.READ:
            return (state,) if there <= state else ()
        case Kind.ADD:
            return (state | there,)
    return (state - there if operation.value is not None else frozenset(),)


def _list(state: Hashable, operation: Operation) -> Sequence[Hashable]:
    assert isinstance(state, tuple)
    tokens = shown(operation)
    match operation.kind:
        case Kind.READ if operation.complete:
            return (state,) if tokens == state else ()
        case Kind.READ:
            return (state,) if set(tokens) <= set(state) else ()
        case Kind.ADD:
            return (state + tokens,)
    return (tuple(one for one in state if one not in tokens) if operation.value is not None else (),)


def _counter(state: Hashable, operation: Operation) -> Sequence[Hashable]:
    assert isinstance(state, int)
    match operation.kind:
        case Kind.READ:
            return (state,) if operation.value == state else ()
        case Kind.INCREMENT:
            after = state + (operation.value if isinstance(operation.value, int) else 1)
            return (after,) if operation.result in (None, after) else ()
        case Kind.WRITE if isinstance(operation.value, int):
            return (operation.value,)
    return (0,)
