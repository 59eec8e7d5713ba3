"""What a search says of a story as a whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from simulator.checkers.finding import Verdict
from simulator.explore.run import run
from simulator.explore.search import Search
from simulator.runner import catalogue
from simulator.runner.cases import Case
from simulator.runner.plan import Plan
from simulator.runner.play import Extent
from simulator.runner.stage import Stage
from simulator.runner.trials import STORY_ONLY, Trials, counts
from simulator.story.orders import Orders
from simulator.story.schedule import LoadMode, Schedule, Turn
from simulator.story.story import Story

NOTES = """
from flask import Flask
app = Flask(__name__)
notes = []

@app.get("/add/<item>")
def add(item):
    notes.append(item)
    return "added"

@app.get("/view")
def view():
    return notes

@app.get("/last")
def last():
    return notes[-1:]
"""


def test_a_read_after_the_change_counts_though_a_shorter_way_to_the_same_end_reads_before_it() -> None:
    scenario, folder = catalogue.find("stale-value")
    variant = scenario.variant("fixed", "flask")
    with catalogue.workspace(scenario, folder, variant) as place:
        plan = replace(catalogue.plan(scenario, variant, place), workers=1, loads=(LoadMode.ONCE,), reload=False)
        result = run(plan)
    assert (result.verdict, result.unknowns) == (Verdict.OK, ())


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    "story",
    [
        "data: private items\nalice: GET /add/VALUE adds data\nbob: GET /view shows data\nbob: GET /view shows data",
        "data: private register\nalice: GET /last shows data\nalice: GET /add/VALUE writes data\n"
        "bob: GET /add/VALUE writes data\nbob: GET /last shows data\nbob: GET /last shows data",
    ],
)
def test_as_many_orders_show_it_as_when_each_is_played(tmp_path: Path, story: str, workers: int) -> None:
    """A way on which a leak has shown before tells nothing of those on which it shows now for the first time."""
    (tmp_path / "shop.py").write_text(NOTES)
    case = Case(workers=workers, load=LoadMode.ONCE)
    with Stage(Plan(target="shop.py", cwd=tmp_path, story=Story(story), reload=False)) as stage:
        explored = Search(stage).case(case).story
        player = Trials(stage, sink=None, tick=lambda: None)
        orders = Orders(stage.plan.story.steps or {}, stage.plan.story.needs)
        schedules = [
            Schedule(workers=workers, turns=tuple(Turn(user=user) for user in order), load=LoadMode.ONCE, seed=0)
            for order in orders
        ]
        played = counts([player.one(one, Extent(sweep=False, reload=False)) for one in schedules], STORY_ONLY)
    assert explored == played
    assert played.failed["cross-user-leak"] > 0
