"""`workersim run`: an app or a scenario on 1 worker and on N, in every order up to a budget."""

from __future__ import annotations

from pathlib import Path

import typer

from simulator.commands import options
from simulator.commands.console import Console
from simulator.commands.deliver import show, status_of, tell_github, write_files
from simulator.commands.execute import execute
from simulator.commands.job import command_line, folder_of, prepared, settings_of
from simulator.commands.last_run import save
from simulator.commands.showing import show_settings
from simulator.commands.workspace import Workspace
from simulator.result import Result


def run(
    ctx: typer.Context,
    target: options.Target = None,
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
    variant: options.VariantName = None,
    framework: options.Framework = None,
    json: options.Json = False,
    junit: options.JUnit = None,
    sarif: options.Sarif = None,
    html: options.Html = None,
    trace: options.Trace = None,
    har: options.Har = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = 0,
    show_config: options.ShowConfig = False,
) -> int:
    """Run an app (or a scenario) on worker processes and see what breaks.

    Each order of the users' requests starts on fresh workers. The result is a table of 1 worker against N,
    and for each problem the fewest steps that show it, with the marked answer, the variable and the line.
    """
    console = Console.of(ctx.params)
    resolved = settings_of(ctx.params)
    for warning in resolved.warnings:
        console.warn(warning)
    if show_config:
        return show_settings(resolved, console)
    folder = folder_of(ctx.params, resolved)

    def keep(result: Result) -> None:
        if result.record is not None and save(Workspace(Path()), resolved, folder, result) is None:
            console.warn("nothing can be written to .workersim here, so there is nothing to replay")

    with prepared(resolved, folder) as plan:
        command = command_line(resolved)
        result = execute(plan, console, command=command, jobs=resolved.settings.jobs, keep=keep, trees=ctx.obj)
    show(result, console)
    write_files([result], resolved.settings, console)
    tell_github([result], console, cwd=folder)
    return status_of([result])
