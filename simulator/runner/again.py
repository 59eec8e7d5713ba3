"""A candidate played once more: does the same come again?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from simulator.checkers.compared import compared
from simulator.checkers.finding import Anomaly, Finding
from simulator.checkers.masks import masked
from simulator.checkers.meaning import Meaning, meaning
from simulator.events import RequestSent, ResponseReceived
from simulator.recorder import Sink
from simulator.runner.found import Candidate
from simulator.runner.play import RELOAD_SWEEP, STORY, Extent
from simulator.runner.trials import Trial, Trials
from simulator.story.schedule import Lifecycle, Schedule, Turn

Answered: TypeAlias = tuple[RequestSent, Meaning]
"""A request with what its answer means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """The run, the findings that are the candidate's (none: it did not come again), and what was compared with."""

    trial: Trial
    schedule: Schedule
    extent: Extent
    same: tuple[Finding, ...]
    other: Trial | None = None


def play_again(one: Candidate, player: Trials, *, watcher: Sink | None = None, is_recorded: bool = True) -> Again:
    """Play the candidate's schedule, and the one it is compared with. Raises AppError, StoreError and OrderError."""
    extent = extent_of(one)
    schedule = one.schedule
    if one.phase == RELOAD_SWEEP:  # the reload that follows the story is the extent's
        schedule = replace(schedule, turns=_without_last_event(schedule.turns))
    if one.against is None:
        trial = player.one(schedule, extent, watcher=watcher, is_recorded=is_recorded)
        same = tuple(finding for finding in trial.judgement.findings if _is_same(finding, one, trial))
        return Again(trial=trial, schedule=schedule, extent=extent, same=same)
    twins = [player.one(each, extent, is_recorded=False) for each in (one.against, schedule) if one.is_noisy]
    other = player.one(one.against, extent, is_recorded=is_recorded)
    trial = player.one(schedule, extent, watcher=watcher, is_recorded=is_recorded)
    found = _difference(one, answers(other, *twins[:1]), answers(trial, *twins[1:]))
    same = () if found is None else (found,)
    return Again(trial=trial, schedule=schedule, extent=extent, same=same, other=other)


def extent_of(one: Candidate) -> Extent:
    """How far a run has to go until the candidate's finding shows."""
    in_story = one.phase == STORY
    return Extent(to_the_end=not in_story, sweep=not in_story, reload=one.phase == RELOAD_SWEEP)


def _without_last_event(turns: tuple[Turn | Lifecycle, ...]) -> tuple[Turn | Lifecycle, ...]:
    return turns[:-1] if turns and isinstance(turns[-1], Lifecycle) else turns


def _is_same(finding: Finding, one: Candidate, trial: Trial) -> bool:
    wanted = one.finding
    if (finding.name, finding.key) != (wanted.name, wanted.key) or trial.phase_of(finding) != one.phase:
        return False
    return one.phase != STORY or (finding.step, finding.user) == (wanted.step, wanted.user)


def _difference(one: Candidate, other: Sequence[Answered], trial: Sequence[Answered]) -> Finding | None:
    """In what the last answers of two runs differ, if their last steps have answers."""
    if one.against is None or not _is_whole(other, one.against) or not _is_whole(trial, one.schedule):
        return None
    return difference_at(one.finding.name, other, trial[-1])


def difference_at(name: Anomaly, other: Sequence[Answered], mine: Answered) -> Finding | None:
    """In what `mine` differs from the last of `other`, which comes after what the same request was answered before."""
    (asked, wanted), (sent, got) = other[-1], mine
    earlier = [shown for request, shown in other[:-1] if _is_repeated(request, asked)]
    found = compared(name, step=sent.step, user=sent.user, wanted=wanted, got=got, earlier=earlier)
    return None if found is None else replace(found, worker=sent.worker)


def _is_repeated(request: RequestSent, asked: RequestSent) -> bool:
    """Does `request` ask what `asked` asks?"""

    def parts(sent: RequestSent) -> tuple[object, ...]:
        return sent.method, sent.url, sent.headers, sent.body

    return parts(request) == parts(asked)


def _is_whole(answers: Sequence[Answered], schedule: Schedule) -> bool:
    return bool(answers) and answers[-1][0].step == len(schedule.turns)


def answers(trial: Trial, twin: Trial | None = None) -> list[Answered]:
    """What each request was answered, without what differs in a `twin` of the run."""
    sent = {event.step: event for event in trial.played.events if isinstance(event, RequestSent)}
    others = dict(_meanings(twin)) if twin is not None else {}
    return [(sent[step], masked(mine, others.get(step, mine))) for step, mine in _meanings(trial)]


def _meanings(trial: Trial) -> Iterator[tuple[int, Meaning]]:
    for event in trial.played.events:
        if isinstance(event, ResponseReceived):
            headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in event.headers]
            yield event.step, meaning(event.status, headers, event.body)
