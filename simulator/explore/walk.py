"""The walk through a graph of worlds: breadth first, each world once.

Rule: the walk asks its `Machine` and decides nothing about processes; a toy machine will do.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from simulator.explore.graph import GONE, Crew, Edge, Graph, Machine, Memory, Monitor, Move, Next, Programs, World
from simulator.story.schedule import Action, Lifecycle

A = TypeVar("A", bound=Hashable)
F = TypeVar("F")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """When to stop: `worlds` entered (None: never), or `is_over()`. `events` is how many lifecycle events a way may
    hold, and `actions` which.
    """

    worlds: int | None = None
    is_over: Callable[[], bool] = lambda: False
    events: int = 0
    actions: tuple[Action, ...] = (Action.RELOAD, Action.RECYCLE)


def explore(
    machine: Machine[A],
    programs: Programs[A],
    monitor: Monitor[A, F],
    *,
    workers: int,
    limits: Limits,
    progress: Callable[[Graph[A, F]], None] | None = None,
    is_numbered: bool = False,
) -> Graph[A, F]:
    """Walks all worlds that `workers` workers can reach, breadth first. `is_numbered`: the story names workers.

    `progress` is told after each world.
    """
    walker = _Walker(machine, programs, monitor, limits, is_numbered)
    crew = machine.start(workers)
    memories = walker.arranged(crew.memories)
    start = World(programs.start(), memories, crew.stores, crew.fresh, limits.events, monitor.start())
    graph: Graph[A, F] = Graph(start=start, ways={start: None})
    frontier = deque([start])
    while frontier:
        if (limits.worlds is not None and len(graph.ways) > limits.worlds) or limits.is_over():
            graph.is_complete = False
            break
        world = frontier.popleft()
        way = graph.way_to(world)
        graph.edges[world] = list(walker.edges(world, way))
        for edge in graph.edges[world]:
            if edge.target not in graph.ways:
                graph.ways[edge.target] = edge
                frontier.append(edge.target)
        if progress is not None:
            progress(graph)
    return graph


@dataclass(frozen=True, slots=True)
class _Walker(Generic[A, F]):
    machine: Machine[A]
    programs: Programs[A]
    monitor: Monitor[A, F]
    limits: Limits
    is_numbered: bool

    def arranged(self, memories: Sequence[Memory]) -> tuple[Memory, ...]:
        """By number, or, since interchangeable workers have none, sorted."""
        return tuple(memories) if self.is_numbered else tuple(sorted(memories))

    def edges(self, world: World, way: list[Edge[A, F]]) -> Iterator[Edge[A, F]]:
        """All edges out of `world`."""
        able = self.programs.able(world.programs)
        for user, then in able:
            match then:
                case Next.REQUEST:
                    for number, memory in self._workers(world):
                        yield self._serve(world, way, Move(user, memory, None, number))
                case Next.CHANGE:
                    yield self._change(world, way, user)
                case Lifecycle(action=action, worker=worker):
                    yield self._act(world, way, user, action, worker)
        if able and world.events and way:
            yield from self._lifecycle(world, way)

    def _workers(self, world: World) -> Iterator[tuple[int | None, Memory]]:
        """Those that can be chosen: each of several that hold the same only where they have numbers."""
        if self.is_numbered:
            yield from ((number, memory) for number, memory in enumerate(world.memories, start=1) if memory != GONE)
        else:
            yield from ((None, memory) for memory in dict.fromkeys(world.memories))

    def _serve(self, world: World, way: list[Edge[A, F]], move: Move) -> Edge[A, F]:
        assert move.user is not None
        assert move.memory is not None
        served = self.machine.serve(
            memory=move.memory, stores=world.stores, user=move.user, programs=world.programs, step=len(way) + 1
        )
        memories = _swapped(world.memories, move, served.memory)
        crew = Crew(memories=memories, fresh=world.fresh, stores=served.stores)
        return self._edge(world, way, move, crew, self.programs.told(move.user, world.programs, served.answer))

    def _change(self, world: World, way: list[Edge[A, F]], user: int) -> Edge[A, F]:
        answer, stores = self.machine.change(stores=world.stores, user=user, programs=world.programs, step=len(way) + 1)
        crew = Crew(memories=world.memories, fresh=world.fresh, stores=stores)
        return self._edge(world, way, Move(user, None), crew, answer)

    def _act(
        self, world: World, way: list[Edge[A, F]], user: int | None, action: Action, number: int | None
    ) -> Edge[A, F]:
        """The operator does something to all workers, or to the one with this number."""
        if number is None:
            return self._reload(world, way, user)
        if number > len(world.memories):  # with fewer workers it does not exist
            return self._edge(world, way, Move(user, None), _crew(world), None)
        return self._replace(world, way, Move(user, world.memories[number - 1], action, number))

    def _reload(self, world: World, way: list[Edge[A, F]], user: int | None) -> Edge[A, F]:
        crew = self.machine.reload(len(world.memories), world.stores)
        return self._edge(world, way, Move(user, None, Action.RELOAD), crew, None)

    def _replace(self, world: World, way: list[Edge[A, F]], move: Move) -> Edge[A, F]:
        """One worker is recycled or killed."""
        new, stores = GONE, world.stores
        if move.action is Action.RECYCLE:
            new, stores = self.machine.recycle(world.fresh, world.stores)
        crew = Crew(memories=_swapped(world.memories, move, new), fresh=world.fresh, stores=stores)
        return self._edge(world, way, move, crew, None)

    def _lifecycle(self, world: World, way: list[Edge[A, F]]) -> Iterator[Edge[A, F]]:
        if Action.RELOAD in self.limits.actions:
            yield self._reload(world, way, None)
        used = [one for one in self._workers(world) if one[1] != world.fresh]
        for number, memory in used if Action.RECYCLE in self.limits.actions and len(world.memories) > 1 else ():
            yield self._replace(world, way, Move(None, memory, Action.RECYCLE, number))

    def _edge(self, world: World, way: list[Edge[A, F]], move: Move, crew: Crew, answer: A | None) -> Edge[A, F]:
        seen, findings = self.monitor.step(way, move, answer, world.seen)
        is_spent = move.user is None
        target = World(
            programs=world.programs if move.user is None else self.programs.after(move.user, world.programs, answer),
            memories=self.arranged(crew.memories),
            stores=crew.stores,
            fresh=crew.fresh,
            events=world.events - is_spent,
            seen=seen,
        )
        return Edge(move, answer, world, target, findings)


def _crew(world: World) -> Crew:
    return Crew(memories=world.memories, fresh=world.fresh, stores=world.stores)


def _swapped(memories: tuple[Memory, ...], move: Move, new: Memory) -> tuple[Memory, ...]:
    """What the workers hold once the one of `move` holds `new`."""
    at = memories.index(move.memory or GONE) if move.number is None else move.number - 1
    return (*memories[:at], new, *memories[at + 1 :])
