"""Plain words for findings: labels instead of tokens, people, steps and workers.

Rule: a sentence names who did what, in which step and on which worker, and never a token that has a label.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from simulator.history.operation import WORLD, Operation, Value

LONG_ENOUGH_S = 1.0
"""Shorter ages say nothing to a reader: the clock of a scheduled run counts events, not seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """How operations and values are called in sentences."""

    labels: Mapping[str, str] = field(default_factory=dict)

    def value(self, value: Value) -> str:
        """A token by its label, a collection by its labels, "nothing" for no value."""
        if value is None:
            return "nothing"
        if isinstance(value, tuple):
            return "[" + ", ".join(self.value(one) for one in value) + "]"
        return self.labels.get(value, value) if isinstance(value, str) else str(value)

    def values(self, values: list[str]) -> str:
        """Several tokens in a sentence: "a", "a and b", "a, b and c"."""
        names = [self.value(one) for one in values]
        return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)

    def who(self, operation: Operation) -> str:
        return "the world" if operation.user == WORLD else operation.user

    def where(self, operation: Operation) -> str:
        """In step 3 on worker 2, as far as both are known."""
        step = f" in step {operation.step}" if operation.step else ""
        worker = f" on worker {operation.worker[0]}" if operation.worker else ""
        return step + worker

    def answer(self, operation: Operation) -> str:
        """The marked answer, with its worker."""
        return f"this answer of worker {operation.worker[0]}" if operation.worker else "this answer"

    def age(self, age_s: float | None) -> str:
        """How long before, where it is long enough to mean something."""
        return f", at least {age_s:.1f} s before" if age_s is not None and age_s >= LONG_ENOUGH_S else ""


def number(operation: Operation) -> int | None:
    """The number of the worker that served the operation."""
    return operation.worker[0] if operation.worker else None
