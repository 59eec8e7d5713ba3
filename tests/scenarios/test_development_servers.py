"""The frameworks' own development servers beside two workers, as `workersim run why-not-locally` compares them."""

from __future__ import annotations

import os

import psutil
import pytest

from simulator.checkers.finding import Verdict
from simulator.events import RequestSent, RunStarted
from simulator.explore.run import run
from simulator.history.from_events import histories
from simulator.recorder import MemorySink
from simulator.reports.style import Style
from simulator.reports.terminal import report
from simulator.runner import catalogue

SCENARIO, FOLDER = catalogue.find("why-not-locally")
NAMES = {"flask": "flask run", "django": "manage.py runserver", "fastapi": "uvicorn"}


@pytest.mark.parametrize("variant", SCENARIO.variants, ids=lambda variant: variant.framework)
def test_at_home_everybody_is_in_the_book_in_every_order_and_with_two_workers_in_none(variant):
    sink, before = MemorySink(), psutil.Process().children(recursive=True)
    with catalogue.workspace(SCENARIO, FOLDER, variant) as place:
        result = run(catalogue.plan(SCENARIO, variant, place), sink=sink)

    name = NAMES[variant.framework]
    home, two = result.rows[0], result.rows[-1]
    assert (home.label, home.server, home.run, home.failed) == (f"{name} (1 process)", name, 6, {})
    assert (two.label, two.failed) == ("2 workers", {"lost-write": 6})
    assert result.verdict is Verdict.PROBLEM
    assert "Asked in 6 orders, it showed no problem in any." in " ".join(report(result, Style()).split())

    started = [event for event in sink.events if isinstance(event, RunStarted) and event.way == "external"]
    at_home = [one for one in histories(sink.events) if not one.loads]
    assert [event.workers for event in started] == [1] * 6
    assert len(at_home) == 6
    assert all(answer.worker is None and answer.shown for one in at_home for answer in one.answers[-1:])
    assert sum(isinstance(event, RequestSent) and event.worker is None for event in sink.events) == 6 * 4
    assert psutil.Process(os.getpid()).children(recursive=True) == before
