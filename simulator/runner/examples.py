"""From trials to examples: each anomaly once, in its shortest order, replayed before it is shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from simulator.checkers.finding import Finding
from simulator.result import Example, ShownStep
from simulator.runner.play import RELOAD_SWEEP, STORY, SWEEP, Extent
from simulator.runner.shown import shown_steps
from simulator.runner.trials import Trial, Trials
from simulator.story.schedule import Schedule

_PHASES = (STORY, SWEEP, RELOAD_SWEEP)


def examples(trials: Sequence[Trial], player: Trials) -> tuple[Example, ...]:
    """One example for each anomaly of each key, the easiest to follow first found."""
    best: dict[tuple[str, str], tuple[Trial, Finding]] = {}
    for trial in trials:
        for finding in trial.judgement.findings:
            name = (finding.name.value, finding.key)
            if name not in best or _effort(trial, finding) < _effort(*best[name]):
                best[name] = (trial, finding)
    chosen = sorted(best.values(), key=lambda one: (one[1].code != "W002", one[1].code))
    return tuple(_proven(trial, finding, player) for trial, finding in chosen)


def _effort(trial: Trial, finding: Finding) -> tuple[int, int, int, bool, str]:
    """How much a person has to follow: phases, steps, workers, and a load mode that is less common."""
    phase = _PHASES.index(trial.phase_of(finding))
    return (phase, finding.step, trial.case.workers, trial.case.load == "per-worker", trial.played.order)


def _proven(trial: Trial, finding: Finding, player: Trials) -> Example:
    """The shortest schedule that shows `finding`, played again."""
    schedule, extent = _shortest(trial, finding)
    again = player.one(schedule, extent)
    same = [one for one in again.judgement.findings if _is_same(one, finding)]
    return Example(
        finding=finding,
        order=again.played.order,
        steps=_rows(again, same or [finding], finding),
        proven=bool(same),
        load=trial.case.load,
    )


def _shortest(trial: Trial, finding: Finding) -> tuple[Schedule, Extent]:
    """Up to the marked answer, if the story itself came that far; else the whole run with its looks."""
    phase = trial.phase_of(finding)
    schedule = trial.played.schedule
    if phase == STORY:
        cut = replace(schedule, turns=schedule.turns[: finding.step])
        return cut, Extent(to_the_end=False, sweep=False, reload=False)
    return schedule, Extent(reload=phase == RELOAD_SWEEP)


def _is_same(one: Finding, other: Finding) -> bool:
    return (one.name, one.key, one.step, one.user) == (other.name, other.key, other.step, other.user)


def _rows(trial: Trial, findings: Iterable[Finding], finding: Finding) -> tuple[ShownStep, ...]:
    """The story's steps; of the looks after it only the marked one."""
    rows = shown_steps(trial.played.events, labels=trial.history.labels, findings=findings)
    return tuple(row for row in rows if row.phase == STORY or row.number == finding.step)
