"""The fixture's value: an application and its settings, and the checks of a story on it.

Rule: the application never runs in pytest's own process. Tests of one folder take turns, whichever process they
run in, for stores and files beside the application are put back in place.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from simulator.commands.config import Rank
from simulator.commands.job import overlaid
from simulator.commands.stories import story_of
from simulator.commands.target import required
from simulator.errors import OrderError, UsageError, WorkersimError
from simulator.reports.style import Style
from simulator.reports.trouble import error
from simulator.runner.plan import Plan
from simulator.runner.stage import Stage
from simulator.story.story import Story
from simulator.testing.lines import Lines, name_of, slug
from simulator.testing.report import Report
from simulator.testing.session import python_path, trees_of, turn_in
from simulator.testing.settings import resolved
from simulator.testing.targets import target_of

if TYPE_CHECKING:
    from simulator.launcher.trees import Trees
    from simulator.result import Result


class Multiworker:
    """`multiworker(app)` names what is checked; `marked` is what the test's marker says."""

    def __init__(self, request: pytest.FixtureRequest, marked: Mapping[str, Any]) -> None:
        self._request = request
        self._marked = marked
        self._pages = 0

    def __call__(
        self,
        app: object = None,
        *,
        workers: int | None = None,
        load: str | None = None,
        stores: str | Sequence[str] | None = None,
        routing: str | None = None,
        orders: int | str | None = None,
        seed: int | None = None,
        timeout_s: float | None = None,
        load_timeout_s: float | None = None,
        env: Mapping[str, str] | None = None,
        cwd: str | os.PathLike[str] | None = None,
        executor: Executor | None = None,
    ) -> Subject:
        """The application as a target ("flask_app:app", "shop:create_app('test')", a path), as an object that a
        module holds, or as its factory (`functools.partial` for one with arguments).

        What is not said comes from the settings. `load` is "once", "per-worker" or "both"; `cwd` is the folder from
        which the application is started (default: pytest's root folder). `executor` plays orders, where many are
        played for real (default: a pool of processes). Fails the test for what is not understood.
        """
        said = {
            "workers": workers,
            "load": load,
            "stores": stores,
            "routing": routing,
            "orders": orders,
            "seed": seed,
            "timeout_s": timeout_s,
            "load_timeout_s": load_timeout_s,
            "env": env,
        }
        said = {name: value for name, value in said.items() if value is not None}
        with _readable():
            if twice := [name for name in said if name in self._marked]:
                raise UsageError(f"{twice[0]} is said twice: by the marker, and in the call of multiworker")
            folder = self.root / cwd if cwd is not None else self.root
            if not folder.is_dir():
                raise UsageError(f"cwd: no folder {cwd} in {self.root}")
            target = target_of(app, folder) if app is not None else None
            return Subject(
                test=self, target=target, said=said, folder=folder if cwd is not None else None, executor=executor
            )

    @property
    def root(self) -> Path:
        """Where the project is."""
        return self._request.config.rootpath

    @property
    def jobs(self) -> int | None:
        """How many processes may play orders; the processes of pytest-xdist are enough by themselves."""
        jobs = resolved(self._request.config, {}).settings.jobs
        return 1 if jobs is None and "PYTEST_XDIST_WORKER" in os.environ else jobs

    @property
    def trees(self) -> Trees:
        """The zygotes that are kept until pytest ends."""
        return trees_of(self._request.config)

    def plan(self, subject: Subject, story: Story | None, order: str | None) -> Plan:
        """What is run. Raises UsageError, and AppError where the application has to be asked."""
        config = self._request.config
        settings = resolved(config, {**self._marked, **subject.said, "app": subject.target, "order": order})
        target = required(settings.settings.app)
        is_in_table = settings.rank("app") is Rank.FILE and not config.getini("workersim_app")
        cwd = subject.folder or (settings.folder("app") if is_in_table else self.root)
        if story is None:
            story = story_of(settings, cwd)
        elif settings.settings.shared:
            story = story.shared()
        plan = overlaid(Plan(target=target, cwd=cwd, story=story), settings)
        return replace(plan, env={**python_path(config), **plan.env})

    def lines(self, subject: Subject, plan: Plan, story: Story | None) -> Lines:
        """The lines to paste for a check of this test."""
        module = getattr(self._request.node, "module", None)
        said = dict(subject.said)
        if subject.folder is not None:
            said["cwd"] = os.path.relpath(subject.folder, self.root)
        return Lines(
            plan=plan,
            app=subject.target,
            story=name_of(story, module) if story is not None else None,
            test=slug(self._request.node.nodeid),
            folder=self._request.config.invocation_params.dir,
            said=said,
        )

    def tell(self, result: Result) -> None:
        """What was found, for JUnit and others that read the properties of a test; and as a page, if asked for."""
        for example in result.examples:
            found = {"workers": example.order.partition(":")[0], "order": example.order, "code": example.finding.code}
            self._request.node.user_properties.extend(found.items())
        config = self._request.config
        if folder := config.getoption("workersim_html"):
            from simulator.reports.html import page

            self._pages += 1
            number = f"-{self._pages}" if self._pages > 1 else ""
            path = config.invocation_params.dir / folder / f"{slug(self._request.node.nodeid)}{number}.html"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(page([result]), encoding="utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An application to check. `target` None: the one of the settings; `folder` None: the usual one."""

    test: Multiworker
    target: str | None
    said: Mapping[str, Any] = field(default_factory=dict)
    folder: Path | None = None
    executor: Executor | None = None

    def check(self, story: Story | None = None, *, order: str | None = None) -> Report:
        """Fail the test if `story` goes wrong in some order and routing, or in `order` ("2:aa").

        Without a story, that of the settings. What could not be judged fails too. Returns the report.
        """
        __tracebackhide__ = True
        return self.run(story, order=order).ok()

    def run(self, story: Story | None = None, *, order: str | None = None) -> Report:
        """The same without a verdict: state on the report what must hold (`.no_leaks()`)."""
        __tracebackhide__ = True
        with _readable():
            plan = self.test.plan(self, story, order)
            result = self._result(plan)
            self.test.tell(result)
            return Report(result=result, lines=self.test.lines(self, plan, story), alone=lambda: self._alone(plan))

    def _alone(self, plan: Plan) -> Result:
        with _readable():
            if plan.order is not None:
                raise OrderError(
                    f"the order {plan.order} has no reload",
                    do=("Put an R where one happens: 2:aRa", "Or check all orders"),
                )
            return self._result(replace(plan, workers=1, loads=plan.loads[:1]))

    def _result(self, plan: Plan) -> Result:
        from simulator.explore.pool import pool

        with (
            turn_in(plan.cwd),
            pool(self.test.jobs) as ours,
            Stage(plan, trees=self.test.trees, meanwhile=_import_the_rest) as stage,
        ):
            from simulator.explore.run import run_on

            return run_on(stage, executor=self.executor or ours)


def _import_the_rest() -> None:
    """What takes about as long to import as an application takes to load."""
    import simulator.explore.run  # noqa: F401


@contextmanager
def _readable() -> Iterator[None]:
    """Errors that are meant for a person fail the test as text."""
    __tracebackhide__ = True
    try:
        yield
    except WorkersimError as trouble:
        raise pytest.fail.Exception(error(trouble, Style(width=100)).rstrip(), pytrace=False) from None
