"""A finding with fewer steps: lines of the story that it does not need are left out, a user's own ones too.

Ever smaller groups of lines are left out until none can be (ddmin without its tests of subsets: Zeller, Hildebrandt,
*Simplifying and Isolating Failure-Inducing Input*, 2002, section 3).

Rule: what is left is the same finding, and no other. Each step that stays has the status that it had before, since
a page that asks for a password loses things too; and where one worker did not show the finding it still does not.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from simulator.errors import OrderError, StoryError
from simulator.events import RequestFailed, RequestSent, ResponseReceived
from simulator.runner.again import Again, extent_of, play_again
from simulator.runner.found import Candidate
from simulator.runner.play import STORY
from simulator.runner.trials import Trial, Trials
from simulator.story.schedule import Lifecycle, LoadMode, Schedule, Turn

ATTEMPTS = 80
"""How many runs it may take to make one example shorter."""

_Line: TypeAlias = tuple[str, int]
"""A user and the number of one of his lines, from 1."""


def shorter(one: Candidate, player: Trials) -> Candidate:
    """The candidate without the lines that it does not need; itself where the story has no lines to leave out."""
    if not player.stage.plan.story.is_text or not _may_be_shorter(one):
        return one
    base = play_again(one, player, is_recorded=False)
    if not base.same:
        return one
    return _Shorter(one, base, player).found()


def _may_be_shorter(one: Candidate) -> bool:
    """Are there steps that the finding does not speak of?"""
    return len(_needed(one)) < sum(isinstance(turn, Turn) for turn in one.schedule.turns)


def _needed(one: Candidate) -> set[int]:
    """The steps that the finding speaks of."""
    steps = {operation.step for operation in one.finding.witnesses} | {one.finding.step}
    return {step for step in steps if 0 < step <= len(one.schedule.turns)}


@dataclass(frozen=True, slots=True)
class _Step:
    """One request of the story: `line` is where it stands there, `status` what it was answered."""

    line: _Line
    status: int | None
    worker: int | None


class _Shorter:
    """Leaves lines of `one` out, which `base` has played as it is."""

    def __init__(self, one: Candidate, base: Again, player: Trials) -> None:
        self._one = one
        self._player = player
        self._lines = _lines_of(base.trial)
        self._steps = _steps(base.trial, self._lines)
        self._others = _steps(base.other, _lines_of(base.other)) if base.other else ()
        self._best = one
        self._left = ATTEMPTS
        self._is_usual: bool | None = None

    def found(self) -> Candidate:
        """The shortest candidate that was found."""
        kept = {self._lines[step - 1] for step in _needed(self._one)}
        leave_out([line for line in dict.fromkeys(self._lines) if line is not None and line not in kept], self._works)
        return self._best

    def _works(self, dropped: Collection[_Line]) -> bool:
        for candidate in self._without(dropped):
            if self._left <= 0:
                return False
            if (found := self._tried(candidate, dropped)) is not None:
                self._best = found
                return True
        return False

    def _without(self, dropped: Collection[_Line]) -> Iterator[Candidate]:
        """The candidate without these lines: dealt as before, or else each step where it was."""
        yield self._cut(dropped, self._one.schedule)
        schedule = self._one.schedule
        if schedule.workers > 1 and all(turn.worker is None for turn in schedule.turns if isinstance(turn, Turn)):
            yield self._cut(dropped, replace(schedule, turns=self._pinned(schedule.turns), routing="round-robin"))

    def _pinned(self, turns: tuple[Turn | Lifecycle, ...]) -> tuple[Turn | Lifecycle, ...]:
        workers = {number: step.worker for number, step in self._steps}
        return tuple(
            replace(turn, worker=workers.get(number)) if isinstance(turn, Turn) else turn
            for number, turn in enumerate(turns, start=1)
        )

    def _cut(self, dropped: Collection[_Line], schedule: Schedule) -> Candidate:
        one, against = self._one, self._one.against
        lines = [line for line in self._lines if line is not None]
        short = _cut(schedule, lines, dropped)
        return replace(
            one,
            schedule=short,
            finding=replace(one.finding, step=len(short.turns)) if one.phase == STORY else one.finding,
            against=_cut(against, lines, dropped) if against is not None else None,
        )

    def _tried(self, candidate: Candidate, dropped: Collection[_Line]) -> Candidate | None:
        """The candidate with its finding as it is now; None where it is not the same."""
        self._left -= 1
        try:
            again = play_again(candidate, self._player, is_recorded=False)
        except (OrderError, StoryError):  # a redirect less, or a value that no answer gave: not the same
            return None
        if not again.same or not self._answers_alike(again, dropped) or self._is_everywhere(candidate):
            return None
        return replace(candidate, finding=again.same[0])

    def _answers_alike(self, again: Again, dropped: Collection[_Line]) -> bool:
        """Has every step that is left the status that it had?"""
        pairs = [(self._steps, again.trial)] + ([(self._others, again.other)] if again.other else [])
        return all(
            [step.status for _, step in before if step.line not in dropped] == _statuses(trial)
            for before, trial in pairs
        )

    def _is_everywhere(self, candidate: Candidate) -> bool:
        """Does one worker to which nothing happens show it, though it did not show it before?"""
        if self._is_usual is None:
            self._is_usual = self._shows_alone(self._one)
        return not self._is_usual and self._shows_alone(candidate)

    def _shows_alone(self, one: Candidate) -> bool:
        schedule = _alone(one.schedule)
        if one.against is not None or schedule == one.schedule:
            return True
        self._left -= 1
        extent = replace(extent_of(one), reload=False)
        try:
            trial = self._player.one(schedule, extent, is_recorded=False)
        except (OrderError, StoryError):
            return False
        wanted = one.finding
        return any(
            (finding.name, finding.key, finding.user) == (wanted.name, wanted.key, wanted.user)
            for finding in trial.judgement.findings
        )


def leave_out(lines: Sequence[_Line], works: Callable[[Collection[_Line]], bool]) -> None:
    """Ask `works` about ever more lines to leave out, large groups first, until none of those left can be."""
    left, dropped, size = list(lines), set[_Line](), len(lines)
    while size:
        before, at = len(left), 0
        while at < len(left):
            group = left[at : at + size]
            if works(dropped | set(group)):
                dropped |= set(group)
                del left[at : at + size]
            else:
                at += size
        size = min(size // 2 if size > 1 else int(len(left) < before), len(left))


def _cut(schedule: Schedule, lines: Sequence[_Line], dropped: Collection[_Line]) -> Schedule:
    """The schedule without the turns that belong to the dropped lines; `lines` has the line of each user's turn."""
    at = iter(lines)
    turns = tuple(turn for turn in schedule.turns if isinstance(turn, Lifecycle) or next(at, None) not in dropped)
    return replace(schedule, turns=turns, without=tuple(sorted({*schedule.without, *dropped})))


