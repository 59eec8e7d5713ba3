"""The commands by name.

Rule: each is imported and built only when it is asked for, which is most of what a short one costs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any, cast

import typer
from typer.core import TyperGroup
from typer.main import get_command

from simulator.commands.console import style_of
from simulator.commands.help import Command, as_they_are, examples_of
from simulator.commands.parsers import suggestion
from simulator.errors import UsageError

COMMANDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "run": ("run:run", "Run an app or a scenario on workers and see what breaks"),
        "compare": ("compare:compare", "Two apps side by side, in the same order"),
        "replay": ("replay:replay", "One order of the last run again, step by step"),
        "import": ("importing:import_visit", "A recorded visit as a story or a test"),
        "check": ("check:check", "Judge a recorded history"),
        "explain": ("explain:explain", "What a finding or an error means"),
        "list": ("list:list_scenarios", "The scenarios"),
        "init": ("init:init", "Write a story, or a test for CI, to start from"),
        "doctor": ("doctor:doctor", "Does workersim work here?"),
    }
)
"""Name -> the function (module:name in this folder) and what `--help` says about it."""


def typer_app(**settings: Any) -> typer.Typer:
    """A Typer that leaves colour, exceptions and the width of the help to us."""
    return typer.Typer(
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "terminal_width": style_of(sys.stdout).width - 1},
        **settings,
    )


class _OnDemand(Mapping[str, Any]):
    """The commands by name, each built when it is taken out."""

    def __getitem__(self, name: str) -> Any:
        return _built(name)

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class Group(TyperGroup):
    """All commands. Its help begins with examples."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = cast(Any, _OnDemand())

    def get_params(self, ctx: Any) -> list[Any]:
        return as_they_are(super().get_params(ctx))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in COMMANDS:
            near = suggestion(args[0], COMMANDS)
            raise UsageError(f'workersim has no command "{args[0]}"{near}', do=["All of them: workersim --help"])
        return super().resolve_command(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        formatter.write(f"Examples:\n{examples_of('workersim')}\n")
        super().format_help(ctx, formatter)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """Without building any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])


def _built(name: str) -> Any:
    module, _, function = COMMANDS[name][0].partition(":")
    app = typer_app(add_completion=False)
    app.command(name, cls=Command)(getattr(import_module(f"simulator.commands.{module}"), function))
    return get_command(app)
