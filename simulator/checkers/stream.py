"""Judging a file as it is read: operations one by one, in order of their beginning, in bounded memory per key.

Rule: an operation is judged once everything that can overlap it has been read; then what is certainly over is
forgotten (`forget`). What is kept grows with what is still there (items not yet removed, tokens of private
keys: a leak may come at any time), not with the number of requests.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from simulator.checkers import coverage, leaks
from simulator.checkers.finding import Coverage, Finding, Judgement
from simulator.checkers.forget import RECENT, rebuilt, remainder
from simulator.checkers.judge import Causes, causes_of, find, judged
from simulator.checkers.rules import decide, needs_search, whose
from simulator.checkers.search import BUDGET
from simulator.checkers.variable import SOURCES, Origins, Variable, VariableId, note_origin, split, variable_id
from simulator.checkers.words import Words
from simulator.history.operation import Answer, History, Kind, Load, Operation, Outcome
from simulator.story.keys import Key

SEGMENT = 5_000
"""So many operations of one variable are read before they are judged and forgotten."""

SAMPLE = 2_000
"""So many first operations of each key are kept to look for the cause."""


@dataclass(slots=True)
class _Open:
    """One variable: what stands for its past (`known`), and what was read since."""

    known: Variable
    fresh: list[Operation] = field(default_factory=list)
    limit: int = SEGMENT
    covered: Coverage | None = None


class Stream:
    """Takes operations and answers in order of their beginning; `close` says what they amount to."""

    def __init__(self, keys: Mapping[str, Key], *, segment: int = SEGMENT, recent: int = RECENT) -> None:
        self.labels: dict[str, str] = {}
        self.loads: dict[int, Load] = {}
        self._keys = dict(keys)
        self._segment, self._recent = segment, recent
        self._words = Words(labels=self.labels)
        self._first: dict[str, VariableId] = {}
        self._more: dict[str, frozenset[VariableId]] = {}
        self._origins = Origins(first=self._first, more=self._more)
        self._open: dict[VariableId, _Open] = {}
        self._touched = coverage.Touched()
        self._audience = leaks.Audience()
        self._waiting: deque[Answer] = deque()
        self._leaked: set[tuple[str, str]] = set()
        self._found: dict[tuple[object, ...], Finding] = {}
        self._undecided: dict[str, None] = {}
        self._samples: dict[str, list[Operation]] = {name: [] for name in keys}
        self._workers: set[int] = set()

    def take(self, entry: Operation | Answer) -> None:
        """One operation or answer; none may begin before the one taken last."""
        self._release(entry.began)
        if isinstance(entry, Answer):
            self._wait(entry)
            return
        key = self._keys[entry.key]
        home = variable_id(key, entry)
        self._note(entry, key, home)
        if entry.kind is not Kind.SHARE and entry.outcome is not Outcome.FAIL:
            one = self._open.get(home) or self._new(home, key)
            if entry.kind is not Kind.READ or entry.outcome is Outcome.OK:
                one.fresh.append(entry)
            if len(one.fresh) >= one.limit:
                self._settle(one, entry.began)

    @property
    def kept(self) -> int:
        """How many operations are remembered at this moment."""
        return sum(len(one.known.reads) + len(one.known.changes) + len(one.fresh) for one in self._open.values())

    def lose_sight(self) -> None:
        """Something could not be read here: from now on every key may have been changed by somebody unseen."""
        for one in self._open.values():
            self._settle(one, max((op.began for op in one.fresh), default=-math.inf))
            one.known = replace(one.known, key=replace(one.known.key, closed=False))
        self._keys = {name: replace(key, closed=False) for name, key in self._keys.items()}

    def close(self, workers: Sequence[int] | None = None) -> Judgement:
        """The judgement of everything that was taken; `workers` as for `judge`."""
        self._release(math.inf)
        for one in self._open.values():
            self._settle(one, math.inf)
        findings = tuple(sorted(self._found.values(), key=lambda finding: finding.step))
        covered = [one.covered for one in self._open.values() if one.covered is not None]
        known = {one.key for one in covered}
        covered += [Coverage(key=name, of=None) for name in self._keys if name not in known]
        numbers = tuple(sorted(self._workers)) if workers is None else workers
        return replace(judged(findings, tuple(self._undecided), covered, numbers), **self._causes(findings, numbers))

    def _note(self, entry: Operation, key: Key, home: VariableId) -> None:
        """What is remembered of every operation: origins and audiences of tokens, workers, the first of each key."""
        self._audience.learn(entry, key)
        if entry.kind in SOURCES and isinstance(entry.value, str) and (len(self._keys) > 1 or key.is_private):
            note_origin(self._first, self._more, entry.value, home)
        if entry.kind is not Kind.READ and entry.kind is not Kind.SHARE:
            self._touched.note(entry, home[1])
        if entry.worker is not None:
            self._workers.add(entry.worker[0])
        if len(self._samples[entry.key]) < SAMPLE:
            self._samples[entry.key].append(entry)
        for answer in leaks.told_by((entry,)):
            self._wait(answer)

    def _wait(self, answer: Answer) -> None:
        """Answers are looked at when all shares that were sent by their end have been read."""
        for token in answer.sent:
            self._audience.allow(token, answer.user, answer.began)
        if answer.shown:
            self._waiting.append(answer)

    def _release(self, now: float) -> None:
        while self._waiting and self._waiting[0].ended < now:
            for finding in leaks.leaks_in(self._waiting.popleft(), self._audience, self._leaked, self._words):
                self._say(finding)

    def _new(self, home: VariableId, key: Key) -> _Open:
        known = Variable(key=key, of=home[1], reads=(), changes=(), loads=self.loads, origins=self._origins)
        self._open[home] = _Open(known=known, limit=self._segment)
        return self._open[home]

    def _settle(self, one: _Open, now: float) -> None:
        """Judge the reads that ended before `now`: all changes that can explain them are known. Then forget."""
        reads = tuple(op for op in one.fresh if op.kind is Kind.READ and op.ended < now)
        changes = tuple(op for op in one.fresh if op.kind is not Kind.READ)
        running = [op for op in one.fresh if op.kind is Kind.READ and op.ended >= now]
        whole = rebuilt(one.known, one.known.reads + reads, one.known.changes + changes)
        decided = decide(whole, self._words, BUDGET)
        for finding in decided.findings:
            self._say(finding)
        if decided.open:
            self._undecided.setdefault(decided.open)
        self._cover(one, replace(whole, reads=reads), len(changes))
        if now < math.inf and needs_search(whole) and whole.key.closed:
            self._undecided.setdefault(f"{whose(whole)}: its values repeat, too long to look for one order of all")
        if now < math.inf:
            one.known = remainder(whole, min((op.began for op in running), default=now), self._recent)
        one.fresh, one.limit = running, self._segment + len(running)

    def _cover(self, one: _Open, seen: Variable, changes: int) -> None:
        new = replace(coverage.of_one(seen, self._touched), writes=changes)
        one.covered = new if one.covered is None else next(iter(coverage.combine((one.covered, new))))

    def _say(self, finding: Finding) -> None:
        marked = finding.witnesses[-1].began if finding.witnesses else None
        got = finding.got if isinstance(finding.got, str) else None
        name = (finding.name, finding.key, finding.owner, finding.user, finding.step, finding.expected, got, marked)
        self._found.setdefault(name, finding)

    def _causes(self, findings: Sequence[Finding], workers: Sequence[int]) -> Causes:
        """From the first operations of each key, where they are all there are or show the problem too."""
        sample = History(
            keys=self._keys,
            operations=tuple(sorted(chain.from_iterable(self._samples.values()), key=lambda op: op.began)),
            loads=self.loads,
            workers=max(workers, default=0),
        )
        whole = {name for name, operations in self._samples.items() if len(operations) < SAMPLE}
        telling = whole | ({f.key for f in find(sample)} if len(whole) < len(self._keys) else set())
        return causes_of(sample, tuple(split(sample)), [f for f in findings if f.key in telling])
