"""The graph of worlds: every order and routing of a story, while each answer is asked for once.

Workers that were forked share only the stores, so an answer is a function of (worker memory, store, request).
A *world* is therefore: where each user's program stands, the multiset of what the workers hold, and the stores.
Equal worlds have equal futures and are entered once; workers that hold the same are interchangeable; the walk
is breadth first, so that the first way into a world is a shortest one (explicit-state model checking with
symmetry reduction: Clarke, Grumberg, Peled, *Model Checking*, chapters 6 and 14).

Rule: the graph asks its `Machine` and decides nothing about processes; a toy machine will do.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeAlias, TypeVar

from simulator.story.schedule import Action

Memory: TypeAlias = str
"""What a worker holds, by name: equal names answer alike."""
Stores: TypeAlias = str
"""What the stores hold, by name."""

A = TypeVar("A", bound=Hashable)
AnyAnswer = TypeVar("AnyAnswer", bound=Hashable, contravariant=True)
F = TypeVar("F")


@dataclass(frozen=True, slots=True, kw_only=True)
class Served(Generic[A]):
    """One request's answer, and what the worker and the stores hold afterwards."""

    answer: A
    memory: Memory
    stores: Stores


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """The workers of a new load: what each holds, what a further fresh one would hold, and the stores."""

    memories: tuple[Memory, ...]
    fresh: Memory
    stores: Stores


@dataclass(frozen=True, slots=True)
class World:
    """A node. `programs` are the users' places in their stories, in the order of the users; `memories` is sorted.

    `fresh` is what a new worker of this load holds; `events` the lifecycle events left; `seen` what the monitor
    has to remember.
    """

    programs: tuple[Hashable, ...]
    memories: tuple[Memory, ...]
    stores: Stores
    fresh: Memory
    events: int
    seen: Hashable = None


@dataclass(frozen=True, slots=True)
class Move:
    """An edge's name: `user` takes a step on a worker that holds `memory`, or the operator does `action`."""

    user: int | None
    memory: Memory
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class Edge(Generic[A, F]):
    """A move, the answer it gave (None for lifecycle events), the world it leads to, and what is wrong with it."""

    move: Move
    answer: A | None
    source: World
    target: World
    findings: tuple[F, ...] = ()


class Machine(Protocol[A]):
    """Answers as a function of (worker memory, stores, request)."""

    def start(self, workers: int) -> Crew:
        """Fresh workers and equal stores."""

    def serve(self, *, memory: Memory, stores: Stores, user: int, program: Hashable, step: int) -> Served[A]:
        """The next request of `user`, whose program stands at `program`, served as the story's `step`-th."""

    def reload(self, workers: int, stores: Stores) -> Crew:
        """Fresh workers of a new load against `stores`."""

    def recycle(self, fresh: Memory, stores: Stores) -> tuple[Memory, Stores]:
        """One new worker of the load whose fresh workers hold `fresh` (per-worker: a load of its own)."""


class Programs(Protocol[AnyAnswer]):
    """The users' stories as functions of the answers so far."""

    def start(self) -> tuple[Hashable, ...]:
        """Where each user's program stands before its first request."""

    def is_over(self, user: int, program: Hashable) -> bool:
        """No further request comes."""

    def after(self, user: int, program: Hashable, answer: AnyAnswer) -> Hashable:
        """Where the program stands once it has read `answer`."""


class Monitor(Protocol[A, F]):
    """Judges one step by the way that led to it."""

    def start(self) -> Hashable:
        """What is remembered before the first step."""

    def step(
        self, way: Sequence[Edge[A, F]], move: Move, answer: A | None, seen: Hashable
    ) -> tuple[Hashable, tuple[F, ...]]:
        """What to remember after `move`, and what is wrong with its answer."""


@dataclass(slots=True, kw_only=True)
class Graph(Generic[A, F]):
    """What was walked. `ways` holds, for each world, the edge by which it was entered first (None: the start)."""

    start: World
    ways: dict[World, Edge[A, F] | None] = field(default_factory=dict)
    edges: dict[World, list[Edge[A, F]]] = field(default_factory=dict)
    is_complete: bool = True

    def way_to(self, world: World) -> list[Edge[A, F]]:
        """A shortest way from the start to `world`."""
        way: list[Edge[A, F]] = []
        edge = self.ways[world]
        while edge is not None:
            way.append(edge)
            edge = self.ways[edge.source]
        return way[::-1]

    def all_edges(self) -> Iterator[Edge[A, F]]:
        """Every edge, those nearer to the start first."""
        for world in self.ways:
            yield from self.edges.get(world, ())

    def count(self, *, spoiled: bool = False) -> int:
        """The number of raw routings (times orders) from start to end; with `spoiled`, of those with a finding.

        A worker is picked by number, so an edge counts as often as there are workers that hold its memory.
        """
        total: dict[World, int] = {}
        clean: dict[World, int] = {}
        for world in reversed(self._by_depth()):
            edges = self.edges.get(world, ())
            weights = [(edge, _weight(edge)) for edge in edges]
            total[world] = sum(n * total[edge.target] for edge, n in weights) if edges else 1
            clean[world] = sum(n * clean[e.target] for e, n in weights if not e.findings) if edges else 1
        return total[self.start] - clean[self.start] if spoiled else total[self.start]

    def _by_depth(self) -> list[World]:
        """All worlds, each before its successors: the graph has no cycle, since every edge uses something up."""
        waiting = Counter(edge.target for edge in self.all_edges())
        ready, ordered = [self.start], []
        while ready:
            world = ready.pop()
            ordered.append(world)
            for edge in self.edges.get(world, ()):
                waiting[edge.target] -= 1
                if not waiting[edge.target]:
                    ready.append(edge.target)
        return ordered


