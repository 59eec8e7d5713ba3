"""A whole plan: 1 worker against N, all orders, and what came of it as one result."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain

from simulator.checkers.finding import Verdict
from simulator.checkers.judge import sum_up
from simulator.recorder import Sink
from simulator.result import Orders, Result, Row, Shown, Tried, Unknown
from simulator.runner.cases import Case, cases
from simulator.runner.examples import examples
from simulator.runner.plan import Plan
from simulator.runner.play import RELOAD_SWEEP, STORY
from simulator.runner.shown import shown_steps
from simulator.runner.sources import sources
from simulator.runner.stage import Stage
from simulator.runner.trials import Covered, Trial, Trials
from simulator.runner.unknowns import failed_requests, nothing_read, stopped_programs
from simulator.story.schedule import LoadMode

Progress = Callable[[int, int | None], None]
"""Told how many runs are done, and of how many (None: nobody knows)."""

MISSING_SHOWN = 3


def run(plan: Plan, *, sink: Sink | None = None, progress: Progress | None = None) -> Result:
    """Everything about one application. Raises AppError, StoreError, StoryError and OrderError."""
    began = time.monotonic()
    with Stage(plan) as stage:
        player = Trials(stage, sink=sink, tick=lambda: progress(player.runs, None) if progress else None)
        covered = {case: player.all(case) for case in cases(plan)}
        trials = list(chain.from_iterable(one.trials for one in covered.values()))
        found = examples(trials, player)
        unknowns = () if found else tuple(_unknowns(stage, covered, trials))
        main = covered[cases(plan)[-1 if plan.workers == 1 else 1]]
        return Result(
            app=plan.title or plan.target,
            title=stage.app.title,
            workers=plan.workers,
            load=plan.loads[0],
            users=plan.story.people,
            verdict=Verdict.PROBLEM if found else Verdict.UNKNOWN if unknowns else Verdict.OK,
            orders=_orders(plan, main),
            rows=tuple(_rows(covered)),
            examples=found,
            unknowns=unknowns,
            runs=player.runs,
            took_s=time.monotonic() - began,
            tried=tuple(_tried(trial) for trial in main.trials),
            shown=tuple(_shown(trial) for trial in main.trials),
            sources=sources(stage.app, plan.cwd),
            story=plan.story.text,
        )


def _orders(plan: Plan, main: Covered) -> Orders:
    failed = sum(bool(trial.names((STORY,))) for trial in main.trials)
    count = len(main.trials)
    steps = len(main.trials[0].played.movers)
    requests = f"{steps} step{'s' if steps != 1 else ''}"
    if main.is_complete:
        claim = f"all {count:,} orders of {requests}" if count > 1 else f"the one order of {requests}"
    else:
        of = f"of {main.total:,} orders" if main.total else "orders"
        claim = f"{count:,} {of} of {requests} were tried (seed {plan.seed})"
    return Orders(run=count, failed=failed, total=main.total, complete=main.is_complete, claim=claim, seed=plan.seed)


def _rows(covered: Mapping[Case, Covered]) -> Iterator[Row]:
    """The story alone for each case; what a reload adds only where it adds something."""
    names = sorted({name for one in covered.values() for trial in one.trials for name in trial.names(_ALL)})
    for case, one in covered.items():
        story = _row(case.label, case, one.trials, names, (STORY,))
        first = case.workers == 1 or case.load is LoadMode.ONCE or len(covered) == 1
        if first or any(story.failed[name] != _count(covered, name, case) for name in names):
            yield story
        if case.workers == 1:
            reloaded = _row(f"{case.label}, then a reload", case, one.trials, names, _ALL)
            if reloaded.failed != story.failed:
                yield reloaded


_ALL = (STORY, "sweep", RELOAD_SWEEP)


def _count(covered: Mapping[Case, Covered], name: str, case: Case) -> int:
    """In how many orders the same workers showed `name` when they were loaded once."""
    other = covered.get(Case(workers=case.workers, load=LoadMode.ONCE))
    return sum(name in trial.names((STORY,)) for trial in other.trials) if other else -1


def _row(label: str, case: Case, trials: Sequence[Trial], names: Iterable[str], phases: tuple[str, ...]) -> Row:
    failed = {name: sum(name in trial.names(phases) for trial in trials) for name in names}
    return Row(label=label, workers=case.workers, load=case.load, run=len(trials), failed=failed)


def _tried(trial: Trial) -> Tried:
    names = tuple(sorted(trial.names((STORY,))))
    return Tried(order=trial.played.order, verdict=Verdict.PROBLEM if names else Verdict.OK, names=names)


def _shown(trial: Trial) -> Shown:
    rows = shown_steps(trial.played.events, labels=trial.history.labels, findings=trial.judgement.findings)
    return Shown(order=trial.played.order, steps=tuple(row for row in rows if row.phase == STORY), load=trial.case.load)


def _unknowns(stage: Stage, covered: Mapping[Case, Covered], trials: Sequence[Trial]) -> Iterator[Unknown]:
    """Why nothing can be said, the plainest reason first; what was not exercised only if nothing else explains it."""
    events = list(chain.from_iterable(trial.played.events for trial in trials))
    found = [*failed_requests(trials), *stopped_programs(trials)]
    if not found and (
        nothing := nothing_read(events, routes=stage.app.routes, source=sources(stage.app, stage.plan.cwd))
    ):
        found = [nothing]
    yield from found
    if found:
        return
    for case, one in covered.items():
        judgement = sum_up((trial.judgement for trial in one.trials), range(1, case.workers + 1))
        if judgement.verdict is Verdict.UNKNOWN:
            missing = judgement.missing or ("the story declares nothing that is read",)
            yield Unknown(what=f"{case.label}: not enough was looked at", why=missing[:MISSING_SHOWN])
            return
