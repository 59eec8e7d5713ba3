"""How much a search may cost: the same on every machine, and as much as it replaces."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from simulator.explore import effort
from simulator.explore.effort import Effort
from simulator.explore.heard import Unexplorable
from simulator.explore.run import run
from simulator.explore.search import Search
from simulator.result import Result
from simulator.runner.cases import Case, cases
from simulator.runner.plan import Plan
from simulator.runner.stage import Stage
from simulator.runner.trials import Trials
from simulator.story.schedule import LoadMode
from simulator.story.story import Story
from tests.explore.listing import APP, LINES

TWO = Case(workers=2, load=LoadMode.ONCE)


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """Two users with two steps each, in 6 orders; 8 requests are one order with the looks after it."""
    (tmp_path / "app.py").write_text(APP)
    story = Story("data: shared items\n" + LINES.format("alice") + LINES.format("bob"))
    return Plan(target="app.py", cwd=tmp_path, story=story, loads=(LoadMode.ONCE,), reload=False, blame=False)


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whenever the search looks at a clock, an hour has gone by."""
    hours, real = count(1), time.monotonic

    def late() -> float:
        is_searching = sys._getframe(1).f_code.co_filename.endswith("explore/search.py")
        return real() + (3600 * next(hours) if is_searching else 0)

    monkeypatch.setattr(time, "monotonic", late)


def told(result: Result) -> tuple[object, ...]:
    return result.orders, result.rows, result.notes, [one.order for one in result.examples]


def test_a_busy_machine_says_what_a_quiet_one_says(plan: Plan, busy: None) -> None:
    result = run(plan)
    assert not any("for real" in note for note in result.notes)
    assert "in all 8 different routings" in result.orders.claim


@pytest.mark.parametrize(
    ("most", "what"),
    [
        (Effort(worlds=3), "the story leads to more than 3 states of the workers"),
        (Effort(requests=5), "to explore it takes more than 5 requests"),
    ],
)
def test_the_reason_names_the_limit_that_was_met(plan: Plan, most: Effort, what: str) -> None:
    with Stage(plan) as stage, pytest.raises(Unexplorable) as given_up:
        Search(stage, effort=most).case(TWO)
    assert given_up.value.reason == f"{what} (--orders all has no such limit)"


def test_what_a_reload_between_two_steps_does_is_looked_at_as_far_as_the_limit_goes(plan: Plan) -> None:
    with Stage(replace(plan, reload=True)) as stage:
        found = Search(stage, effort=Effort(event_worlds=3)).case(Case(workers=1, load=LoadMode.ONCE))
    assert found.is_complete
    assert found.notes == (
        "1 worker: a reload or a recycle between two steps was tried in the first 2 states of the workers only.",
    )


def test_what_is_known_by_then_is_kept(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """Round robin lets alice see what she added; a way that the search has gone by then does not."""
    monkeypatch.setattr(sys.modules[run.__module__], "effort", lambda plan, first: Effort(worlds=9))
    lines = ["GET /add/VALUE adds data", "GET /view", "GET /view shows data", "GET /view"] * 2
    story = Story("\n".join(["data: shared items", *(f"alice: {line}" for line in lines)]))
    result = run(replace(plan, story=story, orders=1))
    (note,) = result.notes
    assert note.startswith("With 2 workers each order was played for real: the story leads to more than 9 states")
    assert [(row.label, row.run, row.failed["lost-write"]) for row in result.rows] == [
        ("1 worker", 1, 0),
        ("2 workers", 1, 0),
    ]
    assert [(one.order, one.proven) for one in result.examples] == [("2:a1a2~without-a2", True)]


def test_it_is_what_playing_the_orders_would_take(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    with Stage(plan) as stage:
        first = Trials(stage, sink=None, tick=lambda: None).first(TWO)
    assert effort.effort(plan, first) == Effort(requests=effort.FEW)
    monkeypatch.setattr(effort, "FEW", 0)
    assert effort.effort(plan, first) == Effort(requests=6 * len(cases(plan)) * 8)
    assert effort.effort(replace(plan, orders=2), first) == Effort(requests=2 * len(cases(plan)) * 8)
    assert effort.effort(replace(plan, orders=None), first) == Effort(worlds=None, event_worlds=None)


def test_a_search_that_costs_more_than_the_orders_is_given_up_at_the_same_place_each_time(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effort, "FEW", 0)
    story = Story("data: shared items\n" + LINES.format("alice") * 2 + LINES.format("bob") * 2)
    few = replace(plan, story=story, orders=1)
    result = run(few)
    assert result.notes[0] == (
        "Each order was played for real: to explore it takes more than 24 requests (--orders all has no such limit)."
    )
    assert result.orders.claim == "1 of 70 orders of 8 steps were tried (seed 0)"
    assert told(run(few)) == told(result)
