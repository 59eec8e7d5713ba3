"""`workersim doctor`: will it work here? Looked at before a class or a CI job, not during it."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from simulator.checkers.finding import Verdict
from simulator.commands import options
from simulator.commands.console import Console
from simulator.errors import ExitStatus, WorkersimError

OLDEST = (3, 11)
REQUIRED = ("greenlet", "httpx", "multiprocessing-logging", "rich", "starlette", "typer", "uvicorn")
FRAMEWORKS = ("flask", "django", "fastapi", "starlette", "bottle", "falcon")
DATABASE_VARIABLES = ("DATABASE_URL", "SQLALCHEMY_DATABASE_URI", "DB_URL", "POSTGRES_URL", "REDIS_URL", "MONGO_URL")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at: OK is fine, UNKNOWN is worth knowing, PROBLEM stops workersim. `do`: the way out."""

    verdict: Verdict
    what: str
    do: str = ""


AppOption = Annotated[
    str | None, typer.Option("--app", metavar="TARGET", help="Look at this app too: does it load, what does it need?")
]


ClassOption = Annotated[
    bool, typer.Option("--class", help="Before a class: is every lesson's broken app caught, and its fixed one fine?")
]


def doctor(
    ctx: typer.Context,
    app: AppOption = None,
    is_class: ClassOption = False,
    cwd: options.Folder = None,
    json: options.Json = False,
) -> int:
    """Tell whether workersim works here: Python, fork, packages, scenarios."""
    console = Console.of(ctx.params)
    checks = [check() for check in CHECKS]
    checks += [*_databases(), *(_app(app, Path(cwd or ".")) if app else ()), *(_class() if is_class else ())]
    worst = Verdict.PROBLEM if any(check.verdict is Verdict.PROBLEM for check in checks) else Verdict.OK
    if console.is_json:
        plain = [{"verdict": str(check.verdict), "what": check.what, "do": check.do} for check in checks]
        console.show_json({"schema": 1, "verdict": str(worst), "checks": plain})
    else:
        console.show("\n".join(_lines(checks, console)))
    return ExitStatus.PROBLEM if worst is Verdict.PROBLEM else ExitStatus.OK


def _lines(checks: list[Check], console: Console) -> Iterator[str]:
    from simulator.reports.layout import indented

    style = console.style
    for check in checks:
        sign = "!" if check.verdict is Verdict.UNKNOWN else style.mark(check.verdict)
        first, *rest = indented(check.what, style.width, f"{sign} ", " " * 3)
        yield from (style.paint(sign, str(check.verdict)) + first[len(sign) :], *rest)
        yield from indented(check.do, style.width, "   ") if check.do else ()


def _python() -> Check:
    found = f"Python {platform.python_version()} ({platform.python_implementation()}), {platform.system()}"
    if sys.version_info < OLDEST:
        return Check(verdict=Verdict.PROBLEM, what=found, do="workersim needs Python 3.11 or later.")
    return Check(verdict=Verdict.OK, what=found)


def _fork() -> Check:
    if hasattr(os, "fork"):
        return Check(verdict=Verdict.OK, what="fork available")
    do = "Use WSL (wsl --install) or a Codespace. Here: workersim explain, workersim list, workersim check."
    return Check(verdict=Verdict.PROBLEM, what="os.fork is not available: no app can be run here (E301)", do=do)


def _packages() -> Check:
    versions = {name: _version(name) for name in REQUIRED}
    missing = [name for name, version in versions.items() if version is None]
    if missing:
        do = f"pip install {' '.join(missing)}"
        return Check(verdict=Verdict.PROBLEM, what=f"not installed: {', '.join(missing)}", do=do)
    found = ", ".join(f"{name} {version}" for name, version in versions.items())
    return Check(verdict=Verdict.OK, what=f"packages: {found}")


def _frameworks() -> Check:
    found = [f"{name} {version}" for name in FRAMEWORKS if (version := _version(name)) is not None]
    if found:
        return Check(verdict=Verdict.OK, what=f"frameworks: {', '.join(found)}")
    do = "Most scenarios need Flask: pip install flask"
    return Check(verdict=Verdict.UNKNOWN, what="no web framework in this Python", do=do)


def _scenarios() -> Check:
    from simulator.runner.catalogue import find, names

    try:
        broken = [name for name in names() if not find(name)[1].is_dir()]
        count = len(names())
    except (WorkersimError, OSError) as trouble:
        return Check(
            verdict=Verdict.PROBLEM, what=f"the scenarios cannot be read: {trouble}", do="Install workersim again."
        )
    if broken or not count:
        what = f"scenarios are missing: {', '.join(broken) or 'all'}"
        return Check(verdict=Verdict.PROBLEM, what=what, do="Install workersim again.")
    return Check(verdict=Verdict.OK, what=f"offline: all {count} scenarios and all texts are inside the package")


def _workspace() -> Check:
    if os.access(Path.cwd(), os.W_OK):
        return Check(verdict=Verdict.OK, what="records can be kept here, in .workersim/")
    do = "Runs work, but replay and --html have nothing to start from."
    return Check(verdict=Verdict.UNKNOWN, what="nothing can be written in this folder", do=do)


CHECKS: tuple[Callable[[], Check], ...] = (_python, _fork, _packages, _frameworks, _scenarios, _workspace)


def _databases() -> Iterator[Check]:
    """Live data is not copied: a database that the app would reach from here is worth a word."""
    for name in DATABASE_VARIABLES:
        if os.environ.get(name):
            what = f"{name} is set: the app would use that live database, and workersim writes to it"
            yield Check(verdict=Verdict.UNKNOWN, what=what, do=f"Give the app another one: --env {name}=...")


def _class() -> Iterator[Check]:
    """Every lesson is run, and what 20 people need who cannot reach the network is said."""
    from simulator.commands.classroom import lessons

    wrong = {name: trouble for name, trouble in lessons() if trouble}
    for name, trouble in wrong.items():
        yield Check(verdict=Verdict.PROBLEM, what=f"the lesson {name}: {trouble}", do=f"workersim run {name}")
    if not wrong:
        yield Check(verdict=Verdict.OK, what="each lesson was run: broken fails, fixed passes")
    do = "Wheels to hand out:  pip download workersim -d wheels/"
    yield Check(verdict=Verdict.UNKNOWN, what="the students' own computers were not looked at", do=do)


def _app(target: str, cwd: Path) -> Iterator[Check]:
    from simulator.launcher import Launcher

    try:
        with Launcher(target=target, cwd=cwd.resolve()) as launcher:
            info = launcher.load()
    except WorkersimError as trouble:
        yield Check(
            verdict=Verdict.PROBLEM, what=f"{trouble.code}: {trouble.what}", do=f"workersim explain {trouble.code}"
        )
        return
    yield Check(verdict=Verdict.OK, what=f"{target} loads: {info.title}, {len(info.routes)} routes")


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
