"""Everything that can happen to a story with so many workers: every order, every routing, a reload, a recycle."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice

from simulator.checkers.finding import Anomaly, Finding, Judgement, Verdict
from simulator.checkers.judge import judge, sum_up
from simulator.explore.compare import Comparison
from simulator.explore.effort import Effort
from simulator.explore.ends import Ends, Late
from simulator.explore.graph import Edge, Graph, Memory, World
from simulator.explore.heard import Heard, Noisy, Unexplorable
from simulator.explore.holdings import Holdings
from simulator.explore.machine import ForkedMachine
from simulator.explore.monitor import Rules, Way
from simulator.explore.rounds import Rounds
from simulator.explore.scripts import Scripts
from simulator.explore.slots import Slots
from simulator.explore.twins import is_noisy, left_out
from simulator.explore.walk import Limits, explore
from simulator.explore.ways import against, covering, influence, is_answered, turns_of, without
from simulator.history.operation import History
from simulator.runner.cases import Case
from simulator.runner.found import Candidate, Counts, Found
from simulator.runner.play import STORY
from simulator.runner.stage import Stage
from simulator.story.routings import count_routings
from simulator.story.schedule import Action, LoadMode, Schedule

INFLUENCE = Anomaly.CROSS_USER_INFLUENCE
NOTES = 3
"""How many of its influences a story is told."""
JUDGED_WAYS = 12
"""How many whole histories are asked whether enough was looked at."""
Progress = Callable[[int, str], None]
"""Told how many requests were asked, and where the search is, in words."""
LOADED_STATES = 4
"""In how many states of the stores a load between two steps is tried: each is a load of its own."""


class Search:
    """Explores one application on `stage`; what was asked for one number of workers is known for the next."""

    def __init__(self, stage: Stage, *, merges: bool = True, effort: Effort | None = None) -> None:
        self._stage = stage
        self._effort = effort or Effort()
        self._merges = merges
        self._machines: dict[LoadMode, ForkedMachine] = {}
        self._found_before: dict[Case, Found] = {}
        self._names: dict[str, Memory] = {}
        self._asks_twice = False
        self._is_quiet = False
        self._said: set[str] = set()
        plan = stage.plan
        self._scripts = Scripts(plan.story, cwd=plan.cwd, seed=plan.seed)

    def close(self) -> None:
        """End the processes and programs that were kept for more questions."""
        self._stage.launcher.kill_workers()
        self._scripts.close()

    @property
    def asked(self) -> int:
        """How many requests were really served."""
        return sum(machine.asked for machine in self._machines.values())

    def case(self, case: Case, progress: Progress | None = None) -> Found:
        """Explore one case. Raises Unexplorable, AppError and StoreError."""
        if not self._asks_twice and not self._stage.plan.story.keys and self._is_noisy():
            self._ask_twice()
        try:
            return self._case(case, progress)
        except Noisy:
            if self._asks_twice:
                raise
            self._ask_twice()
            return self._case(case, progress)

    def _case(self, case: Case, progress: Progress | None) -> Found:
        if (same := self._same(case)) is not None:
            return same
        found = self._explored(case, progress)
        found = replace(found, notes=(*found.notes, *self._noise()))
        self._found_before[case] = found
        return found

    def _is_noisy(self) -> bool:
        self._is_quiet = self._is_quiet or not is_noisy(
            self._new_machine(LoadMode.ONCE, asks_twice=True), self._scripts
        )
        return not self._is_quiet

    def _ask_twice(self) -> None:
        """Begin anew, with two processes for each request."""
        self._asks_twice = True
        self._machines.clear()
        self._found_before.clear()
        plan = self._stage.plan
        self._scripts = Scripts(plan.story, cwd=plan.cwd, seed=plan.seed)

    def _noise(self) -> Iterator[str]:
        """What was left out of comparisons, each once."""
        for request, sentence in left_out(self._machines.values()):
            if request not in self._said:
                self._said.add(request)
                yield sentence

    def _same(self, case: Case) -> Found | None:
        """What is known already: workers that load for themselves and come to hold what forked ones hold are alike."""
        other = self._found_before.get(Case(workers=case.workers, load=LoadMode.ONCE))
        if other is None or not self._merges or case.load is LoadMode.ONCE:
            return None
        forked, loading = (self._machine(load).start(case.workers) for load in (LoadMode.ONCE, case.load))
        return replace(other, case=case, candidates=()) if forked == loading else None

    def _explored(self, case: Case, progress: Progress | None) -> Found:
        return self._by_rules(case, progress) if self._stage.plan.story.keys else self._by_comparison(case, progress)

    def _by_rules(self, case: Case, progress: Progress | None) -> Found:
        """What the story declares is checked on every way, and in looks after its end."""
        plan = self._stage.plan
        machine = self._machine(case.load)
        rules = Rules(plan.story, workers=case.workers, seed=plan.seed)
        graph = self._whole_graph(case, rules, progress)
        rounds = Rounds(graph, lambda finding: finding.name.value)
        candidates = [*self._in_story(case, graph, rounds)]
        late: list[tuple[World, Late]] = []
        if case.workers == 1 or not candidates:  # what shows in the story needs no looks after it
            late += Ends(machine, self._scripts, rules).of(graph, reload=plan.reload)
        ends: dict[World, set[str]] = {}
        for world, one in late:
            ends.setdefault(world, set()).add(one.finding.name.value)
        candidates += [self._candidate(case, one.way, one.finding, one.phase) for _, one in late]
        in_story = {one.finding.name for one in candidates if one.phase == STORY}
        notes: tuple[str, ...] = ()
        if plan.reload and (not in_story or any(one.finding.name not in in_story for one in candidates)):
            more, notes = self._with_events(case, rules, graph, progress)
            candidates += more
        whole = (judge(history, workers=()) for history in self._whole(graph, rules))
        found = self._found(case, graph, rounds.counts(), rounds.counts(ends), candidates, sum_up(whole, workers=()))
        return replace(found, notes=notes)

    def _by_comparison(self, case: Case, progress: Progress | None) -> Found:
        """Nothing is declared: answers are compared with those of other worlds."""
        comparison = Comparison(self._machine(case.load), self._scripts, workers=case.workers)
        graph = self._whole_graph(case, comparison, progress)
        influences = [(edge, one) for edge in graph.all_edges() for one in edge.findings if one.name is INFLUENCE]
        graph = without(graph, INFLUENCE)
        rounds = Rounds(graph, lambda finding: finding.name.value)
        candidates = [against(one) for one in self._in_story(case, graph, rounds)]
        judgement = Judgement(verdict=Verdict.OK if is_answered(graph) else Verdict.UNKNOWN)
        found = self._found(case, graph, rounds.counts(), rounds.counts(), candidates, judgement)
        return replace(found, notes=tuple(dict.fromkeys(influence(edge, one) for edge, one in influences))[:NOTES])

    def _whole_graph(self, case: Case, monitor: Rules | Comparison, progress: Progress | None) -> Graph[Heard, Finding]:
        """Raises Unexplorable where there is too much to see, by the limit that was met."""
        most = self._effort
        graph = self._walked(case, monitor, Limits(worlds=most.worlds), progress)
        if not graph.is_complete:
            is_dear = self._is_over()
            what = "to explore it takes more than" if is_dear else "the story leads to more than"
            count = f"{most.requests:,} requests" if is_dear else f"{most.worlds:,} states of the workers"
            raise Unexplorable(f"{what} {count} (--orders all has no such limit)")
        if any(not edges and self._scripts.able(world.programs) for world, edges in graph.edges.items()):
            raise Unexplorable("the story leaves no worker that could answer")
        return graph

    def _walked(
        self, case: Case, monitor: Rules | Comparison, limits: Limits, progress: Progress | None
    ) -> Graph[Heard, Finding]:
        """As much as the limits allow."""
        return explore(
            self._machine(case.load),
            self._scripts,
            monitor,
            workers=case.workers,
            limits=replace(limits, is_over=self._is_over),
            progress=(lambda graph: progress(self.asked, self._where(case, graph))) if progress else None,
            is_numbered=self._scripts.names_workers,
        )

    def _is_over(self) -> bool:
        return self._effort.requests is not None and self.asked > self._effort.requests

    def _where(self, case: Case, graph: Graph[Heard, Finding]) -> str:
        """How far a walk has come, in words."""
        deep, steps = len(graph.way_to(next(reversed(graph.edges)))), self._stage.plan.story.steps
        of = f" of {max(sum(steps.values()), deep)}" if steps is not None else ""
        return f"requests ({case.label}, {deep}{of} steps deep)"

    def _found(
        self,
        case: Case,
        graph: Graph[Heard, Finding],
        story: Counts,
        after: Counts,
        candidates: Sequence[Candidate],
        judgement: Judgement,
    ) -> Found:
        return Found(
            case=case,
            story=story,
            after=after,
            candidates=tuple(candidates),
            judgement=judgement,
            total=story.run if graph.is_complete else None,
            is_complete=graph.is_complete,
            claim=self._claim(case, graph, story.run),
        )

    def _claim(self, case: Case, graph: Graph[Heard, Finding], orders: int) -> str:
        """How much was covered, in words."""
        steps = max((len(graph.way_to(world)) for world in graph.ways if not graph.edges.get(world)), default=0)
        what = f"all {orders:,} orders of {steps} steps" if orders > 1 else f"the one order of {steps} steps"
        routed = graph.count()
        if case.workers == 1 or not orders or routed == orders:
            return what
        each = count_routings(steps, case.workers) if routed == orders * case.workers**steps else None
        ways = f"in all {each:,} different routings" if each else f"in all {routed:,} routings"
        return f"{what} {ways}, {self.asked:,} requests run"

    def _machine(self, load: LoadMode) -> ForkedMachine:
        if load not in self._machines:
            self._machines[load] = self._new_machine(load, asks_twice=self._asks_twice)
        return self._machines[load]

    def _new_machine(self, load: LoadMode, *, asks_twice: bool) -> ForkedMachine:
        holdings = Holdings(self._stage)
        slots = Slots(self._stage, holdings, mode=load, count=self._stage.plan.workers)
        return ForkedMachine(
            slots,
            holdings,
            self._scripts,
            mode=load,
            names=self._names,
            merges=self._merges,
            asks_twice=asks_twice,
            seed=self._stage.plan.seed,
        )

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

    def _with_events(
        self, case: Case, rules: Rules, quiet: Graph[Heard, Finding], progress: Progress | None
    ) -> tuple[list[Candidate], tuple[str, ...]]:
        """With one reload or recycle between two steps; loads only where the stores of `quiet` have few states.

        Where that is too much to see, a note says so.
        """
        loads = len({world.stores for world in quiet.ways}) <= LOADED_STATES
        actions = [Action.RELOAD] * loads + [Action.RECYCLE] * (loads or case.load is LoadMode.ONCE)
        limits = Limits(worlds=self._effort.event_worlds, events=1, actions=tuple(actions))
        graph = self._walked(case, rules, limits, progress)
        firsts: dict[tuple[str, str], Candidate] = {}
        for edge in graph.all_edges():
            for finding in edge.findings if edge.source.events == 0 else ():
                name = (finding.name.value, finding.key)
                if name not in firsts:
                    firsts[name] = self._candidate(case, [*graph.way_to(edge.source), edge], finding, STORY)
        what = (
            f"{case.label}: a reload or a recycle between two steps was tried in the first {len(graph.edges):,} states"
        )
        return list(firsts.values()), () if graph.is_complete else (f"{what} of the workers only.",)

    def _whole(self, graph: Graph[Heard, Finding], rules: Rules) -> Iterator[History]:
        """The histories of ways that between them show every answer; of some, where there are many."""
        for way in islice(covering(graph), JUDGED_WAYS):
            yield rules.history(way[:-1], way[-1].move, way[-1].answer)

    def _candidate(self, case: Case, way: Way, finding: Finding, phase: str) -> Candidate:
        plan = self._stage.plan
        schedule = Schedule(
            workers=case.workers,
            turns=turns_of(way, self._scripts.users),
            load=case.load,
            seed=plan.seed,
        )
        return Candidate(schedule=schedule, finding=finding, phase=phase, is_noisy=self._asks_twice)


def _shows(name: tuple[str, str], edge: Edge[Heard, Finding]) -> bool:
    return any((finding.name.value, finding.key) == name for finding in edge.findings)
