"""What a whole command found out: the one value that every report is computed from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from simulator.checkers.finding import Finding, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A line of the person's own code. `file` is relative to the working directory where possible."""

    file: str
    line: int
    text: str
    function: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blame:
    """The variable whose copies differ, where it is defined, changed and read.

    `values` are (worker, short value) pairs, labels instead of tokens. `kind` is "global", "class attribute",
    "default argument", "closure", "cache", "instance attribute", "environment" ... `scope` says in plain words
    how many copies there are ("each worker has its own copy", "one for all users of a worker", "computed once
    per load"). `reason` is filled in where the search ended without a name ("not found": why).
    """

    name: str
    kind: str = ""
    scope: str = ""
    defined: Place | None = None
    changed: Place | None = None
    read: Place | None = None
    values: tuple[tuple[int, str], ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownStep:
    """One row of an example: what was asked, who answered and what, with labels instead of tokens.

    `user` is "world" or "operator" for what happens outside the workers; then `worker` and `answer` are empty.
    `mark` is the sentence behind the cross ("alice-1 is missing"), empty where nothing is wrong; `codes` are
    those of the findings that show here. `memory` is what each worker holds after the step, as (variable,
    short value) pairs by worker number; 0 stands for what is outside the workers (stores).
    """

    number: int
    user: str
    request: str
    worker: int | None
    answer: str
    status: int | None = None
    mark: str = ""
    phase: str = "story"
    codes: tuple[str, ...] = ()
    memory: Mapping[int, tuple[tuple[str, str], ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A finding with the schedule that shows it. `proven`: it was replayed and came again.

    `is_replayed`: this was tried; not where somebody ended the command before.
    """

    finding: Finding
    order: str
    steps: tuple[ShownStep, ...]
    proven: bool
    blame: Blame | None = None
    load: str = "once"
    is_replayed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Something that could not be judged: what, the places, and what to do."""

    what: str
    why: tuple[str, ...] = ()
    do: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the first table: of `run` orders, how many showed each anomaly (by its name).

    `server` names the development server that was asked ("flask run"); empty where our workers were.
    """

    label: str
    workers: int
    load: str
    run: int
    failed: Mapping[str, int] = field(default_factory=dict)
    server: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """How much was covered: `run` of `total` orders, `failed` of them; `complete` if none was left out.

    `claim` is the sentence that says it ("all 6 orders of 4 requests", "sampled 100 of 34,650, seed 7").
    """

    run: int
    failed: int
    total: int | None
    complete: bool
    claim: str
    seed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One order as it ran, whatever came of it: what comparisons and pages set beside an example."""

    order: str
    steps: tuple[ShownStep, ...]
    load: str = "once"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One order of the search and its verdict; `names` are the anomalies that it showed."""

    order: str
    verdict: Verdict
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a run found out about one application. `app` is as the person wrote it.

    Optional, for fuller reports: `shown` are whole orders to look at (broken and fixed side by side need the
    same order in both results), `tried` every order with its verdict, `sources` the lines of the person's own
    files that a `Place` names, `story` the story in its text form.
    """

    app: str
    title: str
    workers: int
    load: str
    users: tuple[str, ...]
    verdict: Verdict
    orders: Orders
    rows: tuple[Row, ...] = ()
    examples: tuple[Example, ...] = ()
    unknowns: tuple[Unknown, ...] = ()
    notes: tuple[str, ...] = ()
    runs: int = 0
    took_s: float = 0.0
    record: str | None = None
    command: str = ""
    shown: tuple[Shown, ...] = ()
    tried: tuple[Tried, ...] = ()
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    story: str = ""


class Interrupted(KeyboardInterrupt):
    """Somebody ended a command; `result` is what it had found out until then."""

    def __init__(self, result: Result) -> None:
        super().__init__()
        self.result = result
