"""`workersim replay`: one order of the last run again, at once or step by step."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simulator.checkers.finding import Verdict
from simulator.commands import last_run, options
from simulator.commands.config import Resolved, resolve
from simulator.commands.console import Console
from simulator.commands.deliver import show, status_of
from simulator.commands.execute import execute
from simulator.commands.job import command_line, prepared
from simulator.commands.last_run import LastRun
from simulator.commands.settings import Settings
from simulator.commands.stepping import Stepper
from simulator.commands.workspace import REPLAY, Workspace
from simulator.errors import ExitStatus, RecordError, UsageError
from simulator.result import Unknown

if TYPE_CHECKING:
    from simulator.result import Result, ShownStep
    from simulator.runner.plan import Plan

TRIES = 3
ELSE = "The app also depends on something else: time, random, a file, a database."
MOST_NAMES = 5
NOT_THEIRS = frozenset({"__pycache__", "node_modules", "venv", "site-packages"})

Token = Annotated[str | None, typer.Argument(metavar="TOKEN", help="An order: 2:abba. Default: the first that failed.")]
Step = Annotated[bool, typer.Option("--step", help="One step at a time: guess, then look.")]
App = Annotated[str | None, typer.Option("--app", metavar="TARGET", help="The same order on another app.")]
Test = Annotated[str | None, typer.Option("--test", metavar="NAME", help="What a failed test ran, not the last run.")]
AsPytest = Annotated[bool, typer.Option("--as-pytest", help="Print a pytest file that pins the order; run nothing.")]


def replay(
    ctx: typer.Context,
    token: Token = None,
    step: Step = False,
    app: App = None,
    test: Test = None,
    as_pytest: AsPytest = False,
    load: options.Load = None,
    timeout: options.Timeout = None,
    store: options.Store = None,
    env: options.Env = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = 0,
) -> int:
    """Run one order of the last run again.

    Ends with 1 if it fails again, 0 if it does not, and 4 if it failed before and now does not, although no
    code was changed.
    """
    console = Console.of(ctx.params)
    workspace = Workspace(Path())
    last = _last(workspace, test)
    order = token or _first_failed(last)
    resolved = _settings(last, {**ctx.params, "order": order})
    if as_pytest:
        with prepared(resolved, Path(last.cwd), story=last.story()) as plan:
            console.show(_as_test(plan, order, resolved))
        return ExitStatus.OK
    with prepared(resolved, Path(last.cwd), story=last.story()) as plan:
        tries = TRIES if order in last.failed else 1
        result = _run(plan, console, _command(order, test, resolved), tries)
        changed = (
            changed_since(plan.cwd, workspace.folder / last_run.file_of(test)) if plan.cwd == Path(last.cwd) else ()
        )
    if result.verdict is not Verdict.PROBLEM and order in last.failed:
        result = _settled(result, changed, is_other=app is not None)
    if step and not console.is_json:
        Stepper(steps_to_show(result, order), console, sys.stdin).run()
        if result.verdict is not Verdict.PROBLEM:
            show(replace(result, rows=()), console)
    else:
        show(result, console)
    return status_of([result])


def _command(order: str, test: str | None, resolved: Resolved) -> str:
    """What says the same again. The story of a test stands in no file that `run` could be given."""
    return command_line(resolved) if test is None else shlex.join(["workersim", "replay", order, "--test", test])


def _last(workspace: Workspace, test: str | None) -> LastRun:
    last = last_run.load(workspace, test)
    if last is None and test is not None:
        do = [f"Run it again: pytest -k {shlex.quote(test.rpartition('-')[2])}"]
        raise RecordError(f"there is no failed test {test} to replay in this folder", do=do)
    if last is None:
        do = ["First: workersim run APP, here or where it was run", "Replay starts from .workersim/latest.json"]
        raise RecordError("there is no run to replay in this folder", do=do)
    return last


def _as_test(plan: Plan, order: str, resolved: Resolved) -> str:
    """The text of a test for `order`, which has to be one of the story's. Raises OrderError and UsageError."""
    from simulator.commands.as_test import regression_test
    from simulator.story.order_token import parse_order

    parse_order(order, plan.story.letters)
    file = resolved.folder("story") / (resolved.settings.story or "")
    return regression_test(plan, order, story_file=None if plan.story.is_text else os.path.relpath(file))