def _weight(edge: Edge[A, F]) -> int:
    return edge.source.memories.count(edge.move.memory) if edge.move.user is not None else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """When to stop: `worlds` entered (None: never); `events` is how many lifecycle events a way may hold."""

    worlds: int | None = None
    events: int = 0
    actions: tuple[Action, ...] = (Action.RELOAD, Action.RECYCLE)


def explore(
    machine: Machine[A],
    programs: Programs[A],
    monitor: Monitor[A, F],
    *,
    workers: int,
    limits: Limits,
    progress: Callable[[int], None] | None = None,
) -> Graph[A, F]:
    """Walks all worlds that `workers` workers can reach, breadth first."""
    crew = machine.start(workers)
    start = World(
        programs.start(), tuple(sorted(crew.memories)), crew.stores, crew.fresh, limits.events, monitor.start()
    )
    graph: Graph[A, F] = Graph(start=start, ways={start: None})
    walker = _Walker(machine, programs, monitor, limits)
    frontier = deque([start])
    while frontier:
        if limits.worlds is not None and len(graph.ways) > limits.worlds:
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
            progress(len(graph.ways))
    return graph


@dataclass(frozen=True, slots=True)
class _Walker(Generic[A, F]):
    machine: Machine[A]
    programs: Programs[A]
    monitor: Monitor[A, F]
    limits: Limits

    def edges(self, world: World, way: list[Edge[A, F]]) -> Iterator[Edge[A, F]]:
        """All edges out of `world`."""
        able = [user for user, at in enumerate(world.programs) if not self.programs.is_over(user, at)]
        step = sum(edge.move.user is not None for edge in way) + 1
        for user in able:
            for memory in dict.fromkeys(world.memories):
                yield self._serve(world, way, Move(user, memory), step)
        if able and world.events and way:
            yield from self._lifecycle(world, way)

    def _serve(self, world: World, way: list[Edge[A, F]], move: Move, step: int) -> Edge[A, F]:
        assert move.user is not None
        program = world.programs[move.user]
        served = self.machine.serve(memory=move.memory, stores=world.stores, user=move.user, program=program, step=step)
        seen, findings = self.monitor.step(way, move, served.answer, world.seen)
        moved = self.programs.after(move.user, program, served.answer)
        target = World(
            _replaced(world.programs, move.user, moved),
            _swapped(world.memories, move.memory, served.memory),
            served.stores,
            world.fresh,
            world.events,
            seen,
        )
        return Edge(move, served.answer, world, target, findings)

    def _lifecycle(self, world: World, way: list[Edge[A, F]]) -> Iterator[Edge[A, F]]:
        if Action.RELOAD in self.limits.actions:
            crew = self.machine.reload(len(world.memories), world.stores)
            yield self._event(world, way, Move(None, world.fresh, Action.RELOAD), crew)
        used = dict.fromkeys(memory for memory in world.memories if memory != world.fresh)
        for memory in used if Action.RECYCLE in self.limits.actions and len(world.memories) > 1 else ():
            new, stores = self.machine.recycle(world.fresh, world.stores)
            crew = Crew(memories=_swapped(world.memories, memory, new), fresh=world.fresh, stores=stores)
            yield self._event(world, way, Move(None, memory, Action.RECYCLE), crew)

    def _event(self, world: World, way: list[Edge[A, F]], move: Move, crew: Crew) -> Edge[A, F]:
        seen, findings = self.monitor.step(way, move, None, world.seen)
        memories = tuple(sorted(crew.memories))
        target = World(world.programs, memories, crew.stores, crew.fresh, world.events - 1, seen)
        return Edge(move, None, world, target, findings)


def _replaced(values: tuple[Hashable, ...], place: int, value: Hashable) -> tuple[Hashable, ...]:
    return (*values[:place], value, *values[place + 1 :])


def _swapped(memories: tuple[Memory, ...], old: Memory, new: Memory) -> tuple[Memory, ...]:
    rest = list(memories)
    rest.remove(old)
    return tuple(sorted([*rest, new]))
