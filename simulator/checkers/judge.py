"""From a history to a judgement: findings, coverage, verdict and cause.

Rule: problem if anything was found; ok only where it was exercised; unknown otherwise, with what is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain
from typing import TypedDict

from simulator.checkers import cause, coverage, leaks
from simulator.checkers.finding import Coverage, Finding, Judgement, Verdict
from simulator.checkers.rules import decide
from simulator.checkers.search import BUDGET
from simulator.checkers.variable import Variable, split
from simulator.checkers.words import Words
from simulator.history.operation import History


def find(history: History, at: int | None = None) -> tuple[Finding, ...]:
    """All findings of a history, in order of the steps that show them; with `at`, those at that step.

    Silence says nothing: see `judge`.
    """
    found, _ = _find(history, tuple(split(history)), BUDGET, at)
    return found if at is None else tuple(finding for finding in found if finding.step == at)


def judge(history: History, workers: Sequence[int] | None = None, budget: int = BUDGET) -> Judgement:
    """Findings and verdict of one history.

    `workers` are the numbers of the workers between which every pair has to be exercised for an ok; None: all
    that the history names; empty: it is enough that somebody looked (`sum_up` demands the pairs of a whole run).
    """
    variables = tuple(split(history))
    findings, undecided = _find(history, variables, budget)
    numbers = workers_of(history) if workers is None else workers
    judgement = judged(findings, undecided, coverage.cover(history.keys, variables), numbers)
    return replace(judgement, **causes_of(history, variables, findings))


def sum_up(judgements: Iterable[Judgement], workers: Sequence[int]) -> Judgement:
    """The verdict of several runs of one story: all findings, and what the runs exercised together."""
    ones = list(judgements)
    judgement = judged(
        tuple(chain.from_iterable(one.findings for one in ones)),
        tuple(dict.fromkeys(chain.from_iterable(one.undecided for one in ones))),
        coverage.combine(chain.from_iterable(one.coverage for one in ones)),
        workers,
    )
    return replace(
        judgement,
        causes={key: words for one in ones for key, words in one.causes.items()},
        predicted={key: rate for one in ones for key, rate in one.predicted.items()},
        observed={key: rate for one in ones for key, rate in one.observed.items()},
    )


def workers_of(history: History) -> tuple[int, ...]:
    """The numbers of the workers of a history: as declared, else those that served."""
    if history.workers:
        return tuple(range(1, history.workers + 1))
    return tuple(sorted({op.worker[0] for op in history.operations if op.worker}))


def _find(
    history: History, variables: Sequence[Variable], budget: int, at: int | None = None
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """The findings, and the sentences about what could not be decided."""
    words = Words(labels=history.labels)
    decided = [decide(variable, words, budget, at) for variable in variables]
    found = [*leaks.find(history, words), *chain.from_iterable(one.findings for one in decided)]
    found.sort(key=lambda finding: finding.step)
    return tuple(found), tuple(one.open for one in decided if one.open)


def judged(
    findings: tuple[Finding, ...], undecided: tuple[str, ...], covered: Sequence[Coverage], workers: Sequence[int]
) -> Judgement:
    """The verdict over findings and coverage: ok only if nothing is missing."""
    said = [(one, tuple(coverage.missing(one, covered, workers))) for one in covered]
    missing = (*undecided, *chain.from_iterable(sentences for _, sentences in said))
    silent = Verdict.UNKNOWN if missing or not covered else Verdict.OK
    return Judgement(
        verdict=Verdict.PROBLEM if findings else silent,
        findings=findings,
        coverage=tuple(replace(one, missing=sentences) for one, sentences in said),
        missing=missing,
        undecided=undecided,
    )


class Causes(TypedDict):
    """The fields of a judgement that say why, per key with a finding."""

    causes: dict[str, str]
    predicted: dict[str, float | None]
    observed: dict[str, float]


def causes_of(history: History, variables: Sequence[Variable], findings: Sequence[Finding]) -> Causes:
    """The cause of each key with a finding, and the share of reads that had to and that did go wrong."""
    found = Causes(causes={}, predicted={}, observed={})
    workers = len(workers_of(history))
    for name in dict.fromkeys(finding.key for finding in findings):
        model, age_s = cause.copies_of(history, history.keys[name])
        found["causes"][name] = cause.say(model, age_s)
        found["predicted"][name] = cause.predicted(model, workers)
        found["observed"][name] = cause.observed(name, variables, findings)
    return found
