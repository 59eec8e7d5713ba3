"""From a history that something else recorded to a result: its findings with the operations that prove them."""

from __future__ import annotations

from collections.abc import Callable

from simulator.checkers.file import Checked
from simulator.checkers.finding import Finding, Verdict
from simulator.checkers.words import Words
from simulator.history.operation import Kind, Operation, Value
from simulator.result import Example, Orders, Result, ShownStep, Unknown
from simulator.runner.shown import mark_of

MOST_REASONS = 5


def result_of_history(checked: Checked, *, file: str) -> Result:
    """What the checkers say about the file, as one result. There is no app, and nothing that could be replayed."""
    judgement, words = checked.judgement, Words(labels=checked.labels)
    unknowns = [Unknown(what="the history does not show enough", why=judgement.missing[:MOST_REASONS])]
    return Result(
        app=file,
        title="history",
        workers=0,
        load="",
        users=(),
        verdict=judgement.verdict,
        orders=Orders(
            run=1,
            failed=int(judgement.verdict is Verdict.PROBLEM),
            total=None,
            complete=False,
            claim=f"one history of {checked.lines:,} lines",
        ),
        examples=tuple(_example(finding, words) for finding in _each_once(judgement.findings)),
        unknowns=tuple(unknowns) if judgement.verdict is Verdict.UNKNOWN else (),
        notes=tuple(f"{trouble.what} ({'; '.join(trouble.why)})" for trouble in checked.troubles[:MOST_REASONS]),
    )


def _each_once(findings: tuple[Finding, ...]) -> list[Finding]:
    """The first finding of each name and key."""
    first: dict[tuple[str, str], Finding] = {}
    for finding in findings:
        first.setdefault((finding.name, finding.key), finding)
    return list(first.values())


def _example(finding: Finding, words: Words) -> Example:
    def named(value: Value) -> str:
        return "" if value is None else words.value(value)

    last = finding.witnesses[-1] if finding.witnesses else None
    steps = tuple(_step(one, named, mark_of(finding, named) if one is last else "") for one in finding.witnesses)
    return Example(finding=finding, order="", steps=steps, proven=True)


def _step(operation: Operation, named: Callable[[Value], str], mark: str) -> ShownStep:
    is_read, what = operation.kind is Kind.READ, f"{operation.kind} {operation.key}"
    return ShownStep(
        number=operation.step,
        user=operation.user,
        request=what if is_read else f"{what} {named(operation.value)}".rstrip(),
        worker=operation.worker[0] if operation.worker else None,
        answer=named(operation.value) if is_read else str(operation.outcome),
        mark=mark,
    )
