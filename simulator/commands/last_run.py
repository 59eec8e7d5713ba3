"""What the last run was asked to do, kept beside its record so that `replay` can ask the same again.

Rule: no secret reaches the disk. Values of `--env`, and stores with a password in their address, are left out;
their names are kept, so that `replay` can say what has to be given again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from simulator.commands.config import Resolved
from simulator.commands.job import OUTPUTS
from simulator.commands.workspace import RUN, TESTS, Workspace
from simulator.result import Result
from simulator.story.story import Story

FORM = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """`given` are settings as they were written, by name; `failed` the orders that showed a problem.

    `text` is the story where it stands in no file (a test's own).
    """

    given: Mapping[str, Any] = field(default_factory=dict)
    cwd: str = "."
    withheld: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    app: str = ""
    text: str = ""
    v: int = FORM

    def story(self) -> Story | None:
        """The story of `text`, or None where the settings name one. Raises StoryError."""
        if not self.text:
            return None
        story = Story(self.text)
        return story.shared() if self.given.get("shared") else story


def save(workspace: Workspace, resolved: Resolved, cwd: Path, result: Result) -> str | None:
    """Write it; the file's name, or None where that cannot be done."""
    given = {name: one.value for name, one in resolved.given.items() if name not in OUTPUTS}
    if "story" in given:
        given["story"] = str(resolved.folder("story") / given["story"])
    withheld = _withhold(given, resolved)
    failed = tuple(dict.fromkeys(example.order for example in result.examples))
    last = LastRun(given=given, cwd=str(cwd), withheld=withheld, failed=failed, app=resolved.settings.app or "")
    return workspace.write(RUN, json.dumps(asdict(last), indent=2, default=str) + "\n")


def file_of(test: str | None) -> str:
    """Where the last run is kept, or what a failed test ran."""
    return RUN if test is None else f"{TESTS}/{test}.json"


def load(workspace: Workspace, test: str | None = None) -> LastRun | None:
    """The last run (or what `test` ran), or None if there was none that can be read."""
    try:
        content = json.loads((workspace.folder / file_of(test)).read_text(encoding="utf-8"))
        last = LastRun(**content)
    except (OSError, ValueError, TypeError):
        return None
    return last if last.v == FORM else None


def _withhold(given: dict[str, Any], resolved: Resolved) -> tuple[str, ...]:
    from simulator.stores.opening import without_secrets

    hidden = [f"--env {name}=..." for name in resolved.settings.env]
    given.pop("env", None)
    stores = resolved.settings.store
    if any(without_secrets(spec) != spec for spec in stores):
        hidden += [f"--store {without_secrets(spec)}" for spec in stores]
        given.pop("store", None)
    return tuple(hidden)
