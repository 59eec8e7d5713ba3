"""The report of a bug of ours: what was asked, on what, and the traceback."""

from __future__ import annotations

import platform
import shlex
import traceback
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from simulator import __version__
from simulator.commands.workspace import Workspace


def describe(bug: Exception, args: Sequence[str]) -> str:
    """Everything that a report needs; values of `--env` are left out."""
    lines = [
        f"workersim {__version__}, Python {platform.python_version()}, {platform.platform()}",
        f"workersim {shlex.join(_without_values(args))}",
        "",
        *traceback.format_exception(bug),
    ]
    return "\n".join(line.rstrip("\n") for line in lines) + "\n"


def write_crash(text: str, folder: Path) -> str | None:
    """The file written, as a person would name it, or None where nothing can be written."""
    name = f"crash-{date.today():%Y%m%d}.txt"
    return Workspace(folder).write(name, text)


def _without_values(args: Sequence[str]) -> list[str]:
    masked: list[str] = []
    for before, arg in zip(["", *args], args, strict=False):
        is_pair = before == "--env" or arg.startswith("--env=")
        head, equals, _ = arg.removeprefix("--env=").partition("=")
        masked.append(f"{'--env=' if arg.startswith('--env=') else ''}{head}{equals}***" if is_pair and equals else arg)
    return masked
