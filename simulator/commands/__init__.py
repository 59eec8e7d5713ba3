"""The command line: parse, call, print, exit.

Rule: only this folder and `reports.terminal` print. Results go to stdout, progress and errors to stderr.
What costs time to import (httpx, rich, the runner ...) is imported inside the command that needs it.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from typing import Final

_ALLOCATIONS: Final = 100_000
"""Between two collections. A command is over soon: with Python's 700 a fifth of its time is the collector's."""


def script() -> int:
    """`main` as a process of its own."""
    gc.set_threshold(_ALLOCATIONS)
    status = main()
    gc.freeze()  # what is left ends with the process: nobody needs to go through it once more
    return status


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line (default: the process's own arguments) and return its exit code."""
    try:
        from simulator.commands.front import main as run
    except KeyboardInterrupt:
        return 130
    return run(argv)
