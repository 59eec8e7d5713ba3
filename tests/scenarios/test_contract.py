"""The contract of the lessons, on real processes: what each variant must show, and what it must not.

By default each variant is run with one number of workers, loaded in one of the two ways, in some orders; what is
broken or fixed is run with 1 worker too, and of the wrong cures only Flask's are run. `WORKERSIM_CONTRACT=full` runs
all orders of all variants with 1 to 4 workers in both ways, and shortens every example; `WORKERSIM_SEEDS=100` sets
the number of seeds.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from random import Random

from simulator.checkers.finding import Verdict
from simulator.explore.run import run
from simulator.runner import catalogue
from simulator.runner.cases import Case
from simulator.runner.play import RELOAD_SWEEP, STORY, SWEEP, Extent
from simulator.runner.stage import Stage
from simulator.runner.trials import Trial, Trials
from simulator.story.orders import Orders
from simulator.story.schedule import LoadMode, Schedule, Turn

IS_FULL = os.environ.get("WORKERSIM_CONTRACT") == "full"
SEEDS = int(os.environ.get("WORKERSIM_SEEDS", "1"))
SOME_ORDERS, SEED = {"flask": 2, "django": 1, "fastapi": 1}, 4
"""Among these is one in which a price is read before it changes and once more by the same user after it."""
THE_STORY = (STORY, SWEEP)
ALL = (STORY, SWEEP, RELOAD_SWEEP)


@contextmanager
def stage_of(case) -> Iterator[Stage]:
    scenario, variant = case.lesson.scenario, case.variant
    with (
        catalogue.workspace(scenario, case.lesson.folder, variant) as place,
        Stage(catalogue.plan(scenario, variant, place)) as stage,
    ):
        yield stage


def ways_to_serve(case) -> list[Case]:
    if IS_FULL:
        return [Case(workers=count, load=load) for load in LoadMode for count in (1, 2, 3, 4)]
    number = zlib.crc32(case.label.encode())
    several = Case(workers=2 + number % 3, load=list(LoadMode)[number // 3 % 2])
    return [several] if case.variant.is_wrong_fix else [Case(workers=1, load=LoadMode.ONCE), several]


def trials_of(case, stage: Stage, served: Case) -> list[Trial]:
    """The story in its orders, each with a last look of everybody at everything, and one more after a reload."""
    story = stage.plan.story
    orders = Orders(story.steps, story.needs)
    chosen = orders if IS_FULL else orders.sample(SOME_ORDERS[case.variant.framework], Random(SEED))
    player = Trials(stage, sink=None, tick=lambda: None)
    return [player.one(schedule(served, order, stage.plan.routing), Extent(reload=True)) for order in chosen]


def schedule(served: Case, order: tuple[str, ...], routing: str, seed: int = 0) -> Schedule:
    turns = tuple(Turn(user=user) for user in order)
    return Schedule(workers=served.workers, load=served.load, turns=turns, routing=routing, seed=seed)


def shown(trials: list[Trial], phases: tuple[str, ...]) -> set[str]:
    return set().union(*(trial.names(phases) for trial in trials))


def expected(case, served: Case) -> frozenset[str]:
    return case.variant.at_one_worker if served.workers == 1 else case.variant.expects


def test_a_variant_shows_what_it_declares(played):
    with stage_of(played) as stage:
        for served in ways_to_serve(played):
            trials = trials_of(played, stage, served)
            assert shown(trials, THE_STORY) >= expected(played, served), served
            assert served.workers > 1 or shown(trials, THE_STORY) == expected(played, served), served
            assert served.workers > 1 or shown(trials, ALL) >= played.variant.after_reload, served
            for trial in trials:
                assert trial.judgement.verdict is not Verdict.UNKNOWN, (served, trial.played.order, trial.judgement)
                if played.variant.is_fixed:
                    assert trial.judgement.verdict is Verdict.OK, (served, trial.played.order, trial.judgement)
                if played.variant.is_broken:
                    assert trial.names(THE_STORY) >= expected(played, served), (served, trial.played.order)


def test_what_is_broken_shows_with_every_seed(broken):
    with stage_of(broken) as stage:
        orders = Orders(stage.plan.story.steps, stage.plan.story.needs)
        player = Trials(stage, sink=None, tick=lambda: None)
        for seed in range(SEEDS):
            for workers in (2, 3, 4):
                served = Case(workers=workers, load=LoadMode.ONCE)
                [order] = orders.sample(1, Random(seed))
                trial = player.one(schedule(served, order, "random", seed), Extent(reload=False))
                assert trial.names(THE_STORY) >= broken.variant.expects, trial.played.order


def test_the_first_example_is_as_short_as_it_can_be_and_comes_again(breaking):
    scenario, variant = breaking.lesson.scenario, breaking.variant
    with catalogue.workspace(scenario, breaking.lesson.folder, variant) as place:
        plan = catalogue.plan(scenario, variant, place)
        result = run(plan if IS_FULL else replace(plan, loads=(LoadMode.ONCE,)))
    assert result.verdict is Verdict.PROBLEM
    assert {example.finding.name for example in result.examples} >= variant.expects
    assert len(result.examples[0].steps) <= variant.fewest_steps
    assert all(example.proven for example in result.examples)
    assert variant.reason in result.notes or not variant.is_wrong_fix
    if scenario.name == "lost-write" and variant.is_broken:
        first = result.examples[0]
        assert (first.finding.name, first.finding.user, first.order) == ("lost-write", "alice", "2:aa")
        assert [bool(step.mark) for step in first.steps] == [False, True]
