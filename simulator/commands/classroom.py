"""What a class needs of a computer, looked at the day before: every lesson shows what it is there to show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from simulator.checkers.finding import Verdict
from simulator.errors import WorkersimError
from simulator.story.scenario import Scenario, Variant

PLAIN = "flask"


def lessons() -> Iterator[tuple[str, str]]:
    """Each lesson's name, and what is wrong with it here: empty where the broken app fails and the fixed one passes."""
    from simulator.runner import catalogue

    for name in catalogue.names():
        scenario, _ = catalogue.find(name)
        framework = PLAIN if PLAIN in scenario.frameworks else scenario.frameworks[0]
        wanted = {"broken": Verdict.PROBLEM, "fixed": Verdict.OK}
        variants = [one for one in scenario.variants if one.framework == framework and one.name in wanted]
        said = (f"{one.name} is {got}" for one in variants if (got := _verdict(scenario, one)) != wanted[one.name])
        yield name, ", ".join(said)


def _verdict(scenario: Scenario, variant: Variant) -> str:
    """What a quick run says; an error in its own words."""
    from simulator.explore.run import run
    from simulator.runner import catalogue

    _, folder = catalogue.find(scenario.name)
    try:
        with catalogue.workspace(scenario, folder, variant) as place:
            plan = catalogue.plan(scenario, variant, place)
            return run(replace(plan, loads=plan.loads[:1], blame=False, server=None)).verdict
    except WorkersimError as trouble:
        return f"{trouble.code} ({trouble.what})"
