"""The graph against running every order and every routing by hand, on small made-up machines."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.explore.graph import (
    Crew,
    Edge,
    Graph,
    Machine,
    Memory,
    Monitor,
    Move,
    Next,
    Served,
    Stores,
    World,
)
from simulator.explore.walk import Limits, explore
from simulator.story.schedule import Action

Script = tuple[tuple[str, ...], ...]
"""For each user his requests: "m" adds to the worker's memory, "s" to the store, "r" reads both."""


@dataclass(frozen=True)
class Notebook:
    """A machine whose workers and store are strings: every request appends its letter and answers with both."""

    script: Script

    def start(self, workers: int) -> Crew:
        return Crew(memories=("",) * workers, fresh="", stores="")

    def reload(self, workers: int, stores: Stores) -> Crew:
        return Crew(memories=("",) * workers, fresh="", stores=stores)

    def recycle(self, fresh: Memory, stores: Stores) -> tuple[Memory, Stores]:
        return fresh, stores

    def change(self, *, stores: Stores, user: int, programs: Hashable, step: int) -> tuple[str, Stores]:
        raise AssertionError("nobody changes the world here")

    def serve(self, *, memory: Memory, stores: Stores, user: int, programs: Hashable, step: int) -> Served[str]:
        assert isinstance(programs, tuple)
        request = self.script[user][programs[user]]
        memory += str(user) * (request == "m")
        stores += str(user) * (request == "s")
        return Served(answer=f"{memory}|{stores}", memory=memory, stores=stores)


@dataclass(frozen=True)
class Lines:
    script: Script

    def start(self) -> Hashable:
        return (0,) * len(self.script)

    def able(self, programs: Hashable) -> list[tuple[int, Next]]:
        assert isinstance(programs, tuple)
        return [(user, Next.REQUEST) for user, at in enumerate(programs) if at < len(self.script[user])]

    def told(self, user: int, programs: Hashable, answer: str) -> str:
        return answer

    def after(self, user: int, programs: Hashable, answer: str | None) -> Hashable:
        assert isinstance(programs, tuple)
        return (*programs[:user], programs[user] + 1, *programs[user + 1 :])


class Silent(Monitor[str, str]):
    """Complains of answers that do not show what the same user's earlier steps put into memory."""

    def start(self) -> Hashable:
        return None

    def step(
        self, way: Sequence[Edge[str, str]], move: Move, answer: str | None, seen: Hashable
    ) -> tuple[Hashable, tuple[str, ...]]:
        if answer is None or move.user is None:
            return None, ()
        before = [edge.answer for edge in way if edge.move.user == move.user and edge.answer is not None]
        shown = answer.split("|")[0]
        lost = any(old.split("|")[0].count(str(move.user)) > shown.count(str(move.user)) for old in before)
        return None, ("lost",) * lost


def places(world: World) -> tuple[int, ...]:
    assert isinstance(world.programs, tuple)
    return world.programs


def walk(script: Script, workers: int, events: int = 0, machine: Machine[str] | None = None) -> Graph[str, str]:
    return explore(machine or Notebook(script), Lines(script), Silent(), workers=workers, limits=Limits(events=events))


def every_run(script: Script, workers: int) -> Iterator[tuple[tuple[int, int, str], ...]]:
    """By hand: each order with each routing, as (user, his step, answer)."""
    letters = [user for user, steps in enumerate(script) for _ in steps]
    for order in sorted(set(itertools.permutations(letters))):
        for routing in itertools.product(range(workers), repeat=len(order)):
            yield tuple(_play(script, order, routing, workers))


def _play(script: Script, order: Sequence[int], routing: Sequence[int], workers: int) -> Iterator[tuple[int, int, str]]:
    machine, memories, stores, done = Notebook(script), [""] * workers, "", [0] * len(script)
    for user, worker in zip(order, routing, strict=True):
        served = machine.serve(
            memory=memories[worker], stores=stores, user=user, programs=tuple(done), step=sum(done) + 1
        )
        memories[worker], stores = served.memory, served.stores
        yield user, done[user], served.answer
        done[user] += 1


scripts = st.lists(st.lists(st.sampled_from("msr"), min_size=1, max_size=3).map(tuple), min_size=1, max_size=2).map(
    tuple
)


@given(scripts, st.integers(1, 3))
def test_the_graph_gives_the_answers_of_every_order_and_routing(script: Script, workers: int) -> None:
    by_hand = {step for run in every_run(script, workers) for step in run}
    by_graph = {
        (edge.move.user, places(edge.source)[edge.move.user], edge.answer)
        for edge in walk(script, workers).all_edges()
        if edge.move.user is not None
    }
    assert by_graph == by_hand


@given(scripts, st.integers(1, 3))
def test_the_counts_are_those_of_every_order_and_routing(script: Script, workers: int) -> None:
    def is_lost(run: tuple[tuple[int, int, str], ...]) -> bool:
        best: dict[int, int] = {}
        for user, _, answer in run:
            shown = answer.split("|")[0].count(str(user))
            if shown < best.get(user, 0):
                return True
            best[user] = max(shown, best.get(user, 0))
        return False

    runs = list(every_run(script, workers))
    graph = walk(script, workers)
    assert graph.count() == len(runs)
    # Ways that meet in one world share what came before them here: only a sum over simple scripts is exact.
    if len(script) == 1 and graph_is_a_tree(graph):
        assert graph.count(spoiled=True) == sum(is_lost(run) for run in runs)


def graph_is_a_tree(graph: Graph[str, str]) -> bool:
    targets = [edge.target for edge in graph.all_edges()]
    return len(targets) == len(set(targets))


def test_the_first_way_into_a_world_is_a_shortest_one() -> None:
    graph = walk((("m", "r"), ("m", "r")), 2)
    for world in graph.ways:
        assert len(graph.way_to(world)) == sum(places(world))


def test_a_lifecycle_event_is_an_edge_and_is_used_up() -> None:
    graph = walk((("m", "r"),), 2, events=1)
    actions = [edge.move.action for edge in graph.all_edges() if edge.move.action]
    assert Action.RELOAD in actions
    assert Action.RECYCLE in actions
    assert all(edge.target.events == 0 for edge in graph.all_edges() if edge.move.action)


def test_nothing_happens_to_workers_before_the_first_step_or_after_the_last() -> None:
    graph = walk((("m",),), 1, events=1)
    assert not [edge for edge in graph.all_edges() if edge.move.action]


@pytest.mark.parametrize("limit", [1, 5])
def test_a_limit_is_kept_and_said(limit: int) -> None:
    graph = explore(Notebook((("m",) * 6,)), Lines((("m",) * 6,)), Silent(), workers=3, limits=Limits(worlds=limit))
    assert not graph.is_complete
    assert len(graph.ways) <= limit + 3


def test_interchangeable_workers_are_asked_once() -> None:
    graph = walk((("m",) * 10,), 4)
    # What ten requests leave on four unnamed workers: partitions of the requests so far into at most four parts,
    # here by size alone, since equal requests leave equal memories.
    assert len(graph.ways) == sum(partitions(n, 4) for n in range(11))


def partitions(n: int, parts: int, largest: int | None = None) -> int:
    largest = n if largest is None else largest
    if n == 0:
        return 1
    if parts == 0:
        return 0
    return sum(partitions(n - k, parts - 1, k) for k in range(1, min(n, largest) + 1))
