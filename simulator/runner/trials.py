"""Every order of a story with a number of workers, each played for real and judged.

Rule: within the budget all orders are run, each once; beyond it a seeded sample is, and the claim says so.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from random import Random
from typing import Protocol

from simulator.checkers.finding import Finding, Judgement
from simulator.checkers.judge import judge, sum_up
from simulator.events import Event, RequestFailed, RequestSent, ResponseReceived
from simulator.history.from_events import histories
from simulator.history.operation import History
from simulator.recorder import Sink, Tee
from simulator.runner.cases import Case
from simulator.runner.found import Candidate, Counts, Found
from simulator.runner.plan import Way
from simulator.runner.play import RELOAD_SWEEP, STORY, SWEEP, Extent, Play, Played
from simulator.runner.stage import Stage
from simulator.story.orders import Orders, Walk
from simulator.story.scenario import Server
from simulator.story.schedule import Schedule, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One order of one case, played and judged. `phases` maps steps to the phase in which they were taken."""

    case: Case
    played: Played
    history: History
    judgement: Judgement

    @property
    def is_cut_off(self) -> bool:
        """Did a request have no answer, or a program stop? What follows says little then, and may take long."""
        failed = (event for event in self.played.events if isinstance(event, RequestFailed))
        return bool(self.played.stopped) or any(event.reason != "refused" for event in failed)

    @property
    def is_answered(self) -> bool:
        """Was any answer a page that somebody wanted?"""
        return any(isinstance(event, ResponseReceived) and event.status < 400 for event in self.played.events)

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


STORY_ONLY = (STORY,)
ALL_PHASES = (STORY, SWEEP, RELOAD_SWEEP)
BATCH = 1_000
"""How many schedules are laid out at a time."""


class Helpers(Protocol):
    """Others who play orders (`explore.shares`)."""

    def trials(
        self, stage: Stage, schedules: Sequence[Schedule], extent: Extent, *, first: Trial, run: int, each_s: float
    ) -> Iterator[Trial]:
        """Trials of the first of `schedules`, as playing them here would have given; of none where nobody helps."""


