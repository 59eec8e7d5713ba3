"""From a history to variables: the operations that belong to one piece of data.

Rule: a shared key is one variable, a private key is one for each owner (`of`). Refused writes are no sources
and no excuses, reads without an answer say nothing: both are left out. Values that belong to another variable
are not judged here: seeing them is the leak rule's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from simulator.checkers.finding import Anomaly, Finding
from simulator.checkers.words import number
from simulator.history.operation import History, Kind, Load, Operation, Outcome, Value
from simulator.story.keys import Key

VariableId: TypeAlias = tuple[str, str | None]

SOURCES = frozenset({Kind.WRITE, Kind.ADD})
"""The kinds that bring a value into the world."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origins:
    """Where each value was first sent: its variables, refused writes included."""

    first: Mapping[str, VariableId]
    more: Mapping[str, frozenset[VariableId]] = field(default_factory=dict)

    def belongs_elsewhere(self, value: str, home: VariableId) -> bool:
        """Was the value written to other variables only?"""
        origin = self.first.get(value, home)
        return origin != home and home not in self.more.get(value, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One piece of data and all that was done to it: `reads` with an answer, `changes` that may have taken effect.

    Both are in order of their beginning.
    """

    key: Key
    of: str | None
    reads: tuple[Operation, ...]
    changes: tuple[Operation, ...]
    loads: Mapping[int, Load] = field(default_factory=dict)
    origins: Origins | None = None

    @property
    def id(self) -> VariableId:
        return (self.key.name, self.of)

    def finding(self, name: Anomaly, marked: Operation, **told: Any) -> Finding:
        """The anomaly `name` that shows at `marked`; `told` are the other fields of `Finding`."""
        return Finding(
            name=name,
            key=self.key.name,
            step=marked.step,
            user=marked.user,
            worker=number(marked),
            owner=self.of,
            **told,
        )

    def is_foreign(self, value: Value) -> bool:
        """Does the value belong to another variable?"""
        return isinstance(value, str) and self.origins is not None and self.origins.belongs_elsewhere(value, self.id)

    def load_of(self, operation: Operation) -> Load | None:
        """The load that the operation's worker runs; without a number, the last one that was over by then."""
        if operation.load is not None:
            return self.loads.get(operation.load)
        over = [load for load in self.loads.values() if load.ended <= operation.began]
        return max(over, key=lambda load: load.ended, default=None)

    @property
    def unread(self) -> bool:
        return not self.reads


def variable_id(key: Key, operation: Operation) -> VariableId:
    return (key.name, operation.of if key.is_private else None)


def split(history: History) -> Iterator[Variable]:
    """The variables of a history, in the order of their first operation."""
    one = len(history.keys) == 1 and not any(key.is_private for key in history.keys.values())
    origins = None if one else origins_of(history.keys, history.operations)
    reads: dict[VariableId, list[Operation]] = {}
    changes: dict[VariableId, list[Operation]] = {}
    private = {name for name, key in history.keys.items() if key.is_private}
    for operation in history.operations:
        home = (operation.key, operation.of if operation.key in private else None)
        if home not in reads:
            reads[home] = []
        if operation.kind is Kind.READ:
            if operation.outcome is Outcome.OK:
                reads[home].append(operation)
        elif operation.outcome is not Outcome.FAIL and operation.kind is not Kind.SHARE:
            changes.setdefault(home, []).append(operation)
    for (name, of), looks in reads.items():
        yield Variable(
            key=history.keys[name],
            of=of,
            reads=tuple(looks),
            changes=tuple(changes.get((name, of), ())),
            loads=history.loads,
            origins=origins,
        )


def origins_of(keys: Mapping[str, Key], operations: Iterable[Operation]) -> Origins:
    first: dict[str, VariableId] = {}
    more: dict[str, frozenset[VariableId]] = {}
    for operation in operations:
        if operation.kind in SOURCES and isinstance(operation.value, str):
            note_origin(first, more, operation.value, variable_id(keys[operation.key], operation))
    return Origins(first=first, more=more)


def note_origin(
    first: dict[str, VariableId], more: dict[str, frozenset[VariableId]], value: str, home: VariableId
) -> None:
    """The value was sent to this variable (too)."""
    if first.setdefault(value, home) != home:
        more[value] = more.get(value, frozenset()) | {home}


def shown(operation: Operation) -> tuple[str, ...]:
    """The tokens that a read of a collection showed."""
    value = operation.value
    if isinstance(value, tuple):
        return value
    return (value,) if isinstance(value, str) else ()
