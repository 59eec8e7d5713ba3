"""From settings to a plan: which app, which story, from which folder."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulator.commands.config import PREFIX, Rank, Resolved, read_config, resolve
from simulator.commands.parsers import suggestion
from simulator.commands.stories import story_of
from simulator.errors import PlatformError, UsageError

if TYPE_CHECKING:
    from simulator.runner.plan import Plan
    from simulator.story.scenario import Scenario, Variant
    from simulator.story.story import Story

OUTPUTS = frozenset({"junit", "sarif", "html", "trace", "har"})
"""Settings that say what to write, not what to run."""

FIELDS: Mapping[str, str] = {
    "load": "loads",
    "timeout": "timeout_s",
    "load_timeout": "load_timeout_s",
    "http": "way",
    "store": "stores",
}
"""The names of settings that a plan calls otherwise."""


def require_fork() -> None:
    """Raises PlatformError (E301) on Windows."""
    if not hasattr(os, "fork"):
        raise PlatformError(
            "this needs os.fork, which Windows does not have",
            do=[
                "Use WSL (wsl --install), a Codespace, or PythonAnywhere's own console.",
                "Reports and lessons can be read here: workersim explain, workersim list",
            ],
        )


def settings_of(options: Mapping[str, Any]) -> Resolved:
    """All settings of one command, from the options that Typer parsed, the environment and pyproject.toml.

    What a pyproject.toml says is said about the project's own app: for our scenarios it does not count.
    """
    from simulator.runner.catalogue import names

    table, file = read_config(_said_folder(options) or Path.cwd())
    options = {**options, "app": options.get("target")}
    is_lesson = (options["app"] or os.environ.get(f"{PREFIX}APP")) in names()
    return resolve(options=options, environ=os.environ, table={} if is_lesson else table, file=file)


def folder_of(options: Mapping[str, Any], resolved: Resolved) -> Path:
    """The folder from which the app is started: --cwd, else that of the file that names the app, else this one."""
    return _said_folder(options) or resolved.folder("app")


def _said_folder(options: Mapping[str, Any]) -> Path | None:
    """What --cwd says. Raises UsageError if there is no such folder."""
    if options.get("cwd") is None:
        return None
    cwd = Path(options["cwd"]).resolve()
    if not cwd.is_dir():
        raise UsageError(f"--cwd: no folder {options['cwd']}")
    return cwd


@contextmanager
def prepared(resolved: Resolved, cwd: Path, *, story: Story | None = None) -> Iterator[Plan]:
    """The plan for the target that was named; `story` is for settings that name none.

    A scenario is copied to a folder of its own for as long as it lasts.

    Raises a UsageError for what cannot be understood, and an AppError where the app has to be asked for its
    routes and does not load.
    """
    from simulator.commands.target import is_scenario, required
    from simulator.runner import catalogue
    from simulator.runner.plan import Plan

    require_fork()
    target = required(resolved.settings.app)
    if not is_scenario(target, scenarios=catalogue.names(), cwd=cwd):
        yield overlaid(Plan(target=target, cwd=cwd, story=story or story_of(resolved, cwd)), resolved)
        return
    scenario, folder = catalogue.find(target)
    variant = chosen(scenario, resolved)
    with catalogue.workspace(scenario, folder, variant) as place:
        plan = catalogue.plan(scenario, variant, place)
        if resolved.rank("story", "write", "read") is Rank.OPTION:
            plan = replace(plan, story=story_of(resolved, cwd))
        yield overlaid(plan, resolved)


def overlaid(plan: Plan, resolved: Resolved) -> Plan:
    """`plan` with every setting that was given; what the plan brings along stays where nothing was said.

    Raises UsageError for a port without HTTP.
    """
    settings = resolved.settings
    if settings.port and not settings.http:
        raise UsageError("--port is for --http, which was not asked for", do=["Add --http, or leave --port out"])
    values: dict[str, Any] = {
        "workers": settings.workers,
        "load": settings.load,
        "routing": settings.routing,
        "order": settings.order,
        "orders": settings.orders,
        "seed": settings.seed,
        "timeout": settings.timeout,
        "load_timeout": settings.load_timeout,
        "http": "http" if settings.http else "direct",
        "port": settings.port,
        "store": (*plan.stores, *settings.store),
        "env": {**plan.env, **settings.env},
    }
    given = {FIELDS.get(name, name): value for name, value in values.items() if name in resolved.given}
    return replace(plan, **given)


def command_line(resolved: Resolved, verb: str = "run") -> str:
    """The command that says the same again, without what it writes; it works when it is pasted."""
    words = ["workersim", verb]
    for name, given in resolved.given.items():
        if given.rank is not Rank.OPTION or name in OUTPUTS:
            continue
        match given.value:
            case bool():
                words += [given.source] if given.value else []
            case list() | tuple():
                words += [word for value in given.value for word in (given.source, str(value))]
            case value:
                words += [str(value)] if name == "app" else [given.source, str(value)]
    return shlex.join(words)


def chosen(scenario: Scenario, resolved: Resolved) -> Variant:
    """The variant that the settings name, for the framework that they name. Raises UsageError."""
    settings = resolved.settings
    frameworks = scenario.frameworks
    framework = settings.framework or ("flask" if "flask" in frameworks else frameworks[0])
    variants = [one.name for one in scenario.variants if one.framework == framework]
    for what, value, known in (("framework", framework, frameworks), ("variant", settings.variant, variants)):
        if value not in known:
            where = f" for {framework}" if what == "variant" else ""
            raise UsageError(
                f'{scenario.name} has no {what} "{value}"{where}{suggestion(value, known)}',
                do=[f"It has: {', '.join(dict.fromkeys(known))}"],
            )
    return scenario.variant(settings.variant, framework)
