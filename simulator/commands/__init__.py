"""The command line: parse, call, print, exit.

Rule: only this folder and `reports.terminal` print. Results go to stdout, progress and errors to stderr.
What costs time to import (httpx, rich, the runner ...) is imported inside the command that needs it.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

_ALLOCATIONS: Final = 100_000
"""Between two collections. A command is over soon: with Python's 700 a fifth of its time is the collector's."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line (default: the process's own arguments) and return its exit code."""
    with _few_collections():
        try:
            from simulator.commands.front import main as run
        except KeyboardInterrupt:
            return 130
        return run(argv)


@contextmanager
def _few_collections() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(_ALLOCATIONS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
