"""The command line: parse, call, print, exit.

Rule: only this folder and `reports.terminal` print. Results go to stdout, progress and errors to stderr.
What costs time to import (httpx, rich, the runner ...) is imported inside the command that needs it.
"""

from simulator.commands.front import main

__all__ = ["main"]
