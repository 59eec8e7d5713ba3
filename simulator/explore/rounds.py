"""Round robin through a graph that is walked already: every order, counted without asking for anything.

Which worker is next depends on how many steps were taken, and what it holds on who was served before; so the
places of this count are (world, what each numbered worker holds, whose turn it is).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Set
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from simulator.explore.graph import GONE, Edge, Graph, Memory, Move, World
from simulator.runner.found import Counts
from simulator.story.schedule import Action

A = TypeVar("A", bound=Hashable)
F = TypeVar("F")

Numbered: TypeAlias = tuple[Memory, ...]
"""What worker 1, 2, ... holds."""


@dataclass(frozen=True, slots=True)
class _Place:
    world: World
    held: Numbered
    turn: int
    """The number of the worker whose turn it is."""


def memory_after(edge: Edge[A, F]) -> Memory:
    """What the worker that moved holds after `edge`."""
    if edge.move.number is not None:
        return edge.target.memories[edge.move.number - 1]
    after = list(edge.target.memories)
    left = list(edge.source.memories)
    left.remove(edge.move.memory or GONE)
    for memory in left:
        after.remove(memory)
    return after[0]


def number_of(held: Numbered, move: Move) -> int | None:
    """The number of the worker that moves: its own, or that of the first that holds the same; None: no worker does."""
    if move.memory is None or move.number is not None:
        return move.number
    return held.index(move.memory) + 1


def settled(held: Numbered, edge: Edge[A, F]) -> Numbered:
    """What each numbered worker holds after `edge`, if `number_of` is the one that moved."""
    number = number_of(held, edge.move)
    if number is None:
        return edge.target.memories if edge.move.action is Action.RELOAD else held
    return _moved(held, number, memory_after(edge))


def dealt_to(held: Numbered, turn: int) -> int:
    """The number of the worker that round robin takes: the first from `turn` on that is there (`RoundRobin`)."""
    alive = [number for number, memory in enumerate(held, start=1) if memory != GONE]
    return next((number for number in alive if number >= turn), alive[0])


def _moved(held: Numbered, number: int, memory: Memory) -> Numbered:
    return (*held[: number - 1], memory, *held[number:])


class Rounds(Generic[A, F]):
    """The orders of `graph` under round robin, beginning with worker 1. `name_of` gives a finding's anomaly."""

    def __init__(self, graph: Graph[A, F], name_of: Callable[[F], str]) -> None:
        self._graph = graph
        self._name_of = name_of
        self._start = _Place(graph.start, graph.start.memories, 1)
        self._moves: dict[_Place, list[tuple[Edge[A, F], _Place]]] = {}

    def counts(self, ends: Mapping[World, Set[str]] | None = None) -> Counts:
        """How many orders show what; `ends` are anomalies that show after the story, by the world it ends in."""
        late = ends or {}
        names = sorted({self._name_of(f) for edge in self._reached() for f in edge.findings}.union(*late.values()))
        total = self._ways(None, {})
        failed = {name: total - self._ways(name, late) for name in names}
        return Counts(run=total, failed=failed, any_failed=total - self._ways("", late))

    def shortest(self, wanted: Callable[[Edge[A, F]], bool]) -> list[Edge[A, F]] | None:
        """The edges of a shortest order up to one that is `wanted`, or None."""
        layer: list[tuple[_Place, tuple[Edge[A, F], ...]]] = [(self._start, ())]
        known = {self._start}
        while layer:
            following = []
            for place, way in layer:
                for edge, target in self._following(place):
                    if wanted(edge):
                        return [*way, edge]
                    if target not in known:
                        known.add(target)
                        following.append((target, (*way, edge)))
            layer = following
        return None

    def _shows(self, edge: Edge[A, F], name: str | None) -> bool:
        """Does the edge show the anomaly (any, if empty)?"""
        return name is not None and any(
            self._name_of(finding) == (name or self._name_of(finding)) for finding in edge.findings
        )

    def _reached(self) -> list[Edge[A, F]]:
        return [edge for place in self._in_order() for edge, _ in self._following(place)]

    def _ways(self, barred: str | None, ends: Mapping[World, Set[str]]) -> int:
        """How many orders do not show `barred` (None: all; empty: none of all anomalies)."""
        ways: dict[_Place, int] = {}
        for place in reversed(self._in_order()):
            moves = self._following(place)
            late = ends.get(place.world, frozenset())
            is_clean = barred is None or not (late if barred == "" else barred in late)
            ways[place] = (
                sum(ways[target] for edge, target in moves if not self._shows(edge, barred)) if moves else int(is_clean)
            )
        return ways[self._start]

    def _in_order(self) -> list[_Place]:
        """All places, each before those it leads to: every move takes a step."""
        ordered: list[_Place] = []
        layer = {self._start: None}
        while layer:
            ordered += layer
            layer = {target: None for place in layer for _, target in self._following(place)}
        return list(dict.fromkeys(reversed(ordered)))[::-1]

    def _following(self, place: _Place) -> list[tuple[Edge[A, F], _Place]]:
        if place not in self._moves:
            self._moves[place] = list(self._found(place))
        return self._moves[place]

    def _found(self, place: _Place) -> list[tuple[Edge[A, F], _Place]]:
        found = []
        for edge in self._graph.edges.get(place.world, ()):
            move = edge.move
            if move.user is None:
                continue
            if move.memory is None or move.action is not None:
                found.append((edge, _Place(edge.target, settled(place.held, edge), place.turn)))
            elif self._is_dealt(move, place):
                number = dealt_to(place.held, place.turn)
                held = _moved(place.held, number, memory_after(edge))
                found.append((edge, _Place(edge.target, held, number % len(held) + 1)))
        return found

    @staticmethod
    def _is_dealt(move: Move, place: _Place) -> bool:
        number = dealt_to(place.held, place.turn)
        return move.memory == place.held[number - 1] and move.number in (None, number)