def _alone(schedule: Schedule) -> Schedule:
    turns = tuple(replace(turn, worker=None) for turn in schedule.turns if isinstance(turn, Turn))
    return replace(schedule, workers=1, turns=turns, first=1, load=LoadMode.ONCE)


def _lines_of(trial: Trial) -> tuple[_Line | None, ...]:
    """For each turn of the run the line that it belongs to; None for a lifecycle event of the schedule."""
    composed = {event.step for event in trial.played.events if isinstance(event, RequestSent) and event.composed}
    begun: dict[str, int] = {}
    lines: list[_Line | None] = []
    for step, turn in enumerate(trial.played.schedule.turns, start=1):
        if isinstance(turn, Lifecycle):
            lines.append(None)
            continue
        begun[turn.user] = begun.get(turn.user, 0) + (step not in composed)
        lines.append((turn.user, begun[turn.user]))
    return tuple(lines)


def _steps(trial: Trial, lines: Sequence[_Line | None]) -> tuple[tuple[int, _Step], ...]:
    """The requests of the story with their numbers."""
    answers = {
        event.step: event for event in trial.played.events if isinstance(event, ResponseReceived | RequestFailed)
    }
    found = []
    for event in trial.played.events:
        if isinstance(event, RequestSent) and event.phase == STORY and (line := lines[event.step - 1]) is not None:
            found.append((event.step, _Step(line, _status(answers.get(event.step)), event.worker)))
    return tuple(found)


def _statuses(trial: Trial) -> list[int | None]:
    return [step.status for _, step in _steps(trial, _lines_of(trial))]


def _status(answer: ResponseReceived | RequestFailed | None) -> int | None:
    return answer.status if isinstance(answer, ResponseReceived) else None
