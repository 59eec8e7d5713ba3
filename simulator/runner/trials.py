"""Every order of a story with a number of workers, each played for real and judged.

Rule: within the budget all orders are run, each once; beyond it a seeded sample is, and the claim says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from simulator.checkers.finding import Finding, Judgement
from simulator.checkers.judge import judge
from simulator.events import RequestSent
from simulator.history.from_events import histories
from simulator.history.operation import History
from simulator.recorder import Sink
from simulator.runner.cases import Case
from simulator.runner.play import Extent, Play, Played
from simulator.runner.stage import Stage
from simulator.story.orders import Orders, Walk
from simulator.story.schedule import Schedule, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One order of one case, played and judged. `phases` maps steps to the phase in which they were taken."""

    case: Case
    played: Played
    history: History
    judgement: Judgement

    def phase_of(self, finding: Finding) -> str:
        """The phase of the marked answer."""
        return next(
            (
                event.phase
                for event in self.played.events
                if isinstance(event, RequestSent) and event.step == finding.step
            ),
            "story",
        )

    def names(self, phases: tuple[str, ...]) -> set[str]:
        """The anomalies that showed in these phases."""
        return {finding.name.value for finding in self.judgement.findings if self.phase_of(finding) in phases}


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """How much of a case was run. `total` is None where nobody knows how many orders there are."""

    trials: tuple[Trial, ...]
    total: int | None
    is_complete: bool


class Trials:
    """Plays orders on `stage`; `tick` is told after each. `runs` counts them."""

    def __init__(self, stage: Stage, *, sink: Sink | None, tick: Callable[[], None]) -> None:
        self._stage = stage
        self._sink = sink
        self._tick = tick
        self.runs = 0

    def one(self, schedule: Schedule, extent: Extent | None = None) -> Trial:
        """Play and judge one schedule."""
        self.runs += 1
        played = Play(self._stage, schedule, run=self.runs, sink=self._sink, extent=extent).perform()
        history = next(iter(histories(played.events)))
        self._tick()
        case = Case(workers=schedule.workers, load=schedule.load)
        return Trial(case=case, played=played, history=history, judgement=judge(history, workers=()))

    def all(self, case: Case) -> Covered:
        """All orders of `case`, or as many as the plan's budget allows."""
        plan = self._stage.plan
        extent = Extent(reload=plan.reload)
        first = self.one(self._schedule(case, ()), extent)
        steps = plan.story.steps
        is_static = steps is not None and len(first.played.movers) == sum(steps.values())
        if steps is not None and is_static:
            orders = Orders(steps, plan.story.needs)
            trials = tuple(self._known(case, orders, first, extent))
            return Covered(trials=trials, total=orders.total, is_complete=len(trials) == orders.total)
        trials, is_complete = self._walked(case, first, extent)
        return Covered(trials=trials, total=len(trials) if is_complete else None, is_complete=is_complete)

    def _known(self, case: Case, orders: Orders, first: Trial, extent: Extent) -> Iterator[Trial]:
        """The orders of a story whose steps are known; the first is played already."""
        budget = self._stage.plan.orders
        yield first
        chosen = orders if budget is None else orders.sample(budget, Random(self._stage.plan.seed))
        others = (order for order in chosen if order != first.played.movers)
        for count, order in enumerate(others, start=2):
            if budget is not None and count > budget:
                return
            yield self.one(self._schedule(case, order), extent)

    def _walked(self, case: Case, first: Trial, extent: Extent) -> tuple[tuple[Trial, ...], bool]:
        """The orders of a story whose steps only a run can tell."""
        walk, budget = Walk(), self._stage.plan.orders
        chance = Random(self._stage.plan.seed)
        walk.next_prefix()
        walk.ran(first.played.movers, first.played.could_move)
        trials = [first]
        while budget is None or len(trials) < budget:
            prefix = walk.next_prefix(None if budget is None else chance)
            if prefix is None:
                return tuple(trials), True
            trial = self.one(self._schedule(case, prefix), extent)
            walk.ran(trial.played.movers, trial.played.could_move)
            trials.append(trial)
        return tuple(trials), walk.next_prefix() is None

    def _schedule(self, case: Case, order: tuple[str, ...]) -> Schedule:
        plan = self._stage.plan
        return Schedule(
            workers=case.workers,
            turns=tuple(Turn(user=user) for user in order),
            routing=plan.routing,
            load=case.load,
            seed=plan.seed,
        )
