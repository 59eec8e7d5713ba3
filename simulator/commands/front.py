"""The whole command: dispatch, and the one place where exceptions become exit codes.

Rule: whatever happens, the exit code is one of `errors.ExitStatus`; Typer's own 1 for a crash would read as
"problem found".
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.main import get_command

from simulator import __version__
from simulator.commands.console import Console
from simulator.commands.help import examples_of
from simulator.commands.parsers import suggestion
from simulator.commands.table import Group, typer_app
from simulator.errors import ExitStatus, UsageError, WorkersimError

if TYPE_CHECKING:
    from simulator.launcher.trees import Trees

PROGRAM = "workersim"


def main(argv: Sequence[str] | None = None, *, trees: Trees | None = None) -> int:
    """Run one command line (default: the process's own arguments) and return its exit code.

    `trees` may have a process at hand for the application that is to be run.
    """
    args = list(sys.argv[1:] if argv is None else argv)
    console = Console.of({"json": "--json" in args})
    try:
        status = _dispatch(args, trees)
        console.out.flush()
        return status
    except WorkersimError as trouble:
        return _tell(trouble, console)
    except (KeyboardInterrupt, typer.Abort):
        console.note("Interrupted.")
        return ExitStatus.INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has left; nothing may be written any more, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitStatus.INTERRUPTED
    except Exception as bug:
        return _tell_bug(bug, args, console)


def build() -> typer.Typer:
    """The whole command line; each command is built when it is asked for (`table`)."""
    app = typer_app(name=PROGRAM, cls=Group, invoke_without_command=True)
    app.callback()(_bare)
    return app


def _dispatch(args: list[str], trees: Trees | None) -> int:
    program: Any = get_command(build())
    if f"_{PROGRAM.upper()}_COMPLETE" in os.environ:
        program.main(args, prog_name=PROGRAM)  # answers the shell and exits
    try:
        with program.make_context(PROGRAM, args, obj=trees) as context:
            return int(program.invoke(context) or ExitStatus.OK)
    except typer.Exit as done:
        return done.exit_code
    except typer.TyperException as wrong:
        raise _usage_error(wrong) from None


def _usage_error(wrong: typer.TyperException) -> UsageError:
    """Typer's own message, in the form of ours, with the nearest thing that could have been meant."""
    context = getattr(wrong, "ctx", None)
    path = context.command_path if context is not None else PROGRAM
    option, known = getattr(wrong, "option_name", None), getattr(wrong, "possibilities", None)
    if option and known is not None:
        what = f"{path} has no option {option}{suggestion(option, known)}"
    else:
        what = wrong.format_message().strip().rstrip(".")
    return UsageError(what, do=[f"All options: {path} --help"])


def _bare(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="The version, and nothing else.")] = False,
) -> int:
    """Run a web app on N worker processes and see what breaks."""
    if version:
        print(f"{PROGRAM} {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(f"{context.command.help}\n\n{examples_of(PROGRAM)}\nMore: {PROGRAM} --help")
    return ExitStatus.OK


def _tell(trouble: WorkersimError, console: Console) -> int:
    from simulator.reports.trouble import error

    console.out.flush()
    console.err.write(error(trouble, console.err_style))
    if console.is_json:
        plain = {"code": trouble.code, "what": trouble.what, "why": list(trouble.why), "do": list(trouble.do)}
        console.show_json({"schema": 1, "error": plain})
    return trouble.exit_status


def _tell_bug(bug: Exception, args: Sequence[str], console: Console) -> int:
    from simulator.commands.crash import describe, write_crash

    text = describe(bug, args)
    path = write_crash(text, Path.cwd())
    if path is None or "-vv" in args:
        console.err.write(text)
    where = f" with {path}" if path else " with the text above"
    trouble = WorkersimError(
        f"workersim itself failed ({type(bug).__name__}: {bug} in {_place(bug)})",
        do=[f"Your app is not to blame. Please report{where}"],
    )
    return _tell(trouble, console)


def _place(bug: Exception) -> str:
    frame = bug.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}" if frame is not None else "?"
