"""The command line: parse, call, print, exit.

Rule: only this folder and `reports.terminal` print. Results go to stdout, progress and errors to stderr.
What costs time to import (httpx, rich, the runner ...) is imported inside the command that needs it.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from simulator.errors import PlatformError

if TYPE_CHECKING:
    from simulator.launcher.trees import Trees

_ALLOCATIONS: Final = 100_000
"""Between two collections. A command is over soon: with Python's 700 a fifth of its time is the collector's."""


def script() -> int:
    """`main` as a process of its own."""
    gc.set_threshold(_ALLOCATIONS)
    with begun(sys.argv[1:]) as trees:
        status = main(trees=trees)
    gc.freeze()  # what is left ends with the process: nobody needs to go through it once more
    return status


@contextmanager
def begun(argv: Sequence[str]) -> Iterator[Trees | None]:
    """Where an application will be run, its first process is started before anything else: it takes its time too.

    It is for the command as most people write it. Where an option says otherwise, it is replaced.
    """
    if argv[:1] != ["run"] or not {"-h", "--help"}.isdisjoint(argv):
        yield None
        return
    from simulator.launcher.trees import Trees

    with closing(Trees()) as trees:
        with suppress(PlatformError, OSError):  # who needs it will be told
            trees.begin(cwd=Path.cwd(), env={"PYTHONHASHSEED": "0"})
        yield trees


def main(argv: Sequence[str] | None = None, *, trees: Trees | None = None) -> int:
    """Run one command line (default: the process's own arguments) and return its exit code."""
    try:
        from simulator.commands.front import main as run
    except KeyboardInterrupt:
        return 130
    return run(argv, trees=trees)
