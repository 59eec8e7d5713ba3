"""Orders that others play: each share of them is a unit of work for any `concurrent.futures.Executor`.

Rule: what comes back is what playing them here would have told, in the same sequence. A share is played on a stage of
its own and ends before an order that did not go well; from that one on they are played here. Stores are one place,
put back for each order, so a plan with stores, or whose application writes files, stays in one process.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from simulator.runner.plan import Plan
from simulator.runner.play import Extent
from simulator.runner.stage import Stage
from simulator.runner.trials import Trial, Trials
from simulator.story.schedule import Schedule

WORTH_S: Final = 4.0
"""What takes less is quicker done here: each process imports us, and loads the application."""
SHARE_S: Final = 3.0
"""How long a share should take, so that loads cost little and nobody waits long for the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Schedules to play, as the runs from `run` on. `inside` is a folder for what is there meanwhile, where it is."""

    plan: Plan
    epoch_s: float
    inside: Path
    extent: Extent
    run: int
    schedules: tuple[Schedule, ...]


def played(share: Share) -> tuple[Trial, ...]:
    """The trials of a share up to the first that did not go well. Raises AppError and OrderError."""
    trials: list[Trial] = []
    with Stage(share.plan, epoch_s=share.epoch_s, inside=share.inside) as stage:
        player = Trials(stage, sink=None, tick=lambda: None, begun=share.run - 1)
        for schedule in share.schedules:
            trial = player.one(schedule, share.extent)
            if trial.is_cut_off or not stage.is_alone(trial.played.events):
                break
            trials.append(trial)
    return tuple(trials)


class Shares:
    """Has orders played by `executor`. `notes` say for people what went wrong with it."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self.notes: tuple[str, ...] = ()

    def trials(
        self, stage: Stage, schedules: Sequence[Schedule], extent: Extent, *, first: Trial, run: int, each_s: float
    ) -> Iterator[Trial]:
        """The first of `schedules`, played by others; none where that is not worth while, or cannot be.

        `run` is the number of the first one; `first` was played before, and one takes about `each_s`.
        """
        took_s = each_s * len(schedules)
        if self.notes or took_s < WORTH_S or not stage.is_alone(first.played.events):
            return
        size = -(-len(schedules) // max(2, round(took_s / SHARE_S)))
        shares = [
            Share(
                plan=stage.plan,
                epoch_s=stage.epoch_s,
                inside=stage.folder,
                extent=extent,
                run=run + at,
                schedules=tuple(schedules[at : at + size]),
            )
            for at in range(0, len(schedules), size)
        ]
        yield from self._all(shares)

    def _all(self, shares: Sequence[Share]) -> Iterator[Trial]:
        given: list[tuple[Share, Future[tuple[Trial, ...]]]] = []
        try:
            for share in shares:
                given.append((share, self._executor.submit(played, share)))
            for share, future in given:
                trials = future.result()
                yield from trials
                if len(trials) < len(share.schedules):
                    return
        except Exception as error:  # whatever it is, playing them here tells the truth
            what = str(error).partition("\n")[0] or type(error).__name__
            self.notes = (f"Orders that other processes should have played were played by one: {what}",)
        finally:
            for _, future in given:
                future.cancel()
