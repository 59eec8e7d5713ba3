"""Scenarios: a story with applications that break under it, applications that do not, and what each must show.

Rule: these are plain declarations. A scenario file (`scenarios/<lesson>/scenario.py`) holds one `SCENARIO`;
finding and loading such files is work of a higher rank. Paths are relative to the scenario's folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from simulator.story.story import Story

BROKEN = "broken"
FIXED = "fixed"
WRONG = "wrong-"
"""What the names of wrong fixes begin with: `wrong-lock`, `wrong-sticky`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """The line at fault: `file` relative to the scenario's folder, the line's own `text` (stripped, so that it
    survives edits above it; the test of the lessons looks its number up) and the `variable` to blame.
    """

    file: str
    text: str
    variable: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What people start at home: `name` as they call it ("flask run"), and the `arguments` of the Python
    interpreter that start it ("{port}" stands for its port).
    """

    name: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One application of a scenario and its contract.

    name: "broken", "fixed", or "wrong-..." for a cure that does not cure. framework: "flask", "django",
    "fastapi" ... app: what `workersim run` takes, relative to the scenario's folder ("broken.py",
    "broken.py:app", "djangosite.wsgi").
    expects: names of the findings that must show with 2, 3 and 4 workers ("lost-write"; empty: must be ok).
    at_one_worker: those that must show with 1 worker and no lifecycle event. after_reload: those that must
    show with 1 worker and one reload in between.
    where: the line and variable that blame must name, where there is one. changed: the line that changes that
    variable (None: it is only ever set where it is defined).
    fewest_steps: the number of rows of the shrunk example of the first finding.
    reason: one sentence for a wrong fix: why it does not help.
    story: another story for this variant alone (None: the scenario's).
    env: environment variables of the application.
    routing: the routing that belongs to this variant ("sticky" for the cure that consists of it).
    prepare: what to do once before the first start, as arguments of the Python interpreter. server: the
    framework's own development server, to be compared with our workers. Both run in the scenario's folder.
    """

    name: str
    framework: str
    app: str
    expects: frozenset[str] = frozenset()
    at_one_worker: frozenset[str] = frozenset()
    after_reload: frozenset[str] = frozenset()
    where: Where | None = None
    changed: Where | None = None
    fewest_steps: int | None = None
    reason: str = ""
    story: Story | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    routing: str = "round-robin"
    prepare: tuple[str, ...] = ()
    server: Server | None = None

    @property
    def is_broken(self) -> bool:
        return self.name == BROKEN

    @property
    def is_fixed(self) -> bool:
        return self.name == FIXED

    @property
    def is_wrong_fix(self) -> bool:
        return self.name.startswith(WRONG)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A lesson: `name` is its slug ("lost-write"), `title` a short line, `summary` a sentence or two.

    stores: what is put back before every run, as store specs ("items.db", "folder:uploads",
    "postgres://..."). files: name -> text of files that lie beside the application at the start of every run
    (they are put back too). workers: the number with which the lesson is shown.
    """

    name: str
    title: str
    summary: str
    story: Story
    variants: tuple[Variant, ...]
    stores: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    workers: int = 2

    def variant(self, name: str, framework: str | None = None) -> Variant:
        """The first variant of this name (and framework). Raises KeyError if there is none."""
        for variant in self.variants:
            if variant.name == name and framework in (None, variant.framework):
                return variant
        raise KeyError(name if framework is None else f"{name} ({framework})")

    def story_of(self, variant: Variant) -> Story:
        """The story that is told to `variant`."""
        return variant.story or self.story

    @property
    def frameworks(self) -> tuple[str, ...]:
        """Each framework once, in the order of the variants."""
        return tuple(dict.fromkeys(variant.framework for variant in self.variants))
