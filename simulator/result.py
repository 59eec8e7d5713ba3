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
    `mark` is the sentence behind the cross ("alice-1 is missing"), empty where nothing is wrong.
    """

    number: int
    user: str
    request: str
    worker: int | None
    answer: str
    status: int | None = None
    mark: str = ""
    phase: str = "story"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A finding with the schedule that shows it. `proven`: it was replayed and came again."""

    finding: Finding
    order: str
    steps: tuple[ShownStep, ...]
    proven: bool
    blame: Blame | None = None
    load: str = "once"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Something that could not be judged: what, the places, and what to do."""

    what: str
    why: tuple[str, ...] = ()
    do: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the first table: of `run` orders, how many showed each anomaly (by its name)."""

    label: str
    workers: int
    load: str
    run: int
    failed: Mapping[str, int] = field(default_factory=dict)


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
class Result:
    """What a run found out about one application. `app` is as the person wrote it."""

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
