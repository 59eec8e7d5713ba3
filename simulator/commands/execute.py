"""Running a plan: with its record, a progress line, and an end to everything however it ends."""

from __future__ import annotations

import platform
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from simulator import __version__
from simulator.commands.console import Console
from simulator.commands.interrupt import interruptible
from simulator.commands.workspace import FOLDER, RECORD, Workspace

if TYPE_CHECKING:
    from simulator.result import Result
    from simulator.runner.plan import Plan


def execute(plan: Plan, console: Console, *, command: str, record: str = RECORD) -> Result:
    """Run `plan`; its events go to `.workersim/<record>`. Raises AppError and UsageError as the runner does."""
    from simulator.history.record import Header
    from simulator.recorder.file import FileSink
    from simulator.reports.progress import Progress
    from simulator.runner import run

    workspace = Workspace(Path.cwd())
    workspace.ready()
    header = Header(
        workersim=__version__,
        python=platform.python_version(),
        app=plan.target,
        workers=plan.workers,
        order=plan.order or "",
        story=plan.story.text,
        command=command,
    )
    style = console.err_style if console.verbosity >= 0 else replace(console.err_style, is_live=False)
    with (
        interruptible(),
        FileSink(workspace.folder / record, header=header) as sink,
        Progress(console.err, style, what="orders") as progress,
    ):
        result = run(plan, sink=sink, progress=progress.reach)
    if sink.trouble:
        console.warn(sink.trouble)
    return replace(result, command=command, record=None if sink.trouble else f"{FOLDER}/{record}")