class Trials:
    """Plays orders on `stage`, many of them with `helpers`; `tick` is told after each. `runs` counts them, and those
    that had `begun` before.
    """

    def __init__(
        self,
        stage: Stage,
        *,
        sink: Sink | None,
        tick: Callable[[], None],
        helpers: Helpers | None = None,
        begun: int = 0,
    ) -> None:
        self._stage = stage
        self._sink = sink
        self._tick = tick
        self._helpers = helpers
        self.runs = begun
        self.trials: tuple[Trial, ...] = ()

    @property
    def stage(self) -> Stage:
        """Where all this is played."""
        return self._stage

    def one(
        self,
        schedule: Schedule,
        extent: Extent | None = None,
        *,
        server: Server | None = None,
        watcher: Sink | None = None,
        is_recorded: bool = True,
    ) -> Trial:
        """Play and judge one schedule, with our workers or a development `server`; `watcher` is told its events.

        Workers that are watched are asked between requests, so these go the direct way. A run that is not recorded is
        a mere attempt: nobody is shown it.
        """
        self.runs += 1
        sinks = [sink for sink in (watcher, self._sink if is_recorded else None) if sink is not None]
        sink = Tee(*sinks) if sinks else None
        way: Way | None = "direct" if watcher is not None else None
        play = Play(self._stage, schedule, run=self.runs, sink=sink, extent=extent, server=server, way=way)
        played = play.perform()
        history = next(iter(histories(played.events)))
        self._tick()
        case = Case(workers=schedule.workers, load=schedule.load)
        return Trial(case=case, played=played, history=history, judgement=judge(history, workers=()))

    def first(self, case: Case) -> Trial:
        """The first order of `case`, to the end and with looks at its outcome, but without a reload."""
        return self.keep(self.one(self._schedule(case, ()), Extent(reload=False)))

    def keep(self, trial: Trial) -> Trial:
        """Remember the trial among those that the result shows."""
        self.trials += (trial,)
        return trial

    def only(self, trial: Trial) -> Found:
        """What one order says, and nothing else."""
        count = len(trial.played.movers)
        return Found(
            case=trial.case,
            story=counts((trial,), STORY_ONLY),
            after=counts((trial,), ALL_PHASES),
            candidates=tuple(_candidates((trial,))),
            judgement=trial.judgement,
            total=None,
            is_complete=False,
            claim=f"one order of {count} step{'s' if count != 1 else ''}: {trial.played.order}",
        )

    def all(self, case: Case) -> Found:
        """All orders of `case`, or as many as the plan's budget allows; no more once a request had no answer."""
        plan = self._stage.plan
        extent = Extent(reload=plan.reload)
        began_s = time.monotonic()
        first = self.one(self._schedule(case, ()), extent)
        each_s = time.monotonic() - began_s
        steps = plan.story.steps
        is_static = steps is not None and len(first.played.movers) == sum(steps.values())
        if steps is not None and is_static:
            orders = Orders(steps, plan.story.needs)
            trials = tuple(self._known(case, orders, first, extent, each_s))
            return self._found(case, trials, orders.total, len(trials) == orders.total)
        trials, is_complete = self._walked(case, first, extent)
        return self._found(case, trials, len(trials) if is_complete else None, is_complete)

    def _found(self, case: Case, trials: tuple[Trial, ...], total: int | None, is_complete: bool) -> Found:
        self.trials += trials
        return Found(
            case=case,
            story=counts(trials, STORY_ONLY),
            after=counts(trials, ALL_PHASES),
            candidates=tuple(_candidates(trials)),
            judgement=sum_up((trial.judgement for trial in trials), range(1, case.workers + 1)),
            total=total,
            is_complete=is_complete,
            claim=self._claim(trials, total, is_complete),
        )

    def _claim(self, trials: tuple[Trial, ...], total: int | None, is_complete: bool) -> str:
        count, steps = len(trials), len(trials[0].played.movers)
        requests = f"{steps} step{'s' if steps != 1 else ''}"
        if is_complete:
            return f"all {count:,} orders of {requests}" if count > 1 else f"the one order of {requests}"
        of = f"of {total:,} orders" if total else "orders"
        return f"{count:,} {of} of {requests} were tried (seed {self._stage.plan.seed})"

    def _known(self, case: Case, orders: Orders, first: Trial, extent: Extent, each_s: float) -> Iterator[Trial]:
        """The orders of a story whose steps are known; the first is played already, and took `each_s`."""
        budget = self._stage.plan.orders
        yield first
        if first.is_cut_off:
            return
        chosen = orders if budget is None else orders.sample(budget, Random(self._stage.plan.seed))
        others = (self._schedule(case, order) for order in chosen if order != first.played.movers)
        left = islice(others, None if budget is None else budget - 1)
        while batch := tuple(islice(left, BATCH)):
            for trial in self._batch(batch, extent, first, each_s):
                yield trial
                if trial.is_cut_off:
                    return

    def _told(self, trial: Trial) -> Trial:
        """A trial by somebody else, as if it had been played here."""
        self.runs += 1
        if self._sink is not None:
            for event in trial.played.events:
                self._sink.emit(event)
        self._tick()
        return trial

    def _batch(self, batch: tuple[Schedule, ...], extent: Extent, first: Trial, each_s: float) -> Iterator[Trial]:
        """All of these, by helpers as far as they come."""
        done = 0
        if self._helpers is not None:
            helped = self._helpers.trials(self._stage, batch, extent, first=first, run=self.runs + 1, each_s=each_s)
            for trial in helped:
                done += 1
                yield self._told(trial)
        yield from (self.one(schedule, extent) for schedule in batch[done:])

    def _walked(self, case: Case, first: Trial, extent: Extent) -> tuple[tuple[Trial, ...], bool]:
        """The orders of a story whose steps only a run can tell."""
        walk, budget = Walk(), self._stage.plan.orders
        chance = Random(self._stage.plan.seed)
        walk.next_prefix()
        walk.ran(first.played.movers, first.played.could_move)
        trials = [first]
        while (budget is None or len(trials) < budget) and not trials[-1].is_cut_off:
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


def counts(trials: Sequence[Trial], phases: tuple[str, ...]) -> Counts:
    """How many of the trials show what in these phases."""
    shown = [trial.names(phases) for trial in trials]
    names = sorted(set().union(*shown))
    failed = {name: sum(name in one for one in shown) for name in names}
    return Counts(run=len(trials), failed=failed, any_failed=sum(map(bool, shown)))


def _candidates(trials: Sequence[Trial]) -> Iterator[Candidate]:
    """What each trial found; in the story, up to the marked answer."""
    for trial in trials:
        for finding in trial.judgement.findings:
            phase = trial.phase_of(finding)
            schedule = trial.played.schedule
            if phase == STORY:
                schedule = replace(schedule, turns=schedule.turns[: finding.step])
            yield Candidate(schedule=schedule, finding=finding, phase=phase, tell=partial(_events, trial))


def _events(trial: Trial) -> Sequence[Event]:
    return trial.played.events
