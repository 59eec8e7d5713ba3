"""What is compared: 1 worker, as the development server is, and N of them, with each way to load."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.runner.plan import Plan
from simulator.story.schedule import LoadMode


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """How the application is served: by how many workers, and who loads it."""

    workers: int
    load: LoadMode

    @property
    def label(self) -> str:
        """As the first table names it."""
        count = f"{self.workers} worker{'s' if self.workers > 1 else ''}"
        return count if self.load is LoadMode.ONCE else f"{count}, each loading the app"


def cases(plan: Plan) -> tuple[Case, ...]:
    """1 worker first, then the plan's number of workers, once for each load mode."""
    one = Case(workers=1, load=plan.loads[0])
    return (one, *(Case(workers=plan.workers, load=load) for load in plan.loads if plan.workers > 1))
