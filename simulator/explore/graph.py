"""The graph of worlds: every order and routing of a story, while each answer is asked for once.

Workers that were forked share only the stores, so an answer is a function of (worker memory, store, request).
A *world* is therefore: where each user's program stands, the multiset of what the workers hold, and the stores.
Equal worlds have equal futures and are entered once; workers that hold the same are interchangeable; the walk
is breadth first, so that the first way into a world is a shortest one (explicit-state model checking with
symmetry reduction: Clarke, Grumberg, Peled, *Model Checking*, chapters 6 and 14). Where the story itself names a
worker (`operator: recycle 2`) they are not: then each has its number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Generic, Protocol, TypeAlias, TypeVar

from simulator.story.schedule import Action, Lifecycle

Memory: TypeAlias = str
"""What a worker holds, by name: equal names answer alike."""
GONE: Memory = ""
"""In the place of a worker that was killed."""
Stores: TypeAlias = str
"""What the stores hold, by name."""

A = TypeVar("A", bound=Hashable)
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
    """A node. `programs` is where the users are in their stories; `memories` is sorted, or by the workers' numbers.

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
    memory), or the operator does `action` (to the worker that holds `memory`; to all: no memory). `number` is that
    worker's, where workers have one.
    """

    user: int | None
    memory: Memory | None
    action: Action | None = None
    number: int | None = None


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
    """What a user's program is about to do, if it does nothing to the workers (then it is a `Lifecycle`)."""

    REQUEST = auto()
    CHANGE = auto()


class Programs(Protocol[A]):
    """The users' stories as functions of the answers so far."""

    def start(self) -> Hashable:
        """Where the users are before the first step."""

    def able(self, programs: Hashable) -> Sequence[tuple[int, Next | Lifecycle]]:
        """Who can move, and how; nobody: the story is over."""

    def after(self, user: int, programs: Hashable, answer: A | None) -> Hashable:
        """Where the users are once `user` has read `answer` (None: a change or a reload was carried out)."""

    def told(self, user: int, programs: Hashable, answer: A) -> A:
        """`answer` with what `user` says about it when he has read it."""


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
    move = edge.move
    return edge.source.memories.count(move.memory) if move.memory is not None and move.number is None else 1
