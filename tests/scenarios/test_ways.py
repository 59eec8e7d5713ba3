"""The same history by both ways to the workers: directly over the wire, and through HTTP."""

from __future__ import annotations

from dataclasses import replace

from simulator.runner import catalogue
from simulator.runner.play import Extent
from simulator.runner.stage import Stage
from simulator.runner.trials import Trials
from simulator.story.order_token import parse_order


def history_by(way, case, order):
    """What the checkers are given; processes are told apart by number and generation, not by their ids."""
    scenario, variant = case.lesson.scenario, case.variant
    with catalogue.workspace(scenario, case.lesson.folder, variant) as place:
        plan = replace(catalogue.plan(scenario, variant, place), way=way)
        with Stage(plan) as stage:
            schedule = replace(parse_order(order, plan.story.letters), routing=plan.routing)
            trial = Trials(stage, sink=None, tick=lambda: None).one(schedule, Extent())
    names: dict[int, int] = {}

    def named(worker):
        return None if worker is None else (worker[0], names.setdefault(worker[1], len(names)))

    history = trial.history
    operations = [replace(operation, worker=named(operation.worker)) for operation in history.operations]
    answers = [replace(answer, worker=named(answer.worker)) for answer in history.answers]
    return operations, answers, history.loads, history.labels, trial.judgement.verdict


def test_both_ways_give_the_same_history(one_of_each):
    order = {"stale-value": "2:awab"}.get(one_of_each.lesson.scenario.name, "2:abba")
    direct, http = (history_by(way, one_of_each, order) for way in ("direct", "http"))
    assert direct == http
    assert direct[0]
