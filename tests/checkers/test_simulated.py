"""Nine small applications, simulated: two are correct and never alarm, seven are wrong and get their name and cause.

3 workers, 4 users, 14 requests that may overlap, 6 % of them time out or fail (with or without effect, or with
a late one), half of the runs have a reload; then every user looks on every worker.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import pytest

from simulator.checkers.cause import copies_of, say
from simulator.checkers.finding import Anomaly
from simulator.checkers.judge import find
from simulator.history.operation import WORLD, History, Kind, Load, Operation, Outcome
from simulator.story.keys import Key, KeyKind, Scope

CORRECT_RUNS = 400
RUNS = 100
"""Of each wrong application: the shares asked for below hold for 400 as well."""
WORKERS, USERS = (1, 2, 3), ("alice", "bob", "carol", "dan")
WALL = Key(name="data", scope=Scope.SHARED)
LISTS = Key(name="data", scope=Scope.PRIVATE)
PRICE = Key(name="data", kind=KeyKind.REGISTER, scope=Scope.SHARED)

Place = Callable[["Run", Operation], Any]
"""Which copy a request works on: a part of the state's address."""


@dataclass
class Run:
    """One run: the clock, the state by address, and what is still to happen."""

    random: Random
    now: float = 0.0
    free: dict[int, float] = field(default_factory=lambda: defaultdict(float))
    load: int = 1
    loads: dict[int, Load] = field(default_factory=lambda: {1: Load(began=-1.0, ended=-0.5)})
    todo: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    done: dict[int, Any] = field(default_factory=dict)
    state: dict[Any, Any] = field(default_factory=lambda: defaultdict(list))
    operations: list[Operation] = field(default_factory=list)

    def at(self, moment: float, action: Callable[[], None]) -> None:
        self.todo.append((moment, len(self.todo), action))

    def finish(self) -> History:
        for _, _, action in sorted(self.todo, key=lambda one: one[:2]):
            action()
        ops = [replace(op, value=self.done.get(op.step)) if op.kind is Kind.READ else op for op in self.operations]
        ops.sort(key=lambda op: op.began)
        return History(keys={}, operations=tuple(ops), loads=self.loads, workers=3)


def request(run: Run, user: str, kind: Kind, value: str | None, worker: int, *, faulty: bool = True) -> Operation:
    """The operation and its interval; one request at a time per worker."""
    began = max(run.now, run.free[worker])
    ended = began + run.random.uniform(0.2, 1.5)
    run.free[worker] = ended + 0.01
    broken = faulty and run.random.random() < 0.06
    operation = Operation(
        user=user, of=user, key="data", kind=kind, value=value, began=began, ended=ended,
        worker=(worker, 10 * run.load + worker), load=run.load, step=len(run.operations) + 1,
        outcome=Outcome.INFO if broken else Outcome.OK,
    )  # fmt: skip
    run.operations.append(operation)
    return operation


def moment(run: Run, operation: Operation) -> float | None:
    """When it takes effect: within its interval; if nobody knows, perhaps later, perhaps never."""
    if operation.outcome is Outcome.INFO:
        if run.random.random() < 0.4:
            return None
        return run.random.uniform(operation.began, operation.ended + 3)
    return run.random.uniform(operation.began, operation.ended)


def apply(items: list[str], operation: Operation) -> None:
    if operation.kind is Kind.ADD:
        items.append(str(operation.value))
    elif operation.value in items:
        items.remove(str(operation.value))


def list_app(
    place: Place, *, shown: Callable[[list[str]], tuple[str, ...]] = tuple
) -> Callable[[Run, Operation], None]:
    """A list somewhere: in a database, in a module, by user."""

    def serve(run: Run, operation: Operation) -> None:
        address, when = place(run, operation), moment(run, operation)
        if when is not None:
            if operation.kind is Kind.READ:
                run.at(when, lambda: run.done.update({operation.step: shown(run.state[address])}))
            else:
                run.at(when, lambda: apply(run.state[address], operation))

    return serve


def racing_app(run: Run, operation: Operation) -> None:
    """Read all, change, save all: whoever saves last wins."""
    if operation.kind is Kind.READ:
        list_app(lambda *_: "database")(run, operation)
        return
    tenth = (operation.ended - operation.began) / 10
    early, late = operation.began + tenth, operation.ended - tenth
    copy: list[str] = []
    run.at(early, lambda: copy.extend(run.state["database"]))

    def save() -> None:
        apply(copy, operation)
        run.state["database"] = copy

    run.at(late, save)


