"""A whole plan: a first run for real, then every order and routing by the graph, then the result.

Rule: what the graph cannot tell the truth about is played for real, order by order, and the result says why. Where
somebody ends it, what was found until then is a result too.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from itertools import chain

from simulator.checkers.finding import Verdict
from simulator.errors import OrderError
from simulator.explore.blame import Blamer
from simulator.explore.effort import effort
from simulator.explore.heard import TooMuch, Unexplorable
from simulator.explore.search import Search
from simulator.explore.shares import Shares
from simulator.explore.walks import Progress
from simulator.recorder import Sink
from simulator.result import Example, Interrupted, Result, Row, Unknown
from simulator.runner.assemble import assemble
from simulator.runner.at_home import at_home
from simulator.runner.cases import cases
from simulator.runner.examples import chosen, examples, unproven
from simulator.runner.found import Candidate, Found
from simulator.runner.one_order import one_order
from simulator.runner.plan import Plan
from simulator.runner.run import every_order
from simulator.runner.stage import Stage
from simulator.runner.trials import Trials
from simulator.story.order_token import parse_order


def run(
    plan: Plan, *, sink: Sink | None = None, progress: Progress | None = None, executor: Executor | None = None
) -> Result:
    """Everything about one application. Much that is played for real is played by `executor`, to the same result.

    Raises AppError, StoreError, StoryError and OrderError, and Interrupted where a search was under way.
    """
    with Stage(plan) as stage:
        return run_on(stage, sink=sink, progress=progress, executor=executor)


def run_on(
    stage: Stage, *, sink: Sink | None = None, progress: Progress | None = None, executor: Executor | None = None
) -> Result:
    """The same on a stage that is set already. Raises what `run` raises."""
    shares = Shares(executor) if executor is not None else None
    player = Trials(
        stage, sink=sink, tick=lambda: progress(player.runs, "orders") if progress else None, helpers=shares
    )
    work = _Work(stage, player, progress)
    try:
        return work.all(shares)
    except KeyboardInterrupt:
        if (result := work.so_far()) is None:
            raise
        raise Interrupted(result) from None


class _Work:
    """A plan under way: what is found, shown and noted by now."""

    def __init__(self, stage: Stage, player: Trials, progress: Progress | None) -> None:
        self._stage = stage
        self._player = player
        self._progress = progress
        self._search: Search | None = None
        self._found: list[Found] = []
        self._shown: list[Example] = []
        self._local: tuple[Row, ...] = ()
        self._notes = stage.plan.notes

    def all(self, shares: Shares | None) -> Result:
        """Everything there is to find out."""
        stage, plan = self._stage, self._stage.plan
        if plan.order is not None:
            self._found = [_one_order(stage, self._player, plan.order)]
        else:
            self._found = self._all_orders()
            self._local, notes = at_home(stage, self._player)
            self._notes += notes + (shares.notes if shares is not None else ())
        explain = Blamer(stage, self._player).explain if plan.blame else None
        for example in examples(self._candidates, self._player, explain):
            self._shown.append(example)
        return self._result(self._shown)

    def so_far(self) -> Result | None:
        """What is known already, if there has been a search, or orders were played; nothing is played any more."""
        if not self._found and self._search is not None:
            self._found = self._search.so_far()
        if not self._found:
            return None
        known = {(one.finding.name, one.finding.key) for one in self._shown}
        others = (one for one in chosen(self._candidates) if (one.finding.name, one.finding.key) not in known)
        shown = [*self._shown, *(unproven(one, self._stage.plan.story.letters) for one in others)]
        self._notes += ("Interrupted: this is what was found until then.",)
        result = self._result(shown)
        result = replace(result, rows=tuple(row for row in result.rows if row.run))
        unknown = Unknown(what="it was ended before everything was looked at")
        return result if shown else replace(result, verdict=Verdict.UNKNOWN, unknowns=(unknown,))

    @property
    def _candidates(self) -> Iterator[Candidate]:
        """Also what the first order showed, which was played for real before there was a search."""
        yield from chain.from_iterable(one.candidates for one in self._found)
        if self._search is not None and not all(one.is_complete for one in self._found):
            yield from chain.from_iterable(self._player.only(trial).candidates for trial in self._player.trials)

    def _result(self, shown: Sequence[Example]) -> Result:
        stage = self._stage
        result = assemble(stage, self._found, shown, self._player, began_s=stage.began_s, clock=time.monotonic)
        return replace(result, rows=(*self._local, *result.rows), notes=(*self._notes, *result.notes))

    def _all_orders(self) -> list[Found]:
        """By the graph where that is possible; else order by order, with a note that says why."""
        stage, plan, player = self._stage, self._stage.plan, self._player
        if plan.routing != "round-robin" or plan.way != "direct":
            return every_order(stage, player)
        first = player.first(cases(plan)[min(1, plan.workers - 1)])
        if first.is_cut_off or not first.is_answered:
            return [player.only(first)]
        if stage.app.shared:
            what = " and ".join(stage.app.shared)
            self._notes += (
                f"Each order was played for real, with a load of its own: the app {what} while it is loaded.",
            )
            return every_order(stage, player)
        search = self._search = Search(stage, effort=effort(plan, first), progress=self._progress)
        try:
            return [search.case(case) for case in cases(plan)]
        except TooMuch as reason:
            known, why = search.so_far(), reason.reason
        except Unexplorable as reason:
            known, why = [], reason.reason
        finally:
            search.close()
        self._search = None
        return self._played(known, why)

    def _played(self, known: Sequence[Found], why: str) -> list[Found]:
        """Order by order, but for what is `known` already of all orders; of others it may be known what they show."""
        whole = [one for one in known if one.is_complete]
        others = cases(self._stage.plan)[len(whole) :]
        those = f"With {others[0].label} each" if whole else "Each"
        self._notes += (f"{those} order was played for real: {why}.",)
        found = every_order(self._stage, self._player, others)
        more = [candidate for one in known if not one.is_complete for candidate in one.candidates]
        return [*whole, replace(found[0], candidates=(*found[0].candidates, *more)), *found[1:]]


def _one_order(stage: Stage, player: Trials, token: str) -> Found:
    """Only the order that was asked for; the story goes no further than it says."""
    schedule = parse_order(token, stage.plan.story.letters)
    if not schedule.turns:
        raise OrderError(f"{token} has no turns", do=("Example: 2:abba",))
    return one_order(replace(schedule, seed=stage.plan.seed), player)
