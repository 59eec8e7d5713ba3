"""What was found out about one case, however it was found out: by playing orders, or by exploring them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from simulator.checkers.finding import Finding, Judgement
from simulator.events import Event
from simulator.runner.cases import Case
from simulator.story.schedule import Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Of `run` orders, `failed[name]` show that anomaly, `any_failed` show some."""

    run: int
    failed: Mapping[str, int]
    any_failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A finding, a schedule that shows it, and the phase in which it does: the story, or the looks after it.

    `against`: the schedule whose last answer is another one, where the finding is a difference between worlds.
    `is_noisy`: two runs of one schedule may differ in what nobody owns, so each is played twice. `tell` gives the
    events in which it was found, where they show it.
    """

    schedule: Schedule
    finding: Finding
    phase: str
    against: Schedule | None = None
    is_noisy: bool = False
    tell: Callable[[], Sequence[Event]] = field(default=tuple, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One case. `story` counts what shows in the story itself, `after` also what shows in the looks after it.

    `judgement` says whether enough was exercised. `total` is the number of orders there are (None: nobody knows).
    `claim` says how much was covered.
    """

    case: Case
    story: Counts
    after: Counts
    candidates: tuple[Candidate, ...]
    judgement: Judgement
    total: int | None
    is_complete: bool
    claim: str
    notes: tuple[str, ...] = ()
