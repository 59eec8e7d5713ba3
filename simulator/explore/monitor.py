"""Judges each step of the graph by the rules, on the history of the way that led to it.

What is wrong with an answer depends on what was done before, in which order, and how it came out; so that, and no
more, is what a world has to remember beside what the workers hold.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from copy import copy
from dataclasses import replace
from typing import TypeAlias

from simulator.checkers.finding import Finding
from simulator.checkers.judge import find
from simulator.events import (
    AppLoaded,
    Event,
    LifecycleChanged,
    OutsideChanged,
    RequestSent,
    RunEnded,
    RunStarted,
    WorkerStarted,
)
from simulator.explore.graph import Edge, Memory, Move
from simulator.explore.heard import Heard
from simulator.explore.rounds import Numbered, number_of, settled
from simulator.history.from_events import history
from simulator.history.operation import History, Kind
from simulator.story.keys import KeyKind
from simulator.story.schedule import Action
from simulator.story.story import Story

Way: TypeAlias = Sequence["Edge[Heard, Finding]"]

_TICK_S = 0.001
_ORDERED = frozenset({KeyKind.REGISTER, KeyKind.DOCUMENT, KeyKind.LIST})


class Rules:
    """The monitor of a story with declared keys, served by `workers` workers."""

    def __init__(self, story: Story, *, workers: int, seed: int) -> None:
        self._story = story
        self._workers = workers
        self._seed = seed
        self._kinds = {key.name: key.kind for key in story.keys}
        self._told: tuple[Way, Retelling] | None = None

    def start(self) -> Hashable:
        """Nothing was done, and nothing found."""
        return (frozenset(), (), frozenset())

    def step(self, way: Way, move: Move, answer: Heard | None, seen: Hashable) -> tuple[Hashable, tuple[Finding, ...]]:
        """What was done and found, after this step; and what its answer breaks."""
        if answer is None:
            return seen, ()
        step = len(way) + 1
        findings = find(self.history(way, move, answer), at=step)
        waited_s = sum(edge.answer.waited_s for edge in way if edge.answer is not None)
        return self._remembered(seen, answer, waited_s, findings), findings

    def history(self, way: Way, move: Move, answer: Heard | None) -> History:
        """The history of `way` and one move more."""
        memories = way[0].source.memories if way else (move.memory or "",) * self._workers
        return history(self._retold(way, memories).then(move, answer))

    def _retold(self, way: Way, memories: tuple[Memory, ...]) -> Retelling:
        """`way`, which the walk asks about once for each move that it can go on with."""
        if self._told is None or self._told[0] is not way or not way:
            retelling = Retelling(self._story, way, memories, workers=self._workers, seed=self._seed)
            self._told = way, retelling
        return self._told[1]

    def _remembered(self, seen: Hashable, answer: Heard, waited_s: float, findings: tuple[Finding, ...]) -> Hashable:
        """Changes of collections and counters as a set; of what has an order, as a sequence. Each with its time.

        And what was found: what shows again is told only once, so ways on which it did not show yet are other ways.
        """
        assert isinstance(seen, tuple)
        anyhow, ordered, found = seen
        outcome = answer.meaning[0] if isinstance(answer.meaning, tuple) else None
        for event in answer.events:
            for effect in event.effects if isinstance(event, RequestSent | OutsideChanged) else ():
                if effect.kind != Kind.READ:
                    change = (effect.kind, effect.key, effect.value, effect.of, outcome, waited_s)
                    if self._kinds.get(effect.key) in _ORDERED or effect.kind in (Kind.REMOVE, Kind.RESET):
                        ordered = (*ordered, change)
                    else:
                        anyhow = anyhow | {change}
        return (anyhow, ordered, found.union((one.name, one.key) for one in findings))


class Retelling:
    """Tells a way through the graph, from workers that hold `memories`, as the events of a run."""

    def __init__(self, story: Story, way: Way, memories: Numbered, *, workers: int, seed: int) -> None:
        self._story = story
        self._workers = workers
        self._seed = seed
        self._t = 0.0
        self._loads = 1
        self._generations = dict.fromkeys(range(1, workers + 1), 0)
        self._held = memories
        self._steps = len(way)
        self._events = self._beginning()
        for step, edge in enumerate(way, start=1):
            self._events += self._moved(step, edge.move, edge.answer)
            self._held = settled(self._held, edge)

    def then(self, move: Move, answer: Heard | None) -> list[Event]:
        """All events from RunStarted to RunEnded, where the way goes on with `move`."""
        further = copy(self)
        further._generations = dict(self._generations)
        moved = further._moved(self._steps + 1, move, answer)
        return [*self._events, *moved, RunEnded(t=further._now(), reason="done")]

    def _now(self) -> float:
        self._t = round(self._t + _TICK_S, 9)
        return self._t

    def _beginning(self) -> list[Event]:
        started = RunStarted(
            t=self._now(),
            run=1,
            app="",
            workers=self._workers,
            load="once",
            order="",
            routing="",
            way="direct",
            seed=self._seed,
            users=self._story.users,
            keys=tuple(key.plain() for key in self._story.keys),
        )
        return [started, *self._load()]

    def _load(self) -> list[Event]:
        loaded = AppLoaded(t=self._now(), began=self._now(), load=self._loads, worker=None)
        starts = [
            WorkerStarted(t=self._now(), worker=number, generation=generation, pid=0, load=self._loads)
            for number, generation in self._generations.items()
        ]
        return [replace(loaded, t=self._now()), *starts]

    def _moved(self, step: int, move: Move, answer: Heard | None) -> list[Event]:
        if move.action is not None:
            return self._acted(step, move)
        worker = number_of(self._held, move)
        if answer is None:
            return []
        return [self._placed(event, step, worker, answer.waited_s) for event in answer.events]

    def _placed(self, event: Event, step: int, worker: int | None, waited_s: float) -> Event:
        changes: dict[str, object] = {"t": self._now(), "step": step}
        if isinstance(event, OutsideChanged):
            changes["began"] = self._now()
            self._t += waited_s
            changes["t"] = self._now()
        elif hasattr(event, "worker"):
            changes["worker"] = worker
        return replace(event, **changes)  # type: ignore[arg-type]

    def _acted(self, step: int, move: Move) -> list[Event]:
        began = self._now()
        number = number_of(self._held, move)
        told = [] if move.action is Action.KILL else self._replaced(number)
        assert move.action is not None
        return [
            *told,
            LifecycleChanged(t=self._now(), began=began, step=step, action=move.action, worker=number),
        ]

    def _replaced(self, number: int | None) -> list[Event]:
        self._loads += 1
        for one in [number] if number else list(self._generations):
            self._generations[one] += 1
        return self._load()
