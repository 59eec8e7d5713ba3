"""The line on which a name of a module is defined, from its text."""

from __future__ import annotations

import ast
from pathlib import Path


def line_of(file: str, attribute: str) -> int | None:
    """The first line of `file` that binds the first name of `attribute`."""
    name = attribute.partition(".")[0]
    try:
        tree = ast.parse(Path(file).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None
    lines = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.stmt) and name in _bound(node)]
    return lines[0] if lines else None


def _bound(statement: ast.stmt) -> set[str]:
    match statement:
        case ast.Assign(targets=targets):
            return {target.id for target in targets if isinstance(target, ast.Name)}
        case ast.AnnAssign(target=ast.Name(id=name)):
            return {name}
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.ImportFrom(names=names) | ast.Import(names=names):
            return {alias.asname or alias.name for alias in names}
    return set()
