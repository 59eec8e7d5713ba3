"""A whole plan by playing each of its orders for real: what is done where a graph could not tell the truth."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.runner.cases import Case, cases
from simulator.runner.found import Found
from simulator.runner.stage import Stage
from simulator.runner.trials import Trials


def every_order(stage: Stage, player: Trials, these: Sequence[Case] | None = None) -> list[Found]:
    """All cases of the stage's plan (or `these`), 1 worker first; no more of them once a request had no answer.

    Raises AppError, StoreError and OrderError.
    """
    found: list[Found] = []
    for case in cases(stage.plan) if these is None else these:
        found.append(player.all(case))
        if player.trials[-1].is_cut_off:
            break
    return found
