"""`workersim compare`: two apps (or a scenario's broken and fixed variant) side by side, in the same order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulator.commands import options
from simulator.commands.config import Resolved
from simulator.commands.console import Console
from simulator.commands.deliver import status_of, write_files
from simulator.commands.execute import execute
from simulator.commands.job import command_line, folder_of, prepared, settings_of
from simulator.commands.settings import Settings
from simulator.errors import UsageError

if TYPE_CHECKING:
    from simulator.result import Result

First = Annotated[str | None, typer.Argument(metavar="A", help="An app, or a scenario: its broken and fixed variant.")]
Second = Annotated[str | None, typer.Argument(metavar="B", help="Another app, for the same story.")]
Other = Annotated[str | None, typer.Option("--with", metavar="NAME", help="Scenarios: the variant beside broken.")]


def compare(
    ctx: typer.Context,
    first: First = None,
    second: Second = None,
    write: options.Write = None,
    read: options.Read = None,
    shared: options.Shared = None,
    users: options.Users = None,
    story: options.StoryFile = None,
    workers: options.Workers = None,
    load: options.Load = None,
    orders: options.Orders = None,
    order: options.Order = None,
    seed: options.Seed = None,
    routing: options.Routing = None,
    timeout: options.Timeout = None,
    load_timeout: options.LoadTimeout = None,
    store: options.Store = None,
    env: options.Env = None,
    cwd: options.Folder = None,
    http: options.Http = None,
    port: options.Port = None,
    jobs: options.Jobs = None,
    other: Other = None,
    framework: options.Framework = None,
    json: options.Json = False,
    html: options.Html = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = 0,
) -> int:
    """Run two apps under the same story and show the same order of both.

    The order shown is the first one that fails. Ends with 1 if either app has a problem.
    """
    from simulator.reports.compare import comparison
    from simulator.reports.json import documents

    console = Console.of(ctx.params)
    sides = _sides(ctx.params)
    results = [_result(side, ctx.params, console) for side in sides]
    shown = order or next((example.order for result in results for example in result.examples), None)
    if shown is not None:
        results = [
            _with_order(result, side, ctx.params, shown, console) for result, side in zip(results, sides, strict=True)
        ]
    if console.is_json:
        console.show_json(documents(results))
    else:
        console.show(comparison(results, console.style))
    write_files(results, Settings(html=html), console)
    return status_of(results)


def _sides(said: Mapping[str, Any]) -> tuple[Resolved, Resolved]:
    """What to run on each side. Raises UsageError where there is only one app."""
    from simulator.runner.catalogue import names

    first, second = said["first"], said["second"]
    if first is not None and second is not None:
        return settings_of({**said, "target": first}), settings_of({**said, "target": second})
    if first is not None and first in names():
        sides = ("broken", said["other"] or "fixed")
        left, right = (settings_of({**said, "target": first, "variant": variant}) for variant in sides)
        return left, right
    raise UsageError(
        f"compare {first} with what?" if first else "compare what?",
        do=["Two apps: workersim compare flask_app.py fixed_app.py", "A scenario: workersim compare lost-write"],
    )


def _result(side: Resolved, said: Mapping[str, Any], console: Console, *, order: str | None = None) -> Result:
    with prepared(side, folder_of(said, side)) as plan:
        plan = replace(plan, order=order) if order is not None else plan
        return execute(plan, console, command=command_line(side), jobs=side.settings.jobs)


def _with_order(result: Result, side: Resolved, said: Mapping[str, Any], order: str, console: Console) -> Result:
    """`result` with the steps of `order` among those it can show."""
    from simulator.reports.compare import steps_of
    from simulator.result import Shown

    if any(shown.order == order for shown in result.shown):
        return result
    steps = steps_of(_result(side, said, console, order=order), order)
    return replace(result, shown=(Shown(order=order, steps=steps), *result.shown))
