"""From what is wrong at the edges of a graph to candidates: schedules that can be played again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from simulator.checkers.finding import Finding
from simulator.events import Event
from simulator.explore.ends import Late
from simulator.explore.graph import Edge, Graph
from simulator.explore.heard import Heard
from simulator.explore.monitor import Retelling, Way
from simulator.explore.rounds import Rounds
from simulator.explore.ways import turns_of
from simulator.runner.cases import Case
from simulator.runner.found import Candidate
from simulator.runner.plan import Plan
from simulator.runner.play import STORY
from simulator.story.schedule import Schedule


class Candidates:
    """Candidates of one case of `plan`. `is_noisy`: what nobody owns was left out of its answers."""

    def __init__(self, plan: Plan, case: Case, *, is_noisy: bool) -> None:
        self._plan = plan
        self._case = case
        self._is_noisy = is_noisy

    def in_story(self, graph: Graph[Heard, Finding], rounds: Rounds[Heard, Finding]) -> Iterator[Candidate]:
        """For each anomaly of each key a shortest way to it, by round robin where that is as short."""
        for name, (edge, finding) in self._firsts(graph).items():
            way: Way = [*graph.way_to(edge.source), edge]
            dealt = rounds.shortest(partial(_shows, name))
            if dealt is not None and len(dealt) <= len(way):
                way = dealt
                finding = next(one for one in way[-1].findings if _name(one) == name)
            yield self._of(way, finding)

    def shortest(self, graph: Graph[Heard, Finding]) -> Iterator[Candidate]:
        """For each anomaly of each key a shortest way to it, with all the lifecycle events that the walk was about."""
        for edge, finding in self._firsts(graph).values():
            yield self._of([*graph.way_to(edge.source), edge], finding)

    def late(self, one: Late) -> Candidate:
        """What a look after the story shows."""
        return self._of(one.way, one.finding, one.phase, one.look)

    def _firsts(self, graph: Graph[Heard, Finding]) -> dict[tuple[str, str], tuple[Edge[Heard, Finding], Finding]]:
        firsts: dict[tuple[str, str], tuple[Edge[Heard, Finding], Finding]] = {}
        for edge in graph.all_edges():
            for finding in edge.findings if edge.source.events == 0 else ():
                firsts.setdefault(_name(finding), (edge, finding))
        return firsts

    def _of(
        self, way: Way, finding: Finding, phase: str = STORY, look: Edge[Heard, Finding] | None = None
    ) -> Candidate:
        schedule = Schedule(
            workers=self._case.workers,
            turns=turns_of(way, self._plan.story.users),
            load=self._case.load,
            seed=self._plan.seed,
        )
        tell = partial(self._told, [*way, look] if look is not None else way)
        return Candidate(schedule=schedule, finding=finding, phase=phase, is_noisy=self._is_noisy, tell=tell)

    def _told(self, way: Way) -> Sequence[Event]:
        so_far, last = way[:-1], way[-1]
        memories = way[0].source.memories
        retelling = Retelling(self._plan.story, so_far, memories, workers=self._case.workers, seed=self._plan.seed)
        return retelling.then(last.move, last.answer)


def _name(finding: Finding) -> tuple[str, str]:
    return finding.name.value, finding.key


def _shows(name: tuple[str, str], edge: Edge[Heard, Finding]) -> bool:
    return any(_name(finding) == name for finding in edge.findings)
