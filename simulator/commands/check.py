"""`workersim check`: judge a history that was recorded, by workersim or by something else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from simulator.commands import options
from simulator.commands.console import Console
from simulator.commands.deliver import show, status_of, write_files
from simulator.commands.settings import Settings
from simulator.errors import RecordError

File = Annotated[str, typer.Argument(metavar="FILE", help="A record (.workersim/latest.jsonl) or a history.")]


def check(
    ctx: typer.Context,
    file: File,
    json: options.Json = False,
    junit: options.JUnit = None,
    sarif: options.Sarif = None,
    trace: options.Trace = None,
    har: options.Har = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = 0,
) -> int:
    """Judge a recorded history again: the same checkers, without running anything.

    Ends with 1 for a problem, 0 where all is well, and 4 where the record is not enough to say so.
    """
    from simulator.commands.judged import result_of
    from simulator.history.record import read

    console = Console.of(ctx.params)
    try:
        with Path(file).open("rb") as lines:
            record = read(lines)
    except OSError as error:
        raise RecordError(f"{file} cannot be read ({error.strerror})") from None
    result = result_of(record, file=file)
    show(replace(result, record=None), console)
    write_files([result], Settings(junit=junit, sarif=sarif, trace=trace, har=har), console)
    return status_of([result])
