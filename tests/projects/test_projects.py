"""Three projects as people build them: broken, repaired, and repaired in the usual ways that do not help."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from random import Random

import pytest

from simulator.checkers.finding import Verdict
from simulator.runner.plan import Plan
from simulator.runner.play import RELOAD_SWEEP, STORY, SWEEP, Extent
from simulator.runner.stage import Stage
from simulator.runner.trials import Trials
from simulator.story.orders import Orders
from simulator.story.schedule import LoadMode, Schedule, Turn
from simulator.story.story import Story

FOLDER = Path(__file__).parent
PROJECTS = tomllib.loads((FOLDER / "projects.toml").read_text())
ORDERS = None if os.environ.get("WORKERSIM_CONTRACT") == "full" else 2
ALL = (STORY, SWEEP, RELOAD_SWEEP)
SOME_STORAGE = ("broken", "fixed", "cache")
EVERY_STORAGE = [(project, storage) for project in PROJECTS for storage in PROJECTS[project]["storage"]]


def module_of(project: str, storage: str) -> str:
    return PROJECTS[project]["storage"][storage].get("uses", storage)


@pytest.mark.parametrize(("project", "storage"), EVERY_STORAGE)
def test_the_declared_lines_are_there_once_each(project, storage):
    row = PROJECTS[project]["storage"][storage]
    path = FOLDER / project / PROJECTS[project]["folder"] / f"{module_of(project, storage)}.py"
    lines = [line.strip() for line in path.read_text().splitlines()]
    for text in (row.get("defined"), row.get("changed")):
        assert text is None or lines.count(text) == 1, text
    assert bool(row["expects"]) is ("changed" in row)


@pytest.mark.parametrize("project", PROJECTS)
def test_every_way_to_store_is_declared(project):
    files = {path.stem for path in (FOLDER / project / PROJECTS[project]["folder"]).glob("*.py")} - {"__init__"}
    assert files == {module_of(project, storage) for storage in PROJECTS[project]["storage"]}


@pytest.mark.parametrize(
    ("project", "storage"),
    [(project, storage) for project, storage in EVERY_STORAGE if ORDERS is None or storage in SOME_STORAGE],
)
def test_a_repair_is_one_only_if_nothing_is_lost_and_nobody_reads_along(project, storage, prepared):
    table, row = PROJECTS[project], PROJECTS[project]["storage"][storage]
    story = Story(table["story"])
    plan = Plan(
        target=table["target"],
        cwd=prepared[project],
        story=story,
        routing=row.get("routing", "round-robin"),
        stores=tuple(table["stores"]),
        env={table["chooses"]: module_of(project, storage)},
    )
    with Stage(plan) as stage:
        player = Trials(stage, sink=None, tick=lambda: None)
        orders = Orders(story.steps, story.needs)
        trials = [
            player.one(schedule(order, plan.routing), Extent(reload=True))
            for order in (orders if ORDERS is None else orders.sample(ORDERS, Random(2)))
        ]
    assert set().union(*(trial.names(ALL) for trial in trials)) == set(row["expects"])
    for trial in trials:
        expected = {Verdict.PROBLEM, Verdict.OK} if row["expects"] else {Verdict.OK}
        assert trial.judgement.verdict in expected, (trial.played.order, trial.judgement)


def schedule(order: tuple[str, ...], routing: str) -> Schedule:
    turns = tuple(Turn(user=user) for user in order)
    return Schedule(workers=2, turns=turns, routing=routing, load=LoadMode.ONCE)
