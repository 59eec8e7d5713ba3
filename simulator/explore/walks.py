"""The walks of a search: how far each may go, how far it has come, and what is known where it was ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from simulator.checkers.finding import Finding
from simulator.explore.compare import Comparison
from simulator.explore.effort import Effort
from simulator.explore.graph import Graph
from simulator.explore.heard import Heard, TooMuch, Unexplorable
from simulator.explore.machine import ForkedMachine
from simulator.explore.monitor import Rules
from simulator.explore.scripts import Scripts
from simulator.explore.walk import Limits, explore
from simulator.runner.cases import Case
from simulator.story.schedule import Action
from simulator.story.story import Story

Progress = Callable[[int, str], None]
"""Told how much is done, and of what, in words."""


class Walks:
    """Walks of `story` within `effort`. `asked` says how many requests it has taken by now; `progress` is told them.

    `graphs` are those of the case under way, also of a walk that has not come to its end.
    """

    def __init__(
        self, story: Story, effort: Effort, *, asked: Callable[[], int], progress: Progress | None = None
    ) -> None:
        self._steps = story.steps
        self._effort = effort
        self._asked = asked
        self._progress = progress
        self._case: Case | None = None
        self.graphs: list[Graph[Heard, Finding]] = []

    def begin(self, case: Case) -> None:
        """The walks that follow are about this case."""
        self._case = case
        self.graphs = []

    def whole(self, machine: ForkedMachine, scripts: Scripts, monitor: Rules | Comparison) -> Graph[Heard, Finding]:
        """All worlds. Raises TooMuch, by the limit that was met, and Unexplorable."""
        most = self._effort
        graph = self._walked(machine, scripts, monitor, Limits(worlds=most.worlds))
        if not graph.is_complete:
            is_dear = self._is_over()
            what = "to explore it takes more than" if is_dear else "the story leads to more than"
            count = f"{most.requests:,} requests" if is_dear else f"{most.worlds:,} states of the workers"
            raise TooMuch(f"{what} {count} (--orders all has no such limit)")
        if any(not edges and scripts.able(world.programs) for world, edges in graph.edges.items()):
            raise Unexplorable("the story leaves no worker that could answer")
        return graph

    def with_events(
        self, machine: ForkedMachine, scripts: Scripts, monitor: Rules, actions: Sequence[Action]
    ) -> Graph[Heard, Finding]:
        """With one of these actions between two steps; not complete where that is too much to see."""
        limits = Limits(worlds=self._effort.event_worlds, events=1, actions=tuple(actions))
        return self._walked(machine, scripts, monitor, limits)

    @property
    def where(self) -> str:
        """How far it has come, in words."""
        assert self._case is not None, "a case is under way"
        if not self.graphs:
            return f"requests ({self._case.label})"
        deep = len(self.graphs[-1].way_to(next(reversed(self.graphs[-1].edges))))
        of = f" of {max(sum(self._steps.values()), deep)}" if self._steps is not None else ""
        return f"requests ({self._case.label}, {deep}{of} steps deep)"

    def _walked(
        self, machine: ForkedMachine, scripts: Scripts, monitor: Rules | Comparison, limits: Limits
    ) -> Graph[Heard, Finding]:
        assert self._case is not None, "a case is under way"
        return explore(
            machine,
            scripts,
            monitor,
            workers=self._case.workers,
            limits=replace(limits, is_over=self._is_over),
            progress=self._come_to,
            is_numbered=scripts.names_workers,
        )

    def _is_over(self) -> bool:
        return self._effort.requests is not None and self._asked() > self._effort.requests

    def _come_to(self, graph: Graph[Heard, Finding]) -> None:
        if not self.graphs or self.graphs[-1] is not graph:
            self.graphs.append(graph)
        if self._progress is not None:
            self._progress(self._asked(), self.where)
