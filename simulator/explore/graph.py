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
from enum import Enum, auto
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
    """A node. `programs` is where the users are in their stories; `memories` is sorted.

    `fresh` is what a new worker of this load holds; `events` the lifecycle events left; `seen` what the monitor
    has to remember.
    """

    programs: Hashable
    memories: tuple[Memory, ...]
    stores: Stores
    fresh: Memory
    events: int
    seen: Hashable = None


@dataclass(frozen=True, slots=True)
class Move:
    """An edge's name: `user` takes a step on a worker that holds `memory`, or changes the world outside (no
    memory), or the operator does `action` (to the worker that holds `memory`; to all: no memory).
    """

    user: int | None
    memory: Memory | None
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

    def serve(self, *, memory: Memory, stores: Stores, user: int, programs: Hashable, step: int) -> Served[A]:
        """The next request of `user`, served as the story's `step`-th by a worker that holds `memory`."""

    def change(self, *, stores: Stores, user: int, programs: Hashable, step: int) -> tuple[A, Stores]:
        """The next change that `user` (the world) makes to the stores."""

    def reload(self, workers: int, stores: Stores) -> Crew:
        """Fresh workers of a new load against `stores`."""

    def recycle(self, fresh: Memory, stores: Stores) -> tuple[Memory, Stores]:
        """One new worker of the load whose fresh workers hold `fresh` (per-worker: a load of its own)."""


class Next(Enum):
    """What a user's program is about to do."""

    REQUEST = auto()
    CHANGE = auto()
    RELOAD = auto()


class Programs(Protocol[AnyAnswer]):
    """The users' stories as functions of the answers so far."""

    def start(self) -> Hashable:
        """Where the users are before the first step."""

    def able(self, programs: Hashable) -> Sequence[tuple[int, Next]]:
        """Who can move, and how; nobody: the story is over."""

    def after(self, user: int, programs: Hashable, answer: AnyAnswer | None) -> Hashable:
        """Where the users are once `user` has read `answer` (None: a change or a reload was carried out)."""


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
    return edge.source.memories.count(edge.move.memory) if edge.move.memory is not None else 1


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
        able = self.programs.able(world.programs)
        for user, then in able:
            match then:
                case Next.REQUEST:
                    for memory in dict.fromkeys(world.memories):
                        yield self._serve(world, way, user, memory)
                case Next.CHANGE:
                    yield self._change(world, way, user)
                case Next.RELOAD:
                    yield self._reload(world, way, user)
        if able and world.events and way:
            yield from self._lifecycle(world, way)

    def _serve(self, world: World, way: list[Edge[A, F]], user: int, memory: Memory) -> Edge[A, F]:
        served = self.machine.serve(
            memory=memory, stores=world.stores, user=user, programs=world.programs, step=len(way) + 1
        )
        memories = _swapped(world.memories, memory, served.memory)
        crew = Crew(memories=memories, fresh=world.fresh, stores=served.stores)
        return self._edge(world, way, Move(user, memory), crew, served.answer)

    def _change(self, world: World, way: list[Edge[A, F]], user: int) -> Edge[A, F]:
        answer, stores = self.machine.change(stores=world.stores, user=user, programs=world.programs, step=len(way) + 1)
        crew = Crew(memories=world.memories, fresh=world.fresh, stores=stores)
        return self._edge(world, way, Move(user, None), crew, answer)

    def _reload(self, world: World, way: list[Edge[A, F]], user: int) -> Edge[A, F]:
        crew = self.machine.reload(len(world.memories), world.stores)
        return self._edge(world, way, Move(user, None, Action.RELOAD), crew, None)

    def _lifecycle(self, world: World, way: list[Edge[A, F]]) -> Iterator[Edge[A, F]]:
        if Action.RELOAD in self.limits.actions:
            crew = self.machine.reload(len(world.memories), world.stores)
            yield self._edge(world, way, Move(None, None, Action.RELOAD), crew, None)
        used = dict.fromkeys(memory for memory in world.memories if memory != world.fresh)
        for memory in used if Action.RECYCLE in self.limits.actions and len(world.memories) > 1 else ():
            new, stores = self.machine.recycle(world.fresh, world.stores)
            crew = Crew(memories=_swapped(world.memories, memory, new), fresh=world.fresh, stores=stores)
            yield self._edge(world, way, Move(None, memory, Action.RECYCLE), crew, None)

    def _edge(self, world: World, way: list[Edge[A, F]], move: Move, crew: Crew, answer: A | None) -> Edge[A, F]:
        seen, findings = self.monitor.step(way, move, answer, world.seen)
        is_spent = move.user is None
        target = World(
            programs=world.programs if move.user is None else self.programs.after(move.user, world.programs, answer),
            memories=tuple(sorted(crew.memories)),
            stores=crew.stores,
            fresh=crew.fresh,
            events=world.events - is_spent,
            seen=seen,
        )
        return Edge(move, answer, world, target, findings)


def _swapped(memories: tuple[Memory, ...], old: Memory, new: Memory) -> tuple[Memory, ...]:
    rest = list(memories)
    rest.remove(old)
    return tuple(sorted([*rest, new]))
