"""All rules for one variable: what applies to which kind of key, in which order.

Rule: the joint rules (zones, whole collections, the general search) speak only where every read is explained
on its own; what they find is new then, and said once.
"""

from __future__ import annotations

from dataclasses import dataclass

from simulator.checkers import counters, documents, items, joint, registers, sessions, zones
from simulator.checkers.coverage import COLLECTIONS
from simulator.checkers.finding import Anomaly, Finding, Verdict
from simulator.checkers.search import BUDGET, linearize, model_of
from simulator.checkers.variable import Variable
from simulator.checkers.words import Words
from simulator.history.operation import Kind, Operation
from simulator.story.keys import KeyKind

VALUES = frozenset({KeyKind.REGISTER, KeyKind.DOCUMENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What the rules say of one variable. `open` says in words what could not be decided, if anything."""

    findings: tuple[Finding, ...]
    open: str = ""


def decide(variable: Variable, words: Words, budget: int = BUDGET, at: int | None = None) -> Decided:
    """Judge one variable; at most `budget` placements are tried where values repeat.

    With `at`, findings at other steps may be left out.
    """
    kind = variable.key.kind
    if kind is KeyKind.COUNTER:
        return Decided(findings=tuple(counters.find(variable, words)))
    if kind in COLLECTIONS:
        single = tuple(items.find(variable, words))
        told = sessions.tell(variable, single, words, at) if single else tuple(joint.find(variable, words))
        return Decided(findings=told)
    return _values(variable, words, budget)


def _values(variable: Variable, words: Words, budget: int) -> Decided:
    """Registers and documents. Where one copy explains everything, no single read has to be judged."""
    saved = tuple(documents.find(variable, words))
    alone = judged_alone(variable)
    everything = zones.zones(variable) if variable.key.unique and not alone else None
    if everything is not None and zones.is_one_copy(variable, everything):
        return Decided(findings=saved)
    found = (*registers.find(variable, words), *saved)
    if found or alone:
        return Decided(findings=found)
    if everything is None:
        return _searched(variable, words, budget)
    return Decided(findings=tuple(zones.find(variable, words, everything)))


def explains(variable: Variable) -> bool:
    """Is everything that was done to the variable explained by one copy? (Undecided counts as explained.)"""
    return not decide(variable, Words()).findings


def judged_alone(variable: Variable) -> bool:
    """Keys that promise less than one copy: each read is judged on its own."""
    key = variable.key
    return bool(key.constant_per_load or key.fresh_s or key.volatile)


def needs_search(variable: Variable) -> bool:
    """Registers and documents whose values repeat: only a search over all orders decides."""
    if judged_alone(variable) or variable.key.kind not in VALUES:
        return False
    return not variable.key.unique or zones.values_repeat(variable)


def whose(variable: Variable) -> str:
    return f"{variable.key.name} of {variable.of}" if variable.of else variable.key.name


def _searched(variable: Variable, words: Words, budget: int) -> Decided:
    """Registers whose values repeat: any order at all?"""
    if not variable.key.closed:
        return Decided(findings=())
    reads = [r for r in variable.reads if not variable.is_foreign(r.value)]
    operations = sorted((*reads, *variable.changes), key=lambda op: op.began)
    result = linearize(operations, model_of(variable), budget)
    if result.verdict is Verdict.UNKNOWN:
        return Decided(findings=(), open=f"{whose(variable)}: no order found in {budget:,} tries (its values repeat)")
    if result.verdict is Verdict.OK:
        return Decided(findings=())
    return Decided(findings=(_no_order(variable, words, result.order, result.stuck),))


def _no_order(variable: Variable, words: Words, order: tuple[Operation, ...], stuck: tuple[Operation, ...]) -> Finding:
    marked = next((op for op in stuck if op.kind is Kind.READ), stuck[0])
    last = order[-1] if order else None
    after = f" after {words.who(last)}'s {last.kind}{words.where(last)}" if last else ""
    return variable.finding(
        Anomaly.NOT_LINEARIZABLE,
        marked,
        got=marked.value,
        why=f"no order of all requests explains the answers: {words.answer(marked)} shows {words.value(marked.value)}, "
        f"and the longest order that fits ends{after}",
        witnesses=(*order[-3:], *stuck),
    )
