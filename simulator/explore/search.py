"""Everything that can happen to a story with so many workers: every order, every routing, a reload, a recycle."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from simulator.checkers.finding import Finding
from simulator.checkers.judge import judge, sum_up
from simulator.explore.ends import Ends
from simulator.explore.graph import Edge, Graph, Limits, World, explore
from simulator.explore.heard import Heard
from simulator.explore.holdings import Holdings
from simulator.explore.machine import ForkedMachine
from simulator.explore.monitor import Rules
from simulator.explore.rounds import Numbered, Rounds, memory_after, settled
from simulator.explore.scripts import Scripts
from simulator.explore.slots import SLOTS, Slots
from simulator.history.operation import History
from simulator.runner.cases import Case
from simulator.runner.found import Candidate, Found
from simulator.runner.play import STORY
from simulator.runner.stage import Stage
from simulator.story.routings import count_routings
from simulator.story.schedule import Action, Lifecycle, LoadMode, Schedule, Turn

Way = Sequence[Edge[Heard, Finding]]

WORLDS = 20_000
"""When to stop; some 10 s of walking."""


class Search:
    """Explores one application on `stage`; what was asked for one number of workers is known for the next."""

    def __init__(self, stage: Stage, *, merges: bool = True) -> None:
        self._stage = stage
        self._merges = merges
        self._machines: dict[LoadMode, ForkedMachine] = {}
        plan = stage.plan
        self._scripts = Scripts(plan.story, cwd=plan.cwd, seed=plan.seed)

    @property
    def asked(self) -> int:
        """How many requests were really served."""
        return sum(machine.asked for machine in self._machines.values())

    def case(self, case: Case, progress: Callable[[int], None] | None = None) -> Found:
        """Explore one case. Raises Unexplorable, AppError and StoreError."""
        plan = self._stage.plan
        machine = self._machine(case.load)
        rules = Rules(plan.story, workers=case.workers, seed=plan.seed)
        graph = explore(
            machine, self._scripts, rules, workers=case.workers, limits=Limits(worlds=WORLDS), progress=progress
        )
        late = list(Ends(machine, self._scripts, rules).of(graph, reload=plan.reload))
        ends: dict[World, set[str]] = {}
        for world, one in late:
            ends.setdefault(world, set()).add(one.finding.name.value)
        rounds = Rounds(graph, lambda finding: finding.name.value)
        candidates = [*self._in_story(case, graph, rounds)]
        candidates += [self._candidate(case, one.way, one.finding, one.phase) for _, one in late]
        if graph.is_complete and plan.reload:
            candidates += self._with_events(case, machine, rules)
        whole = (judge(history, workers=()) for history in self._whole(graph, rules))
        counts = rounds.counts()
        return Found(
            case=case,
            story=counts,
            after=rounds.counts(ends),
            candidates=tuple(candidates),
            judgement=sum_up(whole, workers=()),
            total=counts.run if graph.is_complete else None,
            is_complete=graph.is_complete,
            claim=self._claim(case, graph, counts.run),
        )

    def _claim(self, case: Case, graph: Graph[Heard, Finding], orders: int) -> str:
        """How much was covered, in words."""
        steps = max((len(graph.way_to(world)) for world in graph.ways if not graph.edges.get(world)), default=0)
        what = f"all {orders:,} orders of {steps} steps" if orders > 1 else f"the one order of {steps} steps"
        if not graph.is_complete:
            return f"the first {len(graph.ways):,} states of {steps} steps and more: too many to see all"
        routed = graph.count()
        if case.workers == 1 or not orders or routed == orders:
            return what
        each = count_routings(steps, case.workers) if routed == orders * case.workers**steps else None
        ways = f"in all {each:,} different routings" if each else f"in all {routed:,} routings"
        return f"{what} {ways}, {self.asked:,} requests run"

    def _machine(self, load: LoadMode) -> ForkedMachine:
        if load not in self._machines:
            holdings = Holdings(self._stage)
            slots = Slots(self._stage, holdings, mode=load, count=SLOTS)
            self._machines[load] = ForkedMachine(
                slots, holdings, self._scripts, mode=load, merges=self._merges, seed=self._stage.plan.seed
            )
        return self._machines[load]

    def _in_story(
        self, case: Case, graph: Graph[Heard, Finding], rounds: Rounds[Heard, Finding]
    ) -> Iterator[Candidate]:
        """For each anomaly of each key a shortest way to it, by round robin where that is as short."""
        known: set[tuple[str, str]] = set()
        for edge in graph.all_edges():
            for finding in edge.findings:
                name = (finding.name.value, finding.key)
                if name in known:
                    continue
                known.add(name)
                way: Way = [*graph.way_to(edge.source), edge]
                dealt = rounds.shortest(partial(_shows, name))
                if dealt is not None and len(dealt) <= len(way):
                    way = dealt
                marked = next(f for f in way[-1].findings if (f.name.value, f.key) == name)
                yield self._candidate(case, way, marked, STORY)

    def _with_events(self, case: Case, machine: ForkedMachine, rules: Rules) -> Iterator[Candidate]:
        """With one reload or recycle between two steps."""
        limits = Limits(worlds=WORLDS, events=1)
        graph = explore(machine, self._scripts, rules, workers=case.workers, limits=limits)
        known: set[tuple[str, str]] = set()
        for edge in graph.all_edges():
            for finding in edge.findings if edge.source.events == 0 else ():
                name = (finding.name.value, finding.key)
                if name not in known:
                    known.add(name)
                    yield self._candidate(case, [*graph.way_to(edge.source), edge], finding, STORY)

    def _whole(self, graph: Graph[Heard, Finding], rules: Rules) -> Iterator[History]:
        """The history of a shortest way to each end of the story."""
        for world in graph.ways:
            if not graph.edges.get(world):
                way = graph.way_to(world)
                if way:
                    yield rules.history(way[:-1], way[-1].move, way[-1].answer)

    def _candidate(self, case: Case, way: Way, finding: Finding, phase: str) -> Candidate:
        plan = self._stage.plan
        schedule = Schedule(
            workers=case.workers,
            turns=turns_of(way, self._scripts.users),
            load=case.load,
            seed=plan.seed,
        )
        return Candidate(schedule=schedule, finding=finding, phase=phase)


def _shows(name: tuple[str, str], edge: Edge[Heard, Finding]) -> bool:
    return any((finding.name.value, finding.key) == name for finding in edge.findings)


def turns_of(way: Way, users: Sequence[str]) -> tuple[Turn | Lifecycle, ...]:
    """The turns of a way: plain where round robin takes it, with the workers' numbers where it does not."""
    if not way:
        return ()
    dealt = _dealt(way, way[0].source.memories)
    if dealt:
        return tuple(_turn(edge, users, None) for edge in way)
    held = way[0].source.memories
    turns = []
    for edge in way:
        number = held.index(edge.move.memory) + 1 if edge.move.memory is not None else None
        turns.append(_turn(edge, users, number))
        held = settled(held, edge)
    return tuple(turns)


def _turn(edge: Edge[Heard, Finding], users: Sequence[str], worker: int | None) -> Turn | Lifecycle:
    move = edge.move
    if move.user is None:
        assert move.action is not None
        return Lifecycle(action=move.action, worker=worker if move.action is Action.RECYCLE else None)
    return Turn(user=users[move.user], worker=worker)


def _dealt(way: Way, held: Numbered) -> bool:
    """Does round robin from worker 1 take this way?"""
    served = 0
    for edge in way:
        if edge.move.user is None:
            return False
        if edge.move.memory is not None:
            at = served % len(held)
            if held[at] != edge.move.memory:
                return False
            held = (*held[:at], memory_after(edge), *held[at + 1 :])
            served += 1
        elif edge.move.action is not None:
            held = edge.target.memories
    return True
