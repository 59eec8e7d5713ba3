"""What is said of findings: sub-kinds, sentences, sessions, causes and the share of wrong reads."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.checkers.finding import Anomaly, Finding, Verdict
from simulator.checkers.judge import find, judge
from simulator.checkers.leaks import flows
from simulator.checkers.search import Model, linearize
from simulator.checkers.sessions import Guarantee, broken
from simulator.checkers.variable import split
from simulator.history.operation import WORLD, Answer, History, Kind, Load, Operation
from simulator.story.keys import Key, KeyKind, Scope

LABELS = {"t1": "alice-1", "t2": "alice-2", "t3": "bob-1"}
WALL = Key(name="wall", scope=Scope.SHARED)


def story(key: Key, *lines: str, **more: Any) -> History:
    """Lines such as "alice@1 add t1", "bob@2 read t1,t2", "world write t1"; step n takes the time [n, n + 0.5]."""
    operations = []
    for step, line in enumerate(lines, start=1):
        who, kind, *values = line.split()
        user, _, worker = who.partition("@")
        number, _, load = worker.partition("/")
        value: Any = values[0] if values else None
        if kind == "read" and key.kind in (KeyKind.ITEMS, KeyKind.LIST):
            value = tuple(value.split(",")) if value else ()
        operations.append(
            Operation(
                user=user, of=user, key=key.name, kind=Kind(kind), value=value, began=float(step), ended=step + 0.5,
                worker=(int(number), int(number)) if number else None, load=int(load) if load else None, step=step,
            )
        )  # fmt: skip
    return History(keys={key.name: key}, operations=tuple(operations), labels=LABELS, **more)


def only(history: History) -> Finding:
    (finding,) = find(history)
    return finding


@pytest.mark.parametrize(
    ("lines", "sub_kind", "tail"),
    [
        (("alice@1 add t1", "alice@2 read"), "never seen", "no answer ever showed it"),
        (("alice@1 add t1", "alice@2 read", "alice@1 read t1"), "flickers", "worker 1 shows it"),
        (("alice@1 add t1", "alice@1 read t1", "alice@2 read", "alice@1 read t1"), "flickers", "worker 1 shows it"),
        (("alice@1 add t1", "alice@2 read", "alice@2 read t1"), "late", "it came 1.5 s later"),
        (("alice@1 add t1", "alice@2 read t1", "alice@2 read"), "vanished", "it was there before"),
        (("alice@1/1 add t1", "alice@2/1 read t1", "alice@1/2 read"), "vanished", "it was there before the reload"),
    ],
)
def test_a_lost_write_says_how_it_was_lost(lines: tuple[str, ...], sub_kind: str, tail: str) -> None:
    """A flicker whose last read meets the right worker is lost all the same."""
    finding = only(story(WALL, *lines))
    assert (finding.name, finding.sub_kind, finding.own_write) == (Anomaly.LOST_WRITE, sub_kind, True)
    assert finding.why.startswith("alice-1 is missing: alice added it in step 1 on worker 1, and this answer of worker")
    assert finding.why.endswith("; " + tail)
    assert finding.expected == "t1"


def test_sentences_name_people_steps_and_workers_never_tokens() -> None:
    register = Key(name="price", kind=KeyKind.REGISTER, scope=Scope.SHARED)
    stale = only(story(register, "alice@1 write t1", "bob@2 write t3", "alice@1 read t1"))
    assert stale.why == "this answer of worker 1 shows alice-1, which is old: bob wrote bob-1 in step 2 on worker 2"
    fixed = only(story(register, "world write t1", "bob@2 read"))
    assert fixed.why == "this answer of worker 2 shows an older value than alice-1, which the world wrote in step 1"
    leak = only(story(Key(name="cart"), "alice@1 add t1", "bob@1 read t1"))
    assert leak.why == (
        "alice-1 is shown to bob: it belongs to alice (alice sent it in step 1 on worker 1), "
        "and this answer of worker 1 shows it"
    )
    assert (leak.owner, leak.same_worker) == ("alice", True)
    returned = only(story(WALL, "alice@1 add t1", "alice@1 remove t1", "bob@2 read t1"))
    assert returned.why == "this answer of worker 2 shows alice-1, which alice had removed in step 2 on worker 1"


def test_a_request_that_adds_and_shows_has_to_show_its_own_item() -> None:
    history = story(WALL, "alice@1 add t1", "alice@1 read t2")
    add, read = history.operations
    both = [add, Operation(**{**plain(read), "began": add.began, "ended": add.ended, "step": 1, "value": ()})]
    finding = only(History(keys=history.keys, operations=tuple(both), labels=LABELS))
    assert (finding.name, finding.sub_kind) == (Anomaly.LOST_WRITE, "not in its own answer")


def plain(operation: Operation) -> dict[str, Any]:
    return {name: getattr(operation, name) for name in operation.__dataclass_fields__}


@pytest.mark.parametrize(
    ("lines", "guarantee"),
    [
        (("alice@1 add t1", "alice@2 read"), Guarantee.READ_YOUR_WRITES),
        (("bob@1 add t3", "alice@1 read t3", "alice@2 read"), Guarantee.MONOTONIC_READS),
        (("alice@1 add t1", "alice@2 add t2", "bob@2 read t2"), Guarantee.MONOTONIC_WRITES),
        (("bob@1 add t3", "alice@1 read t3", "alice@2 add t1", "carol@2 read t1"), Guarantee.WRITES_FOLLOW_READS),
    ],
)
def test_sessions_name_what_a_user_went_through(lines: tuple[str, ...], guarantee: Guarantee) -> None:
    (variable,) = split(story(WALL, *lines))
    assert guarantee in {one.guarantee for one in broken(variable)}


def test_a_lost_write_tells_what_it_meant_to_somebody() -> None:
    assert only(story(WALL, "alice@1 add t1", "alice@2 read")).experience == (
        "alice does not find alice-1, which alice added before"
    )
    seen = find(story(WALL, "bob@1 add t3", "alice@1 read t3", "alice@2 read"))
    assert seen[0].experience == "alice had already seen bob-1, and now it is gone"


def test_of_several_users_who_knew_better_the_first_on_the_page_is_told() -> None:
    """Not the one whom the hashes of this process put first: equal runs say the same, byte for byte."""
    users = [f"u{number}" for number in range(12)]
    knew = [line for user in users for line in (f"{user}@1 read t3", f"{user}@1 add {user}")]
    lost = story(WALL, "bob@1 add t3", *knew, f"zoe@2 read {','.join(users)}")
    told = find(lost)[-1].experience
    assert told == "zoe sees u0 without bob-1, which u0 had seen when adding it"


def test_the_cause_and_the_share_of_wrong_reads_are_named() -> None:
    lines = ["alice@1 add t1", "bob@2 add t3"]
    lines += [f"carol@{worker} read {'t1' if worker == 1 else 't3'}" for worker in (1, 2)]
    judgement = judge(story(WALL, *lines, workers=2))
    assert judgement.causes == {"wall": "each worker has its own copy"}
    assert (judgement.predicted, judgement.observed) == ({"wall": 0.5}, {"wall": 1.0})


def test_a_value_that_differs_between_workers_of_one_load_is_not_constant() -> None:
    secret = Key(name="secret", kind=KeyKind.REGISTER, scope=Scope.SHARED, constant_per_load=True, closed=False)
    loads = {1: Load(began=0.0, ended=0.5)}
    finding = only(story(secret, "alice@1/1 read a", "alice@2/1 read b", loads=loads))
    assert (finding.name, finding.sub_kind) == (Anomaly.NOT_CONSTANT, "workers of one load disagree")
    again = only(story(secret, "alice@1/1 read a", "alice@1/1 read b", loads=loads))
    assert again.sub_kind == "changed without a reload"


def test_who_saw_whose_is_told_without_a_verdict() -> None:
    history = story(WALL, "alice@1 add t1", "bob@1 read t1", "alice@1 read t1", "world write t2", "bob@1 read t1,t2")
    assert flows(history) == {("alice", "bob"): 1, (WORLD, "bob"): 1}
    assert find(story(WALL, "alice@1 add t1", "bob@1 read t1")) == ()


def test_an_answer_leaks_even_where_nothing_was_declared_to_be_read() -> None:
    history = story(Key(name="cart"), "alice@1 add t1")
    answer = Answer(step=2, user="bob", worker=(1, 1), began=2.0, ended=2.5, shown=("t1",))
    (finding,) = find(History(keys=history.keys, operations=history.operations, answers=(answer,), labels=LABELS))
    assert (finding.name, finding.step, finding.key) == (Anomaly.LEAK, 2, "cart")


def test_the_search_takes_a_users_own_model_names_its_witness_and_keeps_its_budget() -> None:
    """A stack: what is added last is removed first."""

    def step(state: tuple[str, ...], op: Operation) -> list[tuple[str, ...]]:
        if op.kind is Kind.ADD:
            return [(*state, str(op.value))]
        return [state[:-1]] if state and state[-1] == op.value else []

    stack = Model[tuple[str, ...]](init=(), step=step, describe=lambda state: " ".join(state) or "empty")
    fine = story(WALL, "alice@1 add t1", "bob@1 add t3", "bob@1 remove t3", "bob@2 remove t1").operations
    wrong = story(WALL, "alice@1 add t1", "bob@1 add t3", "bob@1 remove t1").operations
    assert (linearize(fine, stack).verdict, linearize(fine, stack).state) == (Verdict.OK, "empty")
    found = linearize(wrong, stack)
    assert (found.verdict, found.order, found.stuck, found.state) == (Verdict.PROBLEM, wrong[:2], wrong[2:], "t1 t3")
    assert linearize(fine, stack, budget=2).verdict is Verdict.UNKNOWN


def test_repeated_values_that_no_order_explains_are_found_and_a_spent_budget_is_unknown() -> None:
    """Each read on its own is fine: both writes overlap both reads."""
    key = Key(name="price", kind=KeyKind.REGISTER, scope=Scope.SHARED, unique=False)
    spans = {1: (0.0, 9.0), 2: (0.0, 9.0), 3: (1.0, 2.0), 4: (3.0, 4.0), 5: (5.0, 6.0)}
    made = story(key, "alice@1 write a", "bob@1 write b", "carol@1 read a", "carol@1 read b", "carol@1 read a")
    operations = tuple(
        Operation(**{**plain(op), "began": spans[op.step][0], "ended": spans[op.step][1]}) for op in made.operations
    )
    history = History(keys=made.keys, operations=operations)
    assert only(history).name is Anomaly.NOT_LINEARIZABLE
    spent = judge(history, workers=(), budget=3)
    assert (spent.verdict, spent.missing) == (
        Verdict.UNKNOWN,
        ("price: no order found in 3 tries (its values repeat)",),
    )
