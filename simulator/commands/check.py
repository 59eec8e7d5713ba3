"""`workersim check`: judge a history that was recorded, by workersim or by something else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulator.commands import options
from simulator.commands.console import Console
from simulator.commands.deliver import show, status_of, write_files
from simulator.commands.settings import Settings
from simulator.errors import RecordError

if TYPE_CHECKING:
    from simulator.result import Result

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
    console = Console.of(ctx.params)
    try:
        result = _judged(Path(file))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        raise RecordError(f"{file} cannot be read: {reason}") from None
    show(replace(result, record=None), console)
    write_files([result], Settings(junit=junit, sarif=sarif, trace=trace, har=har), console)
    return status_of([result])


def _judged(path: Path) -> Result:
    """A record of ours with its steps; any other history with the operations that it names."""
    from simulator.checkers.file import check_lines
    from simulator.commands.foreign import result_of_history
    from simulator.commands.judged import result_of
    from simulator.history.record import read

    with path.open(encoding="utf-8") as lines:
        is_ours = '"type":"header"' in lines.readline().replace(" ", "")
        lines.seek(0)
        return (
            result_of(read(lines), file=str(path)) if is_ours else result_of_history(check_lines(lines), file=str(path))
        )
