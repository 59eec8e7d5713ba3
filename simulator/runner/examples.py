"""From candidates to examples: each anomaly of each key once, in its shortest order, replayed before it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from simulator.checkers.finding import Anomaly, Finding
from simulator.checkers.meaning import Meaning, meaning
from simulator.events import RequestSent, ResponseReceived
from simulator.history.operation import Value
from simulator.recorder import Sink
from simulator.result import Example, ShownStep
from simulator.runner.found import Candidate
from simulator.runner.play import RELOAD_SWEEP, STORY, SWEEP, Extent
from simulator.runner.shown import shown_steps
from simulator.runner.trials import Trial, Trials
from simulator.runner.watching import Watching
from simulator.story.schedule import Lifecycle, LoadMode, Schedule, Turn
from simulator.story.tokens import show

_PHASES = (STORY, SWEEP, RELOAD_SWEEP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """An example with the replay that proves it: `finding` has its tokens, `watching` what the workers held."""

    example: Example
    finding: Finding
    trial: Trial
    schedule: Schedule
    extent: Extent
    watching: Watching


Explain = Callable[[Proof], Example]
"""Adds to an example what is behind it (`explore.blame`)."""


def examples(candidates: Iterable[Candidate], player: Trials, explain: Explain | None = None) -> tuple[Example, ...]:
    """One example for each anomaly of each key, the easiest to follow."""
    best: dict[tuple[str, str], Candidate] = {}
    for one in candidates:
        name = (one.finding.name.value, one.finding.key)
        if name not in best or _effort(one) < _effort(best[name]):
            best[name] = one
    chosen = sorted(best.values(), key=lambda one: (one.finding.name is not Anomaly.LOST_WRITE, one.finding.code))
    return tuple(prove(one, player, explain) for one in chosen)


def _effort(one: Candidate) -> tuple[int, int, int, int, bool, int]:
    """How much a person has to follow: looks after the story, events, steps, workers, an uncommon way to load."""
    turns = one.schedule.turns
    return (
        _PHASES.index(one.phase),
        sum(isinstance(turn, Lifecycle) for turn in turns),
        one.finding.step,
        one.schedule.workers,
        one.schedule.load is LoadMode.PER_WORKER,
        sum(isinstance(turn, Turn) and turn.worker is not None for turn in turns),
    )


def prove(one: Candidate, player: Trials, explain: Explain | None = None) -> Example:
    """Play the candidate's schedule again and show what came, and what is behind it."""
    watching = Watching(player.stage.launcher)
    proof = _proof(one, player, watching, watcher=watching if explain is not None else None)
    example = explain(proof) if explain is not None else proof.example
    return replace(example, finding=_labelled(example.finding, proof.trial.history.labels))


def _proof(one: Candidate, player: Trials, watching: Watching, watcher: Sink | None) -> Proof:
    if one.against is not None:
        return _prove_difference(one, one.against, player, watching, watcher)
    in_story = one.phase == STORY
    extent = Extent(to_the_end=not in_story, sweep=not in_story, reload=one.phase == RELOAD_SWEEP)
    schedule = one.schedule
    if one.phase == RELOAD_SWEEP:  # the reload that follows the story is the extent's
        schedule = replace(schedule, turns=_without_last_event(schedule.turns))
    again = player.one(schedule, extent, watcher=watcher)
    same = [finding for finding in again.judgement.findings if _is_same(finding, one, again)]
    finding = same[0] if same else one.finding
    example = Example(
        finding=finding,
        order=again.played.order,
        steps=_rows(again, same or [finding]),
        proven=bool(same),
        load=schedule.load,
    )
    return Proof(example=example, finding=finding, trial=again, schedule=schedule, extent=extent, watching=watching)


def _prove_difference(
    one: Candidate, against: Schedule, player: Trials, watching: Watching, watcher: Sink | None
) -> Proof:
    """Play both schedules; the last answers must differ."""
    extent = Extent(to_the_end=False, sweep=False, reload=False)
    other = player.one(against, extent)
    again = player.one(one.schedule, extent, watcher=watcher)
    step = len(one.schedule.turns)
    wanted, got = _answer(other, len(against.turns)), _answer(again, step)
    finding = replace(
        one.finding,
        step=step,
        worker=_worker(again, step),
    )
    example = Example(
        finding=finding,
        order=again.played.order,
        steps=_rows(again, [finding]),
        proven=wanted is not None and got is not None and wanted != got,
        load=one.schedule.load,
    )
    return Proof(example=example, finding=finding, trial=again, schedule=one.schedule, extent=extent, watching=watching)


def _labelled(finding: Finding, labels: Mapping[str, str]) -> Finding:
    """With labels instead of tokens, as everything that reports show."""

    def named(value: Value) -> Value:
        if isinstance(value, tuple):
            return tuple(show(one, labels) for one in value)
        return show(value, labels) if isinstance(value, str) else value

    return replace(
        finding,
        expected=named(finding.expected),
        got=named(finding.got),
        why=show(finding.why, labels),
        sub_kind=show(finding.sub_kind, labels),
        experience=show(finding.experience, labels),
    )


def _answer(trial: Trial, step: int) -> Meaning | None:
    for event in trial.played.events:
        if isinstance(event, ResponseReceived) and event.step == step:
            headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in event.headers]
            return meaning(event.status, headers, event.body)
    return None


def _worker(trial: Trial, step: int) -> int | None:
    return next(
        (event.worker for event in trial.played.events if isinstance(event, RequestSent) and event.step == step), None
    )


def _without_last_event(turns: tuple[Turn | Lifecycle, ...]) -> tuple[Turn | Lifecycle, ...]:
    return turns[:-1] if turns and isinstance(turns[-1], Lifecycle) else turns


def _is_same(finding: Finding, one: Candidate, trial: Trial) -> bool:
    wanted = one.finding
    if (finding.name, finding.key) != (wanted.name, wanted.key) or trial.phase_of(finding) != one.phase:
        return False
    return one.phase != STORY or (finding.step, finding.user) == (wanted.step, wanted.user)


def _rows(trial: Trial, findings: list[Finding]) -> tuple[ShownStep, ...]:
    """The story's steps; of the looks after it only the marked one, and the reload before it."""
    rows = shown_steps(trial.played.events, labels=trial.history.labels, findings=findings[:1])
    marked = findings[0].step
    return tuple(row for row in rows if (row.phase == STORY or row.number == marked) and row.number <= marked)
