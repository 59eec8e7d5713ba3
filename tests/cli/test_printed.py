"""Every command line that the program's own texts name is one that it understands: its name, and each option."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

import simulator
from simulator.commands.front import build

PACKAGE = Path(simulator.__file__).parent
LINE = re.compile(r"\bworkersim ([a-z]+)\b((?:(?!workersim)[^`\n])*)")
SENTENCES = frozenset(
    ["again", "ended", "has", "here", "is", "itself", "knows", "needs", "pytest", "reads", "unknown", "work", "writes"]
)
"""What follows the name where it is the subject of a sentence, or no command line."""
OPTION = re.compile(r"(?<!\S)--?[a-z][a-z-]*")


def texts(tree: ast.AST) -> Iterator[str]:
    """Strings of a module as they are printed, with `X` for what is put in; no documentation."""
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "X" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation | inside:
            yield node.value


def lines() -> Iterator[tuple[str, str, str]]:
    """File, command and the rest of each line."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for text in texts(ast.parse(path.read_text(encoding="utf-8"))):
            found = LINE.findall(text)
            yield from ((path.name, command, rest) for command, rest in found if command not in SENTENCES)


@pytest.mark.parametrize("line", sorted(set(lines())), ids=lambda line: f"{line[0]}-{line[1]}{line[2]}"[:60])
def test_a_line_in_a_text(line: tuple[str, str, str]) -> None:
    _, name, rest = line
    group: Any = get_command(build())
    assert name in group.commands
    options = {option for one in group.commands[name].params for option in (*one.opts, *one.secondary_opts)}
    assert {option.rstrip(".,;:)") for option in OPTION.findall(rest)} <= options | {"--help"}


def test_there_are_some() -> None:
    assert len(set(lines())) > 50
