"""How much a search may cost before orders are played for real instead.

Rule: it is counted in worlds and requests, never in seconds, so that a command says the same on a busy machine as on
a quiet one. What it counts is what playing the orders would cost: then a search that is given up has at most doubled
the time of the command, however long a request of the application takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from simulator.events import RequestSent
from simulator.runner.cases import cases
from simulator.runner.plan import Plan
from simulator.runner.trials import Trial
from simulator.story.orders import Orders

WORLDS: Final = 3_000
"""How many worlds are entered in one walk: about a minute, most of it our own."""
EVENT_WORLDS: Final = 1_000
"""The same in a walk that adds a reload or a recycle to what was walked before."""
FEW: Final = 1_000
"""As many requests may be asked in any case: a story of one user has a single order, in hundreds of routings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """The most that a search may cost: `worlds` in one walk, `event_worlds` in one with events, `requests` in all of
    them (None: any number).
    """

    worlds: int | None = WORLDS
    event_worlds: int | None = EVENT_WORLDS
    requests: int | None = None


def effort(plan: Plan, first: Trial) -> Effort:
    """As many requests as the orders of `plan` would take, if each takes as many as its `first` one; without limit
    where the plan has none.
    """
    if plan.orders is None:
        return Effort(worlds=None, event_worlds=None)
    steps = plan.story.steps
    orders = min(plan.orders, Orders(steps, plan.story.needs).total) if steps is not None else plan.orders
    each = sum(isinstance(event, RequestSent) for event in first.played.events)
    return Effort(requests=max(FEW, orders * len(cases(plan)) * each))
