"""The command line: parse, call, print, exit.

Rule: only this folder and `reports.terminal` print. Results go to stdout, progress and errors to stderr.
What costs time to import (httpx, rich, the runner ...) is imported inside the command that needs it.
"""

from __future__ import annotations

from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line (default: the process's own arguments) and return its exit code."""
    try:
        from simulator.commands.front import main as run
    except KeyboardInterrupt:
        return 130
    return run(argv)
