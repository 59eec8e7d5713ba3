"""A whole plan: a first run for real, then every order and routing by the graph, then the result.

Rule: what the graph cannot tell the truth about is played for real, order by order, and the result says why.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace

from simulator.errors import OrderError
from simulator.explore.blame import Blamer
from simulator.explore.effort import effort
from simulator.explore.heard import Unexplorable
from simulator.explore.search import Search
from simulator.explore.shares import Shares
from simulator.recorder import Sink
from simulator.result import Result, Row
from simulator.runner.assemble import assemble
from simulator.runner.at_home import at_home
from simulator.runner.cases import cases
from simulator.runner.found import Found
from simulator.runner.one_order import one_order
from simulator.runner.plan import Plan
from simulator.runner.run import every_order
from simulator.runner.stage import Stage
from simulator.runner.trials import Trials
from simulator.story.order_token import parse_order

Progress = Callable[[int, str], None]
"""Told how much is done, and of what, in words."""


def run(
    plan: Plan, *, sink: Sink | None = None, progress: Progress | None = None, executor: Executor | None = None
) -> Result:
    """Everything about one application. Much that is played for real is played by `executor`, to the same result.

    Raises AppError, StoreError, StoryError and OrderError.
    """
    with Stage(plan) as stage:
        return run_on(stage, sink=sink, progress=progress, executor=executor)


def run_on(
    stage: Stage, *, sink: Sink | None = None, progress: Progress | None = None, executor: Executor | None = None
) -> Result:
    """The same on a stage that is set already. Raises AppError, StoreError, StoryError and OrderError."""
    plan = stage.plan
    shares = Shares(executor) if executor is not None else None
    player = Trials(
        stage, sink=sink, tick=lambda: progress(player.runs, "orders") if progress else None, helpers=shares
    )
    notes: tuple[str, ...] = ()
    local: tuple[Row, ...] = ()
    if plan.order is not None:
        found = [_one_order(stage, player, plan.order)]
    else:
        found, notes = _all_orders(stage, player, progress)
        local, more = at_home(stage, player)
        notes += more + (shares.notes if shares is not None else ())
    explain = Blamer(stage, player).explain if plan.blame else None
    result = assemble(stage, found, player, began_s=stage.began_s, clock=time.monotonic, explain=explain)
    return replace(result, rows=(*local, *result.rows), notes=(*plan.notes, *notes, *result.notes))


def _one_order(stage: Stage, player: Trials, token: str) -> Found:
    """Only the order that was asked for; the story goes no further than it says."""
    schedule = parse_order(token, stage.plan.story.letters)
    if not schedule.turns:
        raise OrderError(f"{token} has no turns", do=("Example: 2:abba",))
    return one_order(replace(schedule, seed=stage.plan.seed), player)


def _all_orders(stage: Stage, player: Trials, progress: Progress | None) -> tuple[list[Found], tuple[str, ...]]:
    """By the graph where that is possible; else order by order, with a note that says why."""
    plan = stage.plan
    if plan.routing != "round-robin" or plan.way != "direct":
        return every_order(stage, player), ()
    first = player.first(cases(plan)[min(1, plan.workers - 1)])
    if first.is_cut_off or not first.is_answered:
        return [player.only(first)], ()
    search = Search(stage, effort=effort(plan, first))
    try:
        return [search.case(case, progress) for case in cases(plan)], ()
    except Unexplorable as reason:
        note = f"Each order was played for real: {reason.reason}."
    finally:
        search.close()
    return every_order(stage, player), (note,)