def _first_failed(last: LastRun) -> str:
    if not last.failed:
        raise RecordError(
            f"the last run ({last.app}) found no problem, so there is no order to replay",
            do=["Name one: workersim replay 2:aa"],
        )
    return last.failed[0]


def _settings(last: LastRun, said: Mapping[str, Any]) -> Resolved:
    """What the last run was given, and over it what was said now."""
    missing = [option for option in last.withheld if not _is_given(option, said)]
    if missing:
        what = "the last run had options that are not kept, for they may be secret"
        raise UsageError(what, do=[f"Give them again: {' '.join(missing)}"])
    now = {name: value for name, value in said.items() if value not in (None, (), []) and name in Settings.names()}
    return resolve(options={**last.given, **now}, environ={}, table={}, file="")


def _is_given(option: str, said: Mapping[str, Any]) -> bool:
    kind, _, rest = option.partition(" ")
    if kind == "--store":
        return bool(said.get("store"))
    name = rest.partition("=")[0]
    return any(one.startswith(f"{name}=") for one in said.get("env") or ())


def _run(plan: Plan, console: Console, command: str, tries: int) -> Result:
    """The first result with a problem; of an order that does not fail every time, with how often it did."""
    results: list[Result] = []
    for _ in range(tries):
        results.append(execute(plan, console, command=command, record=REPLAY))
        if results[0].verdict is Verdict.PROBLEM:
            return results[0]
    failed = [result for result in results if result.verdict is Verdict.PROBLEM]
    if not failed:
        return results[0]
    return replace(failed[0], notes=(*failed[0].notes, f"It failed in {len(failed)} of {tries} tries. {ELSE}"))


def _settled(result: Result, changed: Sequence[str], *, is_other: bool) -> Result:
    """A result for an order that failed before and does not now: because of a change, or nobody knows why."""
    code = [name for name in changed if name.endswith(".py")]
    if is_other or code:
        why = f"Changed since: {', '.join(code)}." if code else ""
        return replace(result, notes=(*result.notes, f"This order failed before, and does not now. {why}".strip()))
    files = (f"Files next to the app that changed since the first run: {', '.join(changed)}",) if changed else ()
    what = f"this order failed before, but not now (0 of {TRIES} tries)"
    unknown = Unknown(what=what, why=(ELSE,), do=files)
    return replace(result, verdict=Verdict.UNKNOWN, unknowns=(*result.unknowns, unknown))


def steps_to_show(result: Result, order: str) -> Sequence[ShownStep]:
    """The steps of the one order that was run, with what the workers held where the search for the cause looked."""
    from simulator.reports.compare import steps_of

    orders = [order, *(one.order for one in result.shown), *(one.order for one in result.examples)]
    steps = list(next((steps for one in orders if (steps := steps_of(result, one))), ()))
    for example in result.examples:
        for number, (step, looked_at) in enumerate(zip(steps, example.steps, strict=False)):
            if replace(step, memory={}, mark="", codes=()) != replace(looked_at, memory={}, mark="", codes=()):
                break
            steps[number] = replace(step, memory=step.memory or looked_at.memory)
    return steps


def changed_since(folder: Path, stamp: Path) -> tuple[str, ...]:
    """Files below `folder` that are newer than `stamp`, by name; hidden ones and caches do not count."""
    try:
        since = stamp.stat().st_mtime
    except OSError:
        return ()
    names: list[str] = []
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(one for one in folders if not one.startswith(".") and one not in NOT_THEIRS)
        newer = (Path(place, name) for name in sorted(files) if not name.startswith("."))
        names += [str(path.relative_to(folder)) for path in newer if path.lstat().st_mtime > since]
    return tuple(names[:MOST_NAMES])