def late_app(run: Run, operation: Operation) -> None:
    """Acknowledged at once, written up to 2 s later; each queue keeps its order."""
    if operation.kind is Kind.READ:
        list_app(lambda *_: "database")(run, operation)
    else:
        run.at(operation.ended + 1.9, lambda: apply(run.state["database"], operation))


def fixed_app(run: Run, operation: Operation) -> None:
    """A value that is read when the program text is executed."""
    began = run.loads[run.load].ended
    run.at(operation.ended, lambda: run.done.update({operation.step: run.state["price", began]}))


def cached_app(run: Run, operation: Operation) -> None:
    """Each worker keeps the value for 5 s."""

    def answer() -> None:
        since, value = run.state[operation.worker] or (-99.0, None)
        if operation.began - since > 5:
            since, value = operation.began, run.state["price"]
            run.state[operation.worker] = (since, value)
        run.done[operation.step] = value

    run.at(operation.began, answer)


def simulate_lists(
    serve: Callable[[Run, Operation], None], seed: int, key: Key, *, removes: bool, pace: float = 1.0
) -> History:
    run = Run(Random(seed))
    mine: dict[str, list[str]] = defaultdict(list)
    for step in range(14):
        if step == 7 and seed % 2:
            reload(run)
        user = run.random.choice(USERS)
        kind = run.random.choice((Kind.ADD, Kind.ADD, Kind.READ, Kind.REMOVE if removes and mine[user] else Kind.READ))
        value = {Kind.ADD: f"t{step}", Kind.REMOVE: mine[user].pop() if kind is Kind.REMOVE else None}.get(kind)
        if kind is Kind.ADD:
            mine[user].append(f"t{step}")
        serve(run, request(run, user, kind, value, run.random.choice(WORKERS)))
        run.now += run.random.uniform(0.0, pace)
    sweep(run, serve)
    return replace(run.finish(), keys={"data": key})


def simulate_price(serve: Callable[[Run, Operation], None], seed: int, key: Key) -> History:
    """The world changes a price now and then; users look."""
    run = Run(Random(seed))
    run.state["price"] = run.state["price", -0.5] = None
    for step in range(14):
        if step == 7 and seed % 2:
            reload(run)
            began = run.loads[run.load].ended
            run.at(began, lambda began=began: run.state.update({("price", began): run.state["price"]}))
        if step % 4 == 1:
            change = request(run, WORLD, Kind.WRITE, f"v{step}", 0, faulty=False)
            run.operations[-1] = change = replace(change, worker=None, load=None)
            run.at(change.ended, lambda change=change: run.state.update({"price": change.value}))
            run.now = change.ended + 0.01
        operation = request(run, run.random.choice(USERS), Kind.READ, None, run.random.choice(WORKERS))
        serve(run, operation)
        run.now += run.random.uniform(0.0, 1.5)
    sweep(run, serve)
    return replace(run.finish(), keys={"data": key})


def reload(run: Run) -> None:
    """All workers finish; the program text is executed again; fresh processes serve."""
    began = max([run.now, *run.free.values()]) + 0.1
    run.load, run.now = run.load + 1, began + 0.3
    run.loads[run.load] = Load(began=began, ended=began + 0.2)


def sweep(run: Run, serve: Callable[[Run, Operation], None]) -> None:
    """When all is quiet, every user looks on every worker."""
    run.now = max([run.now, *run.free.values()]) + 1.0
    for user in USERS:
        for worker in WORKERS:
            operation = request(run, user, Kind.READ, None, worker, faulty=False)
            serve(run, operation)
            run.now = operation.ended + 0.01


def database(run: Run, operation: Operation) -> str:
    return "database"


def row(run: Run, operation: Operation) -> str:
    return operation.of


def process(run: Run, operation: Operation) -> object:
    return operation.worker


def process_and_user(run: Run, operation: Operation) -> object:
    return operation.worker, operation.of


def runs(make: Callable[[int], History], times: int = RUNS) -> tuple[Counter[Anomaly], Counter[str]]:
    """In how many runs each anomaly was found, and how often each cause was named."""
    found: Counter[Anomaly] = Counter()
    causes: Counter[str] = Counter()
    for seed in range(times):
        history = make(seed)
        found.update({finding.name for finding in find(history)})
        causes[say(*copies_of(history, history.keys["data"]))] += 1
    return found, causes


