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

SHARING = {
    "starts a thread": """
def refresh():
    while True:
        price[0] = FILE.read_text()
        time.sleep(0.001)
threading.Thread(target=refresh, daemon=True).start()
""",
    "makes memory that its forks share": "hits = multiprocessing.RawValue('i', 0)\n",
    "starts a process": "kept = multiprocessing.get_context('fork').Manager().list()\n",
}
STARTING = """
import multiprocessing, threading, time
from pathlib import Path
from flask import Flask
app = Flask(__name__)
FILE = Path(__file__).with_name("price.txt")
FILE.write_text("10")
price = [FILE.read_text()]

@app.get("/price")
def show():
    time.sleep(0.02)
    return price[0]

@app.get("/hit")
def hit():
    hits.value += 1
    return "hit"

@app.get("/hits")
def count():
    return str(hits.value)

@app.get("/add/<item>")
def add(item):
    kept.append(item)
    return "added"

@app.get("/view")
def view():
    return list(kept)
"""
TOLD = {
    "starts a thread": (
        "price: shared register\nworld: write price.txt VALUE writes price\nalice: GET /price shows price",
        {"1 worker": 1, "1 worker, then a reload": 2, "2 workers": 1},
    ),
    "makes memory that its forks share": (
        "hits: shared counter\nalice: GET /hit increments hits\nalice: GET /hits shows hits",
        {"1 worker": 0, "1 worker, then a reload": 1, "2 workers": 0},
    ),
    "starts a process": (
        "data: shared items\nalice: GET /add/VALUE adds data\nalice: GET /view shows data",
        {"1 worker": 0, "1 worker, then a reload": 1, "2 workers": 0},
    ),
}
"""By what a load does: a story, and how many of its orders show something."""

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


@pytest.mark.parametrize("what", SHARING)
def test_what_forks_of_a_load_do_not_have_for_themselves_is_loaded_anew_for_each_order(
    tmp_path: Path, what: str
) -> None:
    story, failed = TOLD[what]
    (tmp_path / "shop.py").write_text(STARTING + SHARING[what])
    result = run(Plan(target="shop.py", cwd=tmp_path, story=Story(story), loads=(LoadMode.ONCE,), blame=False))
    assert {row.label: sum(row.failed.values()) for row in result.rows} == failed
    assert result.notes == (
        f"Each order was played for real, with a load of its own: the app {what} while it is loaded.",
    )
    assert all(example.proven for example in result.examples)
