"""What a search says of a story as a whole."""

from __future__ import annotations

from dataclasses import replace

from simulator.checkers.finding import Verdict
from simulator.explore.run import run
from simulator.runner import catalogue
from simulator.story.schedule import LoadMode


def test_a_read_after_the_change_counts_though_a_shorter_way_to_the_same_end_reads_before_it() -> None:
    scenario, folder = catalogue.find("stale-value")
    variant = scenario.variant("fixed", "flask")
    with catalogue.workspace(scenario, folder, variant) as place:
        plan = replace(catalogue.plan(scenario, variant, place), workers=1, loads=(LoadMode.ONCE,), reload=False)
        result = run(plan)
    assert (result.verdict, result.unknowns) == (Verdict.OK, ())
