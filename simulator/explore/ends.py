"""What shows after the story: every user looks at every page again on every worker, and once more after a reload."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from simulator.checkers.finding import Finding
from simulator.explore.graph import GONE, Edge, Graph, Move, Stores, World
from simulator.explore.heard import Heard
from simulator.explore.machine import ForkedMachine
from simulator.explore.monitor import Rules
from simulator.explore.scripts import Scripts
from simulator.runner.play import RELOAD_SWEEP, SWEEP
from simulator.story.schedule import Action
from simulator.users.pending import PendingRequest

RELOADED = 3
"""A load of its own for each state of a database that some order can end in would take longer than all the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """A finding after the story's end: the way to it, the look that shows it, and the phase."""

    way: Sequence[Edge[Heard, Finding]]
    look: Edge[Heard, Finding]
    finding: Finding
    phase: str


class Ends:
    """The looks at the worlds in which the story is over."""

    def __init__(self, machine: ForkedMachine, scripts: Scripts, rules: Rules) -> None:
        self._machine = machine
        self._scripts = scripts
        self._rules = rules

    def of(self, graph: Graph[Heard, Finding], *, reload: bool) -> Iterator[tuple[World, Late]]:
        """Everything that is found at the ends of `graph`; a reload is tried on `RELOADED` states of the stores."""
        reloaded: set[Stores] = set()
        for world in graph.ways:
            if graph.edges.get(world) or self._scripts.able(world.programs):
                continue
            way = graph.way_to(world)
            for late in self._looks(world, way, SWEEP):
                yield world, late
            if reload and (world.stores in reloaded or len(reloaded) < RELOADED):
                reloaded.add(world.stores)
                for late in self._reloaded(world, way):
                    yield world, late

    def _reloaded(self, world: World, way: list[Edge[Heard, Finding]]) -> Iterator[Late]:
        crew = self._machine.reload(len(world.memories), world.stores)
        move = Move(None, None, Action.RELOAD)
        after = replace(world, memories=crew.memories, stores=crew.stores, fresh=crew.fresh)
        yield from self._looks(after, [*way, Edge(move, None, world, after)], RELOAD_SWEEP)

    def _looks(self, world: World, way: list[Edge[Heard, Finding]], phase: str) -> Iterator[Late]:
        """Each look for itself, from the same world; where a redirect leads is not looked at."""
        for memory in dict.fromkeys(one for one in world.memories if one != GONE):
            for user, pending in self._scripts.looks(world.programs):
                edge = self._edge(pending, world, way, Move(user, memory))
                for finding in edge.findings:
                    yield Late(way=way, look=edge, finding=finding, phase=phase)

    def _edge(
        self, pending: PendingRequest, world: World, way: list[Edge[Heard, Finding]], move: Move
    ) -> Edge[Heard, Finding]:
        assert move.user is not None
        assert move.memory is not None
        served = self._machine.answer(
            pending,
            memory=move.memory,
            stores=world.stores,
            user=move.user,
            programs=world.programs,
            step=len(way) + 1,
        )
        after = replace(world, stores=served.stores)  # what the workers hold then is of no interest
        _, findings = self._rules.step(way, move, served.answer, world.seen)
        return Edge(move, served.answer, world, after, findings)
