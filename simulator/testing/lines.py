"""The lines of a failed test that can be pasted: one that replays the order, one that pins it."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.result import Result
    from simulator.runner.plan import Plan
    from simulator.story.story import Story

_IN_TOKEN = frozenset({"workers", "load", "routing", "seed", "orders"})
"""What an order token says already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """`app` is what the test wrote (None: it comes from the settings), `said` what it wrote with it.

    `story` is the name that the story has in the test (None: it comes from the settings). `folder` is where pytest
    was started: there the replay line works.
    """

    plan: Plan
    app: str | None
    story: str | None
    test: str
    folder: Path
    said: Mapping[str, Any] = field(default_factory=dict)

    def pin(self) -> str:
        """The check of one order (`{order}` stands for it). Empty where the test is one already."""
        if self.plan.order is not None:
            return ""
        words = [json.dumps(self.app, ensure_ascii=False)] if self.app is not None else []
        words += [f"{name}={value!r}" for name, value in self.said.items() if name not in _IN_TOKEN]
        story = f"{self.story}, " if self.story else ""
        return f'multiworker({", ".join(words)}).check({story}order="{{order}}")'

    def replay(self, result: Result) -> str:
        """The command for one order; what it needs is kept in `.workersim/`. Empty for a story in Python."""
        if not self.plan.story.is_text or not self._keep(result):
            return ""
        return f"workersim replay {{order}} --test {shlex.quote(self.test)}"

    def _keep(self, result: Result) -> bool:
        from simulator.commands.as_test import is_shared
        from simulator.commands.last_run import LastRun, file_of
        from simulator.commands.workspace import Workspace

        plan = self.plan
        given: dict[str, Any] = {"app": plan.target, "timeout": plan.timeout_s, "load_timeout": plan.load_timeout_s}
        if is_shared(plan.story):
            given["shared"] = True
        if "PYTHONPATH" in plan.env:
            given["env"] = [f"PYTHONPATH={plan.env['PYTHONPATH']}"]
        withheld = [f"--env {name}=..." for name in plan.env if name != "PYTHONPATH"]
        withheld += self._stores(given)
        last = LastRun(
            given=given,
            cwd=str(plan.cwd),
            withheld=tuple(withheld),
            failed=tuple(dict.fromkeys(example.order for example in result.examples)),
            app=plan.target,
            text=plan.story.text,
        )
        text = json.dumps(asdict(last), indent=2, default=str) + "\n"
        return Workspace(self.folder).write(file_of(self.test), text) is not None

    def _stores(self, given: dict[str, Any]) -> list[str]:
        """Keeps the stores in `given`, unless one has a password in it; then returns what has to be said again."""
        from simulator.stores.opening import without_secrets

        stores = self.plan.stores
        if all(without_secrets(spec) == spec for spec in stores):
            given["store"] = list(stores)
            return []
        return [f"--store {without_secrets(spec)}" for spec in stores]


def name_of(story: Story, module: ModuleType | None) -> str:
    """Under which name the test module has the story; STORY where it has none."""
    names = (name for name, value in vars(module).items() if value is story) if module is not None else iter(())
    return next(names, "STORY")


def slug(test: str) -> str:
    """A test's name as the name of a file: test_lost-test_cart-2."""
    return "-".join(re.findall(r"[\w.]+", test.replace(".py::", "-").replace("/", "-")))
