"""Running a plan: with its record, a progress line, and an end to everything however it ends."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, cast

from simulator import __version__
from simulator.commands.console import Console
from simulator.commands.interrupt import interruptible
from simulator.commands.workspace import FOLDER, RECORD, Workspace
from simulator.errors import RecordError
from simulator.result import Interrupted, Result

if TYPE_CHECKING:
    from simulator.history.record import Header
    from simulator.launcher.trees import Trees
    from simulator.recorder.file import FileSink
    from simulator.runner.plan import Plan
    from simulator.runner.stage import Stage


def execute(
    plan: Plan,
    console: Console,
    *,
    command: str,
    record: str = RECORD,
    jobs: int | None = None,
    keep: Callable[[Result], object] = lambda _: None,
    trees: Trees | None = None,
) -> Result:
    """Run `plan`; its events go to `.workersim/<record>`. Up to `jobs` processes play orders (None: all processors).

    `keep` is given the result, `trees` may have a process at hand. Raises AppError and UsageError as the runner does.
    Where it is interrupted, it keeps and shows what was found until then and passes KeyboardInterrupt on.
    """
    workspace = Workspace(Path())
    workspace.ready()
    path = workspace.folder / record
    try:
        result = _run(plan, path, _header(plan, command), console, jobs, trees)
    except KeyboardInterrupt as stopped:
        found = stopped.result if isinstance(stopped, Interrupted) else _recorded(path)
        if found is not None:
            found = replace(found, command=command, record=f"{FOLDER}/{record}" if path.exists() else None)
            keep(found)
            _show(found, console)
        raise
    result = replace(result, command=command, record=f"{FOLDER}/{record}" if result.record else None)
    keep(result)
    return result


def _header(plan: Plan, command: str) -> Header:
    from simulator.history.record import Header

    return Header(
        workersim=__version__,
        python=platform.python_version(),
        app=plan.target,
        workers=plan.workers,
        order=plan.order or "",
        story=plan.story.text,
        command=command,
    )


def _run(plan: Plan, path: Path, header: Header, console: Console, jobs: int | None, trees: Trees | None) -> Result:
    """The result; its `record` is None where the record could not be written to its end."""
    from simulator.recorder.file import FileSink
    from simulator.runner.stage import Stage

    with (
        interruptible(),
        FileSink(path, header=header) as sink,
        Stage(plan, meanwhile=_import_the_rest, trees=trees) as stage,
    ):
        result = _run_on(stage, sink, console, jobs)
    if sink.trouble:
        console.warn(sink.trouble)
    return replace(result, record=None if sink.trouble else str(path))


def _import_the_rest() -> None:
    """What takes about as long to import as an application takes to load."""
    _leave_out_httpx_command_line()
    import simulator.explore.run
    import simulator.reports.progress
    import simulator.reports.terminal  # noqa: F401


def _run_on(stage: Stage, sink: FileSink, console: Console, jobs: int | None) -> Result:
    from simulator.explore.pool import pool
    from simulator.explore.run import run_on
    from simulator.reports.progress import Progress

    style = console.err_style if console.verbosity >= 0 else replace(console.err_style, is_live=False)
    with Progress(console.err, style, what="orders") as progress, pool(jobs) as executor:
        return run_on(stage, sink=sink, progress=progress.reach, executor=executor)


def _leave_out_httpx_command_line() -> None:
    """httpx imports its own command line where rich is there: half of what it costs, and nothing here uses it."""
    sys.modules.setdefault("httpx._main", cast(ModuleType, None))


def _recorded(path: Path) -> Result | None:
    """The verdict on what was recorded until now; None where no run had begun."""
    from simulator.commands.judged import result_of
    from simulator.history.record import read

    try:
        with path.open("rb") as lines:
            record = read(lines)
    except (OSError, RecordError):
        return None
    if not record.events:
        return None
    result = result_of(record, file=str(path))
    return replace(result, title="", notes=(*result.notes, "Interrupted: this is what was found until then."))


def _show(result: Result, console: Console) -> None:
    from simulator.commands.deliver import show

    show(result, console)
