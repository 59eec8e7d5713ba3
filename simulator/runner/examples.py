"""From candidates to examples: each anomaly of each key once, in its shortest order, replayed before it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from simulator.checkers.finding import Anomaly, Finding
from simulator.errors import OrderError
from simulator.events import Event
from simulator.history.from_events import history
from simulator.history.operation import Value
from simulator.result import Example, ShownStep
from simulator.runner.again import play_again
from simulator.runner.found import Candidate
from simulator.runner.play import RELOAD_SWEEP, STORY, SWEEP, Extent
from simulator.runner.shorter import shorter
from simulator.runner.shown import shown_steps
from simulator.runner.trials import Trial, Trials
from simulator.runner.watching import Watching
from simulator.story.order_token import format_order
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


def examples(candidates: Iterable[Candidate], player: Trials, explain: Explain | None = None) -> Iterator[Example]:
    """One example for each that is `chosen`, as each of them is proven."""
    ready = chosen(candidates)
    if player.stage.plan.order is None:  # an order that was asked for is shown as it is
        ready = [shorter(one, player) for one in ready]
    for one in ready:
        yield prove(one, player, explain)


def chosen(candidates: Iterable[Candidate]) -> list[Candidate]:
    """For each anomaly of each key the easiest to follow."""
    best: dict[tuple[str, str], Candidate] = {}
    for one in candidates:
        name = (one.finding.name.value, one.finding.key)
        if name not in best or _effort(one) < _effort(best[name]):
            best[name] = one
    return sorted(best.values(), key=lambda one: (one.finding.name is not Anomaly.LOST_WRITE, one.finding.code))


def unproven(one: Candidate, letters: Mapping[str, str]) -> Example:
    """The candidate as it was found, for whom there is no time to play it again. `letters` are the story's."""
    events = one.tell()
    labels = history(events).labels if events else {}
    return Example(
        finding=_labelled(one.finding, labels),
        order=format_order(one.schedule, letters),
        steps=_rows(events, labels, one.finding),
        proven=False,
        load=one.schedule.load,
        is_replayed=False,
    )


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
    proof = _proven(one, player) if explain is not None else _proof(one, player)
    example = explain(proof) if explain is not None else proof.example
    return replace(example, finding=_labelled(example.finding, proof.trial.history.labels))


def _proven(one: Candidate, player: Trials) -> Proof:
    """With what the workers held and which lines ran; in one more replay, where the proof goes another way than that.

    A replay with lines may fail because they take so long.
    """
    watching = Watching(player.stage.launcher, has_lines=True)
    if player.stage.plan.way != "direct":
        proof = _proof(one, player, watching, is_watched=False)
        with suppress(OrderError):
            play_again(one, player, watcher=watching, is_recorded=False)
        return proof
    with suppress(OrderError):
        proof = _proof(one, player, watching)
        if proof.example.proven:
            return proof
    return _proof(one, player, Watching(player.stage.launcher))


def _proof(one: Candidate, player: Trials, watching: Watching | None = None, *, is_watched: bool = True) -> Proof:
    again = play_again(one, player, watcher=watching if is_watched else None)
    finding = again.same[0] if again.same else one.finding
    example = Example(
        finding=finding,
        order=again.trial.played.order,
        steps=_rows(again.trial.played.events, again.trial.history.labels, finding),
        proven=bool(again.same),
        load=one.schedule.load,
    )
    return Proof(
        example=example,
        finding=finding,
        trial=again.trial,
        schedule=again.schedule,
        extent=again.extent,
        watching=watching or Watching(player.stage.launcher),
    )


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


def _rows(events: Sequence[Event], labels: Mapping[str, str], finding: Finding) -> tuple[ShownStep, ...]:
    """The story's steps; of the looks after it only the marked one, and the reload before it."""
    rows = shown_steps(events, labels=labels, findings=[finding])
    marked = finding.step
    return tuple(row for row in rows if (row.phase == STORY or row.number == marked) and row.number <= marked)
