"""Session guarantees: the words in which a user's experience is told.

Rule: all four say that an answer shows everything that one user knew at some moment. Read your writes and
monotonic reads: the reader, when his request began. Monotonic writes and writes follow reads: the writer of
anything that the answer shows, when he sent it. What may have been removed by then is excused.
These are weaker than one copy (`items`, `joint`): they decide nothing, they name what somebody went through.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from simulator.checkers.finding import Finding
from simulator.checkers.lives import Life, lives
from simulator.checkers.variable import Variable, shown
from simulator.checkers.words import Words
from simulator.history.operation import Operation, Outcome

Knowledge: TypeAlias = Mapping[str, Sequence[tuple[float, str]]]
"""For each user the items he knew of, with the time since when, in order of time."""


class Guarantee(StrEnum):
    """What a session of one user is promised."""

    READ_YOUR_WRITES = "read your writes"
    MONOTONIC_READS = "monotonic reads"
    MONOTONIC_WRITES = "monotonic writes"
    WRITES_FOLLOW_READS = "writes follow reads"


class Broken(NamedTuple):
    """The answer `read` does not show `item`, which `user` knew of when he sent `after` (None: the read itself)."""

    guarantee: Guarantee
    read: Operation
    item: str
    user: str
    after: Operation | None


def broken(variable: Variable, at: int | None = None) -> Iterator[Broken]:
    """The guarantees that complete pages of unique items break, page by page; with `at`, the pages of that step."""
    known = lives(variable).once
    acknowledged, sighted = _acknowledged(known.values()), _sighted(variable.reads, known)
    for read in (r for r in variable.reads if r.complete and at in (None, r.step)):
        there = frozenset(shown(read))
        for guarantee, knowledge in (
            (Guarantee.READ_YOUR_WRITES, acknowledged),
            (Guarantee.MONOTONIC_READS, sighted),
        ):
            for item in _missing(knowledge.get(read.user, ()), read.began, there, read, known):
                yield Broken(guarantee, read, item, read.user, None)
        for writer, last in _last_shown(shown(read), known).items():
            for guarantee, knowledge in (
                (Guarantee.MONOTONIC_WRITES, acknowledged),
                (Guarantee.WRITES_FOLLOW_READS, sighted),
            ):
                for item in _missing(knowledge.get(writer, ()), last.began, there, read, known):
                    yield Broken(guarantee, read, item, writer, last)


def tell(variable: Variable, findings: Sequence[Finding], words: Words, at: int | None = None) -> tuple[Finding, ...]:
    """The findings about missing items, each with what it meant to a user (the first guarantee that it breaks).

    With `at`, those at that step only.
    """
    if at is not None:
        findings = [finding for finding in findings if finding.step == at]
    if not any(isinstance(finding.expected, str) for finding in findings):
        return tuple(findings)
    told: dict[tuple[int, float, object], str] = {}
    for one in broken(variable, at):
        told.setdefault((one.read.step, one.read.began, one.item), _sentence(one, words))
    return tuple(
        replace(f, experience=told.get((f.step, f.witnesses[-1].began, f.expected), "")) if f.witnesses else f
        for f in findings
    )


def _acknowledged(known: Iterable[Life]) -> Knowledge:
    acks = [(life.add.user, life.add.ended, life.item) for life in known if life.add.outcome is Outcome.OK]
    return _by_user(acks)


def _sighted(reads: Iterable[Operation], known: Mapping[str, Life]) -> Knowledge:
    """Since when each user had seen an item: the end of the first answer that showed it to him."""
    since: dict[tuple[str, str], float] = {}
    for read in reads:
        for item in shown(read):
            if item in known:
                since[read.user, item] = min(read.ended, since.get((read.user, item), math.inf))
    return _by_user([(user, moment, item) for (user, item), moment in since.items()])


def _by_user(facts: Iterable[tuple[str, float, str]]) -> Knowledge:
    found: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for user, moment, item in facts:
        found[user].append((moment, item))
    return {user: sorted(ones) for user, ones in found.items()}


def _missing(
    knowledge: Sequence[tuple[float, str]], moment: float, there: frozenset[str], read: Operation,
    known: Mapping[str, Life],
) -> Iterator[str]:  # fmt: skip
    """What was known before `moment`, is not there, and cannot have been removed by the end of the read."""
    for since, item in knowledge:
        if since >= moment:
            return
        if item not in there and read.ended < known[item].until:
            yield item


def _last_shown(page: Iterable[str], known: Mapping[str, Life]) -> Mapping[str, Operation]:
    """For each user the add that he sent last, of those that the page shows, in the order of the page."""
    last: dict[str, Operation] = {}
    for item in page:
        if item not in known:
            continue
        add = known[item].add
        if add.user not in last or last[add.user].began < add.began:
            last[add.user] = add
    return last


def _sentence(one: Broken, words: Words) -> str:
    item, reader, user = words.value(one.item), one.read.user, one.user
    if one.guarantee is Guarantee.READ_YOUR_WRITES:
        return f"{reader} does not find {item}, which {reader} added before"
    if one.guarantee is Guarantee.MONOTONIC_READS:
        return f"{reader} had already seen {item}, and now it is gone"
    shows = f"{reader} sees {words.value(one.after.value if one.after else None)} without {item}"
    if one.guarantee is Guarantee.MONOTONIC_WRITES:
        return f"{shows}, which {user} had added first"
    return f"{shows}, which {user} had seen when adding it"
