"""A candidate played once more: does the same come again?"""

from __future__ import annotations

from dataclasses import dataclass, replace

from simulator.checkers.compared import compared
from simulator.checkers.finding import Finding
from simulator.checkers.meaning import Meaning, meaning
from simulator.events import RequestSent, ResponseReceived
from simulator.recorder import Sink
from simulator.runner.found import Candidate
from simulator.runner.play import RELOAD_SWEEP, STORY, Extent
from simulator.runner.trials import Trial, Trials
from simulator.story.schedule import Lifecycle, Schedule, Turn


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
    other = player.one(one.against, extent, is_recorded=is_recorded)
    trial = player.one(schedule, extent, watcher=watcher, is_recorded=is_recorded)
    found = _difference(one, other, trial)
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


def _difference(one: Candidate, other: Trial, trial: Trial) -> Finding | None:
    """In what the last answers of two runs differ."""
    wanted, got = _last_answer(other), _last_answer(trial)
    if wanted is None or got is None:
        return None
    (asked, expected), (mine, answer) = wanted, got
    earlier = [shown for request, shown in _answers(other) if _is_repeated(request, asked)]
    found = compared(
        one.finding.name, step=mine.step, user=mine.user, wanted=expected, got=answer, earlier=earlier[:-1]
    )
    return None if found is None else replace(found, worker=mine.worker)


def _is_repeated(request: RequestSent, asked: RequestSent) -> bool:
    """Does `request` ask what `asked` asks?"""

    def parts(sent: RequestSent) -> tuple[object, ...]:
        return sent.method, sent.url, sent.headers, sent.body

    return parts(request) == parts(asked)


def _last_answer(trial: Trial) -> tuple[RequestSent, Meaning] | None:
    """The answer to the last step; None where the last step had none."""
    answers = _answers(trial)
    return answers[-1] if answers and answers[-1][0].step == len(trial.played.schedule.turns) else None


def _answers(trial: Trial) -> list[tuple[RequestSent, Meaning]]:
    sent = {event.step: event for event in trial.played.events if isinstance(event, RequestSent)}
    return [
        (sent[event.step], meaning(event.status, _raw(event), event.body))
        for event in trial.played.events
        if isinstance(event, ResponseReceived)
    ]


def _raw(event: ResponseReceived) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in event.headers]