@pytest.mark.parametrize(
    ("place", "key", "cause"),
    [(database, WALL, "one copy for everyone"), (row, LISTS, "each user has their own copy")],
    ids=["shared wall", "private lists"],
)
def test_correct_applications_never_alarm(place: Place, key: Key, cause: str) -> None:
    found, causes = runs(lambda seed: simulate_lists(list_app(place), seed, key, removes=True), CORRECT_RUNS)
    assert not found
    assert causes[cause] >= 0.99 * CORRECT_RUNS  # a run in which one user alone had data is explained by one copy


def test_a_module_level_list_is_one_copy_per_worker() -> None:
    found, causes = runs(lambda seed: simulate_lists(list_app(process), seed, WALL, removes=False))
    assert found[Anomaly.LOST_WRITE] >= 0.99 * RUNS
    assert causes["each worker has its own copy"] >= 0.93 * RUNS


def test_a_module_level_list_that_was_meant_private_leaks_and_loses() -> None:
    found, causes = runs(lambda seed: simulate_lists(list_app(process), seed, LISTS, removes=False))
    assert min(found[Anomaly.LEAK], found[Anomaly.LOST_WRITE]) >= 0.99 * RUNS
    assert causes["each worker has its own copy"] >= 0.93 * RUNS


def test_a_module_level_dict_by_user_loses_and_does_not_leak() -> None:
    found, causes = runs(lambda seed: simulate_lists(list_app(process_and_user), seed, LISTS, removes=False))
    assert found[Anomaly.LOST_WRITE] >= 0.99 * RUNS
    assert found[Anomaly.LEAK] == 0
    assert causes["each worker has its own copy for each user"] >= 0.9 * RUNS


def test_lists_that_are_rewritten_whole_lose_and_no_copies_explain_it() -> None:
    found, causes = runs(lambda seed: simulate_lists(racing_app, seed, WALL, removes=False, pace=0.2))
    assert found[Anomaly.LOST_WRITE] >= 0.9 * RUNS
    assert causes["no number of copies explains it"] >= 0.9 * found[Anomaly.LOST_WRITE]


def test_writing_behind_loses_unless_it_is_declared() -> None:
    found, causes = runs(lambda seed: simulate_lists(late_app, seed, WALL, removes=False))
    declared, _ = runs(lambda seed: simulate_lists(late_app, seed, replace(WALL, fresh_s=2.0), removes=False))
    assert found[Anomaly.LOST_WRITE] >= 0.8 * RUNS
    assert causes["no number of copies explains it"] >= 0.7 * found[Anomaly.LOST_WRITE]
    assert not declared


def test_a_value_fixed_at_load_is_stale_unless_it_is_declared() -> None:
    found, causes = runs(lambda seed: simulate_price(fixed_app, seed, PRICE))
    declared, _ = runs(lambda seed: simulate_price(fixed_app, seed, replace(PRICE, constant_per_load=True)))
    assert found[Anomaly.STALE_VALUE] >= 0.95 * RUNS
    assert causes["fixed at load: it changes only at a reload"] >= 0.95 * RUNS
    assert not declared


def test_a_cache_is_stale_unless_its_age_is_declared() -> None:
    found, causes = runs(lambda seed: simulate_price(cached_app, seed, PRICE))
    declared, _ = runs(lambda seed: simulate_price(cached_app, seed, replace(PRICE, fresh_s=5.5)))
    cached = sum(number for cause, number in causes.items() if cause.startswith("cached: answers are up to "))
    assert found[Anomaly.STALE_VALUE] >= 0.5 * RUNS
    assert cached >= 0.7 * found[Anomaly.STALE_VALUE]
    assert not declared


@pytest.mark.parametrize("key", [WALL, LISTS], ids=["shared", "private"])
@pytest.mark.parametrize("place", [process, process_and_user])
def test_the_findings_at_a_step_are_those_of_the_whole_that_show_there(place: Place, key: Key) -> None:
    for seed in range(30):
        history = simulate_lists(list_app(place), seed, key, removes=bool(seed % 3))
        whole = find(history)
        assert whole
        for step in range(1, len(history.operations) + 1):
            assert find(history, at=step) == tuple(finding for finding in whole if finding.step == step)
