"""Help that leads with examples."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from typer.core import TyperCommand

from simulator.commands.console import style_of
from simulator.commands.examples import EXAMPLES
from simulator.commands.workspace import FOLDER, PAGE


def examples_of(name: str) -> str:
    """The three examples of a command as lines that can be pasted, however narrow the screen."""
    from simulator.reports.layout import shell

    width = style_of(sys.stdout).width
    return "".join(f"{part}\n" for line in EXAMPLES[name] for part in shell(line, width, "  "))


class Command(TyperCommand):
    """One command: examples, then usage, description and options.

    `--html` may stand alone: it takes the word after it only if that is the name of a page.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, with_page(args))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        formatter.write(f"Examples:\n{examples_of(self.name or '')}\n")
        super().format_help(ctx, formatter)


def with_page(args: Sequence[str]) -> list[str]:
    """`args` with a file after each lone `--html`."""
    whole: list[str] = []
    for arg, after in zip(args, [*args[1:], ""], strict=False):
        is_lone = arg == "--html" and not after.endswith((".html", ".htm"))
        whole.append(f"--html={FOLDER}/{PAGE}" if is_lone else arg)
    return whole
