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


class _AsItIs:
    """Takes the place of Typer's coercion, for which it imports pydantic: a tenth of a second to turn texts into texts.

    (Where Typer no longer asks for it, it is only slower.) What a text means is for `settings` to say.
    """

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:  # noqa: ARG002
        return list(value or ()) if param.multiple or param.nargs == -1 else value


def as_they_are(params: list[Any]) -> list[Any]:
    """`params`, whose values are left as they were typed."""
    for param in params:
        param._runtime_param = _AsItIs()
    return params


class Command(TyperCommand):
    """One command: examples, then usage, description and options.

    `--html` may stand alone: it takes the word after it only if that is the name of a page.
    """

    def get_params(self, ctx: Any) -> list[Any]:
        return as_they_are(super().get_params(ctx))

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
