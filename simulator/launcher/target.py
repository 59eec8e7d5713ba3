"""What a person wrote to name an application, taken apart: a file, a module or a folder, and what is in it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

from simulator.errors import AppNotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """`place` is a path or a dotted module; `attribute` a dotted name in it (None: look for the application).

    `call` holds the arguments where the attribute was written as a call.
    """

    text: str
    place: str
    attribute: str | None = None
    call: tuple[tuple[Any, ...], dict[str, Any]] | None = None

    @property
    def is_path(self) -> bool:
        """A file or folder was named, not a module."""
        return self.place.endswith(".py") or "/" in self.place or self.place in {"", ".", ".."}


def parse(text: str) -> Target:
    """Raises AppNotFound where the part after the colon is neither a name nor a call with plain arguments."""
    place, colon, rest = text.partition(":")
    if not colon:
        return Target(text=text, place=place)
    try:
        node = ast.parse(rest.strip(), mode="eval").body
        if isinstance(node, ast.Call):
            return Target(text=text, place=place, attribute=_dotted(node.func), call=_arguments(node))
        return Target(text=text, place=place, attribute=_dotted(node))
    except (SyntaxError, ValueError):
        raise AppNotFound(
            f'"{rest}" in "{text}" does not name an app',
            do=(
                f"Write a name or a call with plain values: {place}:app   {place}:create_app()   "
                f'{place}:create_app("test")',
            ),
        ) from None


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    raise ValueError


def _arguments(call: ast.Call) -> tuple[tuple[Any, ...], dict[str, Any]]:
    positional = tuple(ast.literal_eval(argument) for argument in call.args)
    named = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords if keyword.arg is not None}
    if len(named) != len(call.keywords):
        raise ValueError
    return positional, named
