"""The same story with the framework's own development server: what people see before they have several workers."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from simulator.errors import AppError, OrderError
from simulator.result import Row
from simulator.runner.play import Extent
from simulator.runner.stage import Stage
from simulator.runner.trials import STORY_ONLY, Trials, counts
from simulator.story.orders import Orders
from simulator.story.scenario import Server
from simulator.story.schedule import LoadMode, Schedule, Turn

MOST_ORDERS = 6
"""Each order begins with a fresh server, which takes as long as at home."""


def at_home(stage: Stage, player: Trials) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """The row of the plan's development server, if it has one; or a note that says why there is none."""
    server = stage.plan.server
    if server is None:
        return (), ()
    try:
        return (_row(stage, player, server),), ()
    except (AppError, OrderError) as error:
        return (), (": ".join((f"Not compared with your computer: {error.what}", *error.why)),)


def _row(stage: Stage, player: Trials, server: Server) -> Row:
    schedules = _schedules(stage)
    extent = Extent(sweep=False, reload=False)
    trials = [player.one(schedule, extent, server=server) for schedule in schedules]
    shown = counts(trials, STORY_ONLY)
    return Row(
        label=f"{server.name} (1 process)",
        workers=1,
        load=LoadMode.ONCE,
        run=shown.run,
        failed=shown.failed,
        server=server.name,
    )


def _schedules(stage: Stage) -> Iterator[Schedule]:
    """All orders if they are few, else a sample; the natural one alone where only a run can tell the steps."""
    plan = stage.plan
    steps = plan.story.steps
    orders = [()] if steps is None else Orders(steps, plan.story.needs).sample(MOST_ORDERS, Random(plan.seed))
    for order in orders:
        yield Schedule(workers=1, turns=tuple(Turn(user=user) for user in order), seed=plan.seed)
