"""From a recorded file to a result: the same checkers as in a run, without any process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import NamedTuple

from simulator.checkers.finding import Finding, Judgement, Verdict
from simulator.checkers.judge import judge, sum_up
from simulator.events import Event, LifecycleChanged, OutsideChanged, RequestSent, RunStarted
from simulator.history.from_events import histories
from simulator.history.operation import WORLD
from simulator.history.record import Record
from simulator.result import Example, Orders, Result, Row, Tried, Unknown
from simulator.runner.play import STORY
from simulator.runner.shown import shown_steps
from simulator.story.order_token import format_order, parse_order
from simulator.story.schedule import Action, Lifecycle, Turn
from simulator.story.story import letters

MOST_REASONS = 3


class _Case(NamedTuple):
    """How the application was served; `is_elsewhere`: not by our workers, but by a server of its own."""

    workers: int
    load: str
    is_elsewhere: bool

    @property
    def label(self) -> str:
        if self.is_elsewhere:
            return "a server of its own"
        count = f"{self.workers} worker{'s' if self.workers != 1 else ''}"
        return f"{count}, per-worker" if self.load == "per-worker" else count


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """One run of the record."""

    started: RunStarted
    events: Sequence[Event]
    judgement: Judgement
    labels: Mapping[str, str]

    @property
    def case(self) -> _Case:
        return _Case(self.started.workers, self.started.load, self.started.way == "external")

    @property
    def names(self) -> frozenset[str]:
        """What the story itself showed, without the looks after it: as a run counts."""
        looks = {event.step for event in self.events if isinstance(event, RequestSent) and event.phase != STORY}
        return frozenset(str(one.name) for one in self.judgement.findings if one.step not in looks)


def result_of(record: Record, *, file: str) -> Result:
    """What the checkers say about every run in the record, as one result."""
    judged = [_judged(events) for events in _runs(record.events)]
    cases = {case: [one for one in judged if one.case == case] for case in dict.fromkeys(one.case for one in judged)}
    unknowns = tuple(chain.from_iterable(_unknowns(case, ones) for case, ones in cases.items()))
    if not judged:
        unknowns = (Unknown(what=f"{file} holds no run, so nothing was checked"),)
    found = tuple(_examples(judged))
    last = judged[-1].started if judged else None
    return Result(
        app=record.header.app,
        title=f"from {file}",
        workers=max((one.started.workers for one in judged), default=record.header.workers),
        load=record.header.load,
        users=last.users if last else (),
        verdict=Verdict.PROBLEM if found else Verdict.UNKNOWN if unknowns else Verdict.OK,
        orders=_orders(judged),
        rows=tuple(_rows(cases)),
        examples=found,
        unknowns=() if found else unknowns,
        notes=("The record ends in the middle of a line: it was not finished.",) if record.cut else (),
        tried=tuple(_tried(one) for one in judged),
        record=file,
    )


def _runs(events: Iterable[Event]) -> Iterator[list[Event]]:
    """The events of each run; what comes before the first run belongs to none."""
    run: list[Event] | None = None
    for event in events:
        if isinstance(event, RunStarted):
            if run is not None:
                yield run
            run = []
        if run is not None:
            run.append(event)
    if run is not None:
        yield run


def _judged(events: Sequence[Event]) -> _Judged:
    (history,) = histories(events)
    started = events[0]
    assert isinstance(started, RunStarted), "a run begins with its start"
    return _Judged(started=started, events=events, judgement=judge(history, workers=()), labels=history.labels)


def _examples(judged: Sequence[_Judged]) -> Iterator[Example]:
    """Each anomaly of each key once, where it takes the fewest steps."""
    best: dict[tuple[str, str], tuple[_Judged, Finding]] = {}
    for one in judged:
        for finding in one.judgement.findings:
            name = (str(finding.name), finding.key)
            if name not in best or _effort(one, finding) < _effort(*best[name]):
                best[name] = (one, finding)
    for one, finding in sorted(best.values(), key=lambda entry: entry[1].code):
        same = [other for other in one.judgement.findings if (other.name, other.step) == (finding.name, finding.step)]
        rows = shown_steps(one.events, labels=one.labels, findings=same)
        steps = tuple(row for row in rows if row.number <= finding.step and (row.phase == STORY or row.mark))
        yield Example(finding=finding, order=_order(one, finding), steps=steps, proven=True, load=one.started.load)


def _effort(one: _Judged, finding: Finding) -> tuple[bool, int, int, int]:
    """How much a person has to follow: what the story shows itself before what only looks after it show."""
    return str(finding.name) not in one.names, finding.step, one.started.workers, one.started.run


def _order(one: _Judged, finding: Finding) -> str:
    """The order token up to the marked answer. A run's own token names only the turns that it was told to take."""
    by_letter = letters(one.started.users)
    schedule = parse_order(one.started.order, by_letter)
    taken = [turn for step, turn in _turns(one.events) if step <= finding.step]
    told = schedule.turns[: len(taken)]
    return format_order(replace(schedule, turns=(*told, *taken[len(told) :])), by_letter)


def _turns(events: Iterable[Event]) -> Iterator[tuple[int, Turn | Lifecycle]]:
    """Whose turn it was, by step, until the looks after the story."""
    for event in events:
        match event:
            case RequestSent() if event.phase != STORY:
                return
            case RequestSent():
                yield event.step, Turn(user=event.user)
            case OutsideChanged():
                yield event.step, Turn(user=WORLD)
            case LifecycleChanged():
                yield event.step, Lifecycle(action=Action(event.action), worker=event.worker)


def _rows(cases: Mapping[_Case, Sequence[_Judged]]) -> Iterator[Row]:
    names = sorted({name for ones in cases.values() for one in ones for name in one.names})
    for case, ones in cases.items():
        failed = {name: sum(name in one.names for one in ones) for name in names}
        yield Row(label=case.label, workers=case.workers, load=case.load, run=len(ones), failed=failed)


def _orders(judged: Sequence[_Judged]) -> Orders:
    failed = sum(bool(one.judgement.findings) for one in judged)
    claim = f"{len(judged):,} recorded run{'s' if len(judged) != 1 else ''}"
    return Orders(run=len(judged), failed=failed, total=None, complete=False, claim=claim)


def _tried(one: _Judged) -> Tried:
    names = tuple(sorted(one.names))
    return Tried(order=one.started.order, verdict=Verdict.PROBLEM if names else one.judgement.verdict, names=names)


def _unknowns(case: _Case, judged: Sequence[_Judged]) -> Iterator[Unknown]:
    """What the runs of one case did not exercise together."""
    judgement = sum_up((one.judgement for one in judged), () if case.is_elsewhere else range(1, case.workers + 1))
    if judgement.verdict is Verdict.UNKNOWN:
        reasons = judgement.missing or ("the story declares nothing that is read",)
        yield Unknown(what=f"{case.label}: not enough was looked at", why=reasons[:MOST_REASONS])
