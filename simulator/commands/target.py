"""Is TARGET a scenario or an app? Decided without running anything of the person's."""

from __future__ import annotations

import importlib.machinery
import sys
from collections.abc import Sequence
from pathlib import Path

from simulator.commands.parsers import suggestion
from simulator.errors import ScenarioNotFound, UsageError


def is_scenario(target: str, *, scenarios: Sequence[str], cwd: Path) -> bool:
    """True for a scenario's name, False for what can only be an app.

    A scenario's name wins over a folder of that name (`./lost-write` means the folder). Raises
    ScenarioNotFound where it is neither: no path, no dotted name, and no module that could be found.
    """
    if target in scenarios:
        return True
    if _is_path_like(target) or _is_findable(target, cwd):
        return False
    raise ScenarioNotFound(
        f'no scenario "{target}"{suggestion(target, scenarios)}',
        do=["All: workersim list", "An app is named by its file: flask_app.py"],
    )


def required(target: str | None) -> str:
    """The target, or a UsageError that says how to name one."""
    if target is not None:
        return target
    raise UsageError(
        "which app, or which scenario?",
        do=[
            "An app: workersim run flask_app.py",
            "A scenario: workersim run lost-write",
            'Or in pyproject.toml: app = "..."',
        ],
    )


def _is_path_like(target: str) -> bool:
    return any(sign in target for sign in (".", "/", ":", "\\", "("))


def _is_findable(target: str, cwd: Path) -> bool:
    """A folder or a module of that name, looked for where the app would be imported from."""
    if (cwd / target).is_dir() or (cwd / f"{target}.py").is_file():
        return True
    return target.isidentifier() and importlib.machinery.PathFinder.find_spec(target, [str(cwd), *sys.path]) is not None
