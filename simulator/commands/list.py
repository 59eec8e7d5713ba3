"""`workersim list`: the scenarios with their titles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import typer

from simulator.commands import options
from simulator.commands.console import Console
from simulator.errors import ExitStatus
from simulator.reports.style import Style
from simulator.story.scenario import Scenario


def list_scenarios(ctx: typer.Context, verbose: options.Verbose = 0, json: options.Json = False) -> int:
    """Show the scenarios that come with workersim."""
    from simulator.runner.catalogue import find, names

    console = Console.of(ctx.params)
    scenarios = [find(name)[0] for name in names()]
    if console.is_json:
        console.show_json({"schema": 1, "scenarios": [_plain(scenario) for scenario in scenarios]})
    else:
        console.show("\n".join(_lines(scenarios, console.style, is_long=console.verbosity > 0)))
    return ExitStatus.OK


def _variants(scenario: Scenario) -> list[str]:
    return list(dict.fromkeys(variant.name for variant in scenario.variants))


def _plain(scenario: Scenario) -> dict[str, object]:
    return {
        "name": scenario.name,
        "title": scenario.title,
        "summary": scenario.summary,
        "variants": _variants(scenario),
        "frameworks": list(scenario.frameworks),
    }


def _lines(scenarios: Sequence[Scenario], style: Style, *, is_long: bool) -> Iterator[str]:
    """Name and title side by side; below each other where there is no room."""
    from simulator.reports.layout import indented

    widest = max((len(scenario.name) for scenario in scenarios), default=0)
    is_narrow = style.width < widest + 30
    for scenario in scenarios:
        name = style.paint(scenario.name, "command")
        if is_narrow:
            yield from (name, *indented(scenario.title, style.width, "   "))
        else:
            first, *rest = indented(scenario.title, style.width, " " * (widest + 3))
            yield from (name + first[len(scenario.name) :], *rest)
        if is_long:
            yield from indented(scenario.summary, style.width, "   ")
            yield from indented(f"variants {', '.join(_variants(scenario))}", style.width, "   ")
            yield from (*indented(f"for {', '.join(scenario.frameworks)}", style.width, "   "), "")
    yield from (() if is_long else ("", *indented("Run one: workersim run NAME", style.width, "")))
