"""`workersim init`: a story to start from, out of the app's own routes; `init ci`: a test and a workflow.

Rule: nothing that is there is overwritten without `--force`.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from simulator.commands import options, skeleton
from simulator.commands.config import Resolved
from simulator.commands.console import Console
from simulator.commands.guess import Guess
from simulator.commands.job import folder_of, require_fork, settings_of
from simulator.commands.target import required
from simulator.errors import ExitStatus, UsageError

CI = "ci"
TEST = "tests/test_multiworker.py"
WORKFLOW = ".github/workflows/multiworker.yml"

What = Annotated[
    str | None, typer.Argument(metavar="APP|ci", help="The app whose routes the story is about, or ci for a test.")
]
CiApp = Annotated[str | None, typer.Argument(metavar="APP", help="With ci: the app.")]
Out = Annotated[str | None, typer.Option("--story", metavar="FILE", help="The story file to write.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite what is there.")]


def init(
    ctx: typer.Context,
    what: What = None,
    app: CiApp = None,
    story: Out = None,
    env: options.Env = None,
    cwd: options.Folder = None,
    load_timeout: options.LoadTimeout = None,
    force: Force = False,
) -> int:
    """Write a story skeleton from the app's own routes, or (init ci) a test and a GitHub workflow."""
    require_fork()
    console = Console.of(ctx.params)
    is_ci = what == CI
    resolved = settings_of({**ctx.params, "target": app if is_ci else what, "story": None})
    target = required(resolved.settings.app)
    folder = folder_of(ctx.params, resolved)
    found, framework = _ask(resolved, target, folder)
    if is_ci:
        texts = {TEST: skeleton.test(found, target=target), WORKFLOW: skeleton.workflow(folder, framework=framework)}
        after = [f"run it with   pytest {TEST}"]
    else:
        file = story or f"{_stem(target)}.story"
        texts = {file: skeleton.story(found, target=target, file=file)}
        after = [f"run it with   workersim run {shlex.join([target, '--story', file])}"]
    _write(folder, texts, may_overwrite=force)
    console.show("\n".join([*(f"wrote {name}" for name in texts), *(f"   {line}" for line in after)]))
    return ExitStatus.OK


def _ask(resolved: Resolved, target: str, folder: Path) -> tuple[Guess, str]:
    """What the app's routes suggest, and the name of its framework. Raises AppError."""
    from simulator.commands.guess import guessed
    from simulator.launcher import Launcher

    settings = resolved.settings
    with Launcher(
        target=target, cwd=folder, env=settings.env, load_timeout_s=settings.load_timeout, asks_routes=True
    ) as launcher:
        info = launcher.load()
    return guessed(info), info.framework


def _stem(target: str) -> str:
    """`flask_app` for flask_app.py, flask_app:app and sites/flask_app.py:make_app(); for manage.py its folder."""
    place = Path(target.partition(":")[0])
    place = place.parent if place.name == "manage.py" else place
    return (place.resolve() if place.name in ("", "..") else place).name.removesuffix(".py").rpartition(".")[2] or "app"


def _write(folder: Path, texts: Mapping[str, str], *, may_overwrite: bool) -> None:
    """All files or none. Raises UsageError for a file that is there, or cannot be written."""
    there = [name for name in texts if (folder / name).exists()]
    if there and not may_overwrite:
        raise UsageError(f"{there[0]} is there already", do=["Overwrite it: --force", "Another name: --story NAME"])
    try:
        for name, text in texts.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{error.filename} cannot be written ({error.strerror})") from None
