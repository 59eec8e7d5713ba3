"""Everything that can happen to a story with so many workers: every order, every routing, a reload, a recycle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from simulator.checkers.finding import Anomaly, Finding, Judgement, Verdict
from simulator.checkers.judge import judge, sum_up
from simulator.explore.candidates import Candidates
from simulator.explore.compare import Comparison
from simulator.explore.effort import Effort
from simulator.explore.ends import Ends, Late
from simulator.explore.graph import Graph, Memory, World
from simulator.explore.heard import Heard, Noisy
from simulator.explore.holdings import Holdings
from simulator.explore.machine import ForkedMachine
from simulator.explore.monitor import Rules
from simulator.explore.rounds import Rounds
from simulator.explore.scripts import Scripts
from simulator.explore.slots import Slots
from simulator.explore.twins import is_noisy, left_out
from simulator.explore.walks import Progress, Walks
from simulator.explore.ways import against, covering, influence, is_answered, without
from simulator.history.operation import History
from simulator.runner.cases import Case
from simulator.runner.found import Candidate, Counts, Found
from simulator.runner.play import STORY
from simulator.runner.stage import Stage
from simulator.story.routings import count_routings
from simulator.story.schedule import Action, LoadMode

INFLUENCE = Anomaly.CROSS_USER_INFLUENCE
NOTES = 3
"""How many of its influences a story is told."""
JUDGED_WAYS = 12
"""How many whole histories are asked whether enough was looked at."""
LOADED_STATES = 4
"""In how many states of the stores a load between two steps is tried: each is a load of its own."""


class Search:
    """Explores one application on `stage`; what was asked for one number of workers is known for the next."""

    def __init__(
        self, stage: Stage, *, merges: bool = True, effort: Effort | None = None, progress: Progress | None = None
    ) -> None:
        self._stage = stage
        self._merges = merges
        self._machines: dict[LoadMode, ForkedMachine] = {}
        self._found_before: dict[Case, Found] = {}
        self._names: dict[str, Memory] = {}
        self._asks_twice = False
        self._is_quiet = False
        self._said: set[str] = set()
        self._under_way: Case | None = None
        plan = stage.plan
        self._walks = Walks(plan.story, effort or Effort(), asked=lambda: self.asked, progress=progress)
        self._scripts = Scripts(plan.story, cwd=plan.cwd, seed=plan.seed)

    def close(self) -> None:
        """End the processes and programs that were kept for more questions."""
        self._stage.launcher.kill_workers()
        self._scripts.close()

    @property
    def asked(self) -> int:
        """How many requests were really served."""
        return sum(machine.asked for machine in self._machines.values())

    def case(self, case: Case) -> Found:
        """Explore one case. Raises Unexplorable, AppError and StoreError."""
        if not self._asks_twice and not self._stage.plan.story.keys and self._is_noisy():
            self._ask_twice()
        try:
            return self._case(case)
        except Noisy:
            if self._asks_twice:
                raise
            self._ask_twice()
            return self._case(case)

    def _case(self, case: Case) -> Found:
        if (same := self._same(case)) is not None:
            return same
        self._under_way = case
        self._walks.begin(case)
        found = self._explored(case)
        found = replace(found, notes=(*found.notes, *self._noise()))
        self._found_before[case] = found
        self._under_way = None
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
        self._scripts.close()
        plan = self._stage.plan
        self._scripts = Scripts(plan.story, cwd=plan.cwd, seed=plan.seed)

    def _noise(self) -> Iterator[str]:
        """What was left out of comparisons, each once."""
        for request, sentence in left_out(self._machines.values()):
            if request not in self._said:
                self._said.add(request)
                yield sentence

    def so_far(self) -> list[Found]:
        """What is known already: all cases that were explored, and one that is under way as far as it came."""
        known = [*self._found_before.values()]
        return known if self._under_way is None else [*known, self._begun(self._under_way)]

    def _begun(self, case: Case) -> Found:
        candidates = [one for graph in self._walks.graphs for one in self._candidates(case).shortest(graph)]
        if not self._stage.plan.story.keys:
            candidates = [against(one) for one in candidates if one.finding.name is not INFLUENCE]
        nothing = Counts(run=0, failed={}, any_failed=0)
        return Found(
            case=case,
            story=nothing,
            after=nothing,
            candidates=tuple(candidates),
            judgement=Judgement(verdict=Verdict.UNKNOWN),
            total=None,
            is_complete=False,
            claim=f"interrupted after {self.asked:,} {self._walks.where}",
        )

    def _same(self, case: Case) -> Found | None:
        """What is known already: workers that load for themselves and come to hold what forked ones hold are alike."""
        other = self._found_before.get(Case(workers=case.workers, load=LoadMode.ONCE))
        if other is None or not self._merges or case.load is LoadMode.ONCE:
            return None
        forked, loading = (self._machine(load).start(case.workers) for load in (LoadMode.ONCE, case.load))
        return replace(other, case=case, candidates=()) if forked == loading else None

    def _explored(self, case: Case) -> Found:
        return self._by_rules(case) if self._stage.plan.story.keys else self._by_comparison(case)

    def _by_rules(self, case: Case) -> Found:
        """What the story declares is checked on every way, and in looks after its end."""
        plan = self._stage.plan
        machine = self._machine(case.load)
        rules = Rules(plan.story, workers=case.workers, seed=plan.seed)
        graph = self._walks.whole(machine, self._scripts, rules)
        rounds = Rounds(graph, lambda finding: finding.name.value)
        candidates = [*self._candidates(case).in_story(graph, rounds)]
        late: list[tuple[World, Late]] = []
        if case.workers == 1 or not candidates:  # what shows in the story needs no looks after it
            late += Ends(machine, self._scripts, rules).of(graph, reload=plan.reload)
        ends: dict[World, set[str]] = {}
        for world, one in late:
            ends.setdefault(world, set()).add(one.finding.name.value)
        candidates += [self._candidates(case).late(one) for _, one in late]
        in_story = {one.finding.name for one in candidates if one.phase == STORY}
        notes: tuple[str, ...] = ()
        if plan.reload and (not in_story or any(one.finding.name not in in_story for one in candidates)):
            more, notes = self._with_events(case, rules, graph)
            candidates += more
        whole = (judge(history, workers=()) for history in self._whole(graph, rules))
        found = self._found(case, graph, rounds.counts(), rounds.counts(ends), candidates, sum_up(whole, workers=()))
        return replace(found, notes=notes)

    def _by_comparison(self, case: Case) -> Found:
        """Nothing is declared: answers are compared with those of other worlds."""
        machine = self._machine(case.load)
        graph = self._walks.whole(machine, self._scripts, Comparison(machine, self._scripts, workers=case.workers))
        influences = [(edge, one) for edge in graph.all_edges() for one in edge.findings if one.name is INFLUENCE]
        graph = without(graph, INFLUENCE)
        rounds = Rounds(graph, lambda finding: finding.name.value)
        candidates = [against(one) for one in self._candidates(case).in_story(graph, rounds)]
        judgement = Judgement(verdict=Verdict.OK if is_answered(graph) else Verdict.UNKNOWN)
        found = self._found(case, graph, rounds.counts(), rounds.counts(), candidates, judgement)
        return replace(found, notes=tuple(dict.fromkeys(influence(edge, one) for edge, one in influences))[:NOTES])

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

    def _candidates(self, case: Case) -> Candidates:
        return Candidates(self._stage.plan, case, is_noisy=self._asks_twice)

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

    def _with_events(
        self, case: Case, rules: Rules, quiet: Graph[Heard, Finding]
    ) -> tuple[list[Candidate], tuple[str, ...]]:
        """With one reload or recycle between two steps; loads only where the stores of `quiet` have few states.

        Where that is too much to see, a note says so.
        """
        loads = len({world.stores for world in quiet.ways}) <= LOADED_STATES
        actions = [Action.RELOAD] * loads + [Action.RECYCLE] * (loads or case.load is LoadMode.ONCE)
        graph = self._walks.with_events(self._machine(case.load), self._scripts, rules, actions)
        where = f"in the first {len(graph.edges):,} states of the workers only"
        note = f"{case.label}: a reload or a recycle between two steps was tried {where}."
        return [*self._candidates(case).shortest(graph)], () if graph.is_complete else (note,)

    def _whole(self, graph: Graph[Heard, Finding], rules: Rules) -> Iterator[History]:
        """The histories of ways that between them show every answer; of some, where there are many."""
        for way in islice(covering(graph), JUDGED_WAYS):
            yield rules.history(way[:-1], way[-1].move, way[-1].answer)
