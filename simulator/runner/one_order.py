"""One order, and nothing else: judged by what the story declares, or else compared with one worker."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from simulator.checkers.finding import Anomaly, Finding, Judgement, Verdict
from simulator.errors import OrderError
from simulator.runner.again import answers, difference_at
from simulator.runner.found import Candidate, Counts, Found
from simulator.runner.play import STORY, Extent
from simulator.runner.trials import Trial, Trials
from simulator.story.schedule import LoadMode, Schedule, Turn

_ONLY = Extent(to_the_end=False, sweep=False, reload=False)


def one_order(schedule: Schedule, player: Trials) -> Found:
    """What `schedule` shows; the story goes no further than it says. Raises AppError, StoreError and OrderError."""
    trial = player.keep(player.one(schedule, _ONLY))
    found = player.only(trial)
    if player.stage.plan.story.keys or not trial.is_answered:
        return found
    usual = _usual(schedule)
    if usual == schedule:
        return found
    try:
        candidates = tuple(_compared(schedule, usual, trial, player))
    except OrderError:  # with one worker other redirects are followed
        return found
    names = {one.finding.name.value: 1 for one in candidates}
    counts = Counts(run=1, failed=names, any_failed=min(1, len(names)))
    verdict = Judgement(verdict=Verdict.PROBLEM if candidates else Verdict.OK)
    return replace(found, story=counts, after=counts, candidates=candidates, judgement=verdict)


def _usual(schedule: Schedule) -> Schedule:
    """The same order on one worker to which nothing happens."""
    turns = tuple(replace(turn, worker=None) for turn in schedule.turns if isinstance(turn, Turn))
    return replace(schedule, workers=1, turns=turns, first=1, routing="round-robin", load=LoadMode.ONCE)


def _compared(schedule: Schedule, usual: Schedule, trial: Trial, player: Trials) -> Iterator[Candidate]:
    """The steps whose answers differ; each order is played twice, so that what nobody owns is left out."""
    name = Anomaly.WORKER_DEPENDENT if schedule.workers > 1 else Anomaly.KEPT_IN_PROCESS
    twins = [player.one(each, _ONLY, is_recorded=False) for each in (usual, usual, schedule)]
    wanted, got = answers(*twins[:2]), answers(trial, twins[2])
    for at, mine in enumerate(got[: len(wanted)]):
        finding = difference_at(name, wanted[: at + 1], mine)
        if finding is not None:
            yield _candidate(finding, schedule, usual, wanted[at][0].step)


def _candidate(finding: Finding, schedule: Schedule, usual: Schedule, step: int) -> Candidate:
    return Candidate(
        schedule=replace(schedule, turns=schedule.turns[: finding.step]),
        finding=finding,
        phase=STORY,
        against=replace(usual, turns=usual.turns[:step]),
        is_noisy=True,
    )
