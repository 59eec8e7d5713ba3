"""Ok only where it was exercised: pairs of workers, and every user on every worker."""

from __future__ import annotations

from typing import Any

from simulator.checkers.coverage import OUTSIDE
from simulator.checkers.finding import Coverage, Verdict
from simulator.checkers.judge import judge, sum_up
from simulator.history.operation import History, Kind, Operation
from simulator.story.keys import Key, KeyKind, Scope

WALL = Key(name="wall", scope=Scope.SHARED)
CART = Key(name="cart")
PRICE = Key(name="price", kind=KeyKind.REGISTER, scope=Scope.SHARED)


def served(key: Key, *steps: tuple[str, Kind, Any, int]) -> History:
    operations = tuple(
        Operation(
            user=user, of=user, key=key.name, kind=kind, value=value, began=float(step), ended=step + 0.5, step=step,
            worker=(worker, worker) if worker else None,
        )
        for step, (user, kind, value, worker) in enumerate(steps, start=1)
    )  # fmt: skip
    return History(keys={key.name: key}, operations=operations, workers=2)


def added(user: str, token: str, worker: int) -> tuple[str, Kind, Any, int]:
    return user, Kind.ADD, token, worker


def saw(user: str, worker: int, *tokens: str) -> tuple[str, Kind, Any, int]:
    return user, Kind.READ, tokens, worker


BOTH_WAYS = served(
    WALL, added("alice", "a", 1), saw("bob", 1, "a"), saw("bob", 2, "a"), added("bob", "b", 2), saw("bob", 1, "a", "b"),
    saw("bob", 2, "a", "b"),
)  # fmt: skip


def test_all_pairs_exercised_is_ok() -> None:
    judgement = judge(BOTH_WAYS)
    assert (judgement.verdict, judgement.missing) == (Verdict.OK, ())
    assert judgement.coverage[0].pairs == {(1, 1): 2, (1, 2): 2, (2, 1): 1, (2, 2): 1}


def test_what_is_missing_is_said() -> None:
    half = served(WALL, added("alice", "a", 1), saw("bob", 1, "a"))
    judgement = judge(half)
    assert judgement.verdict is Verdict.UNKNOWN
    assert judgement.missing == (
        "wall: no write on worker 1 with a later read on worker 2",
        "wall: no write on worker 2 with a later read on workers 1 and 2",
    )
    assert judge(half, workers=(1,)).verdict is Verdict.OK


def test_a_removed_item_obliges_nobody() -> None:
    gone = served(WALL, added("alice", "a", 1), ("alice", Kind.REMOVE, "a", 1), saw("bob", 1))
    assert judge(gone).coverage[0].pairs == {}
    assert judge(gone).missing == ("wall: no read had to show an acknowledged write",)


def test_several_runs_are_summed_up() -> None:
    one = served(WALL, added("alice", "a", 1), saw("bob", 1, "a"), saw("bob", 2, "a"))
    other = served(WALL, added("alice", "a", 2), saw("bob", 1, "a"), saw("bob", 2, "a"))
    judged = [judge(run, workers=()) for run in (one, other)]
    assert [one.verdict for one in judged] == [Verdict.OK, Verdict.OK]
    assert sum_up(judged, workers=(1, 2)).verdict is Verdict.OK
    assert sum_up(judged[:1], workers=(1, 2)).verdict is Verdict.UNKNOWN
    lost = judge(served(WALL, added("alice", "a", 1), saw("bob", 2)), workers=())
    assert sum_up([*judged, lost], workers=(1, 2)).verdict is Verdict.PROBLEM
    assert sum_up([], workers=(1, 2)).verdict is Verdict.UNKNOWN


def test_private_keys_need_every_user_where_another_wrote() -> None:
    """A dictionary of one process would not leak here: alice never looked where bob had written."""
    steps = [added("alice", "a", 1), saw("alice", 1, "a"), saw("alice", 2, "a"), added("alice", "a2", 2)]
    steps += [saw("alice", 1, "a", "a2"), saw("alice", 2, "a", "a2")]
    alone = judge(served(CART, *steps))
    assert alone.verdict is Verdict.OK
    bob = [added("bob", "b", 1), saw("bob", 1, "b"), saw("bob", 2, "b"), added("bob", "b2", 2)]
    bob += [saw("bob", 1, "b", "b2"), saw("bob", 2, "b", "b2")]
    both = judge(served(CART, *steps, *bob))
    assert both.missing == (
        "cart of alice: alice never looked on workers 1 and 2 after somebody else had written there",
    )
    full = judge(served(CART, *steps, *bob, saw("alice", 1, "a", "a2"), saw("alice", 2, "a", "a2")))
    assert full.verdict is Verdict.OK


def test_what_only_the_world_writes_is_read_on_each_worker() -> None:
    change, look = ("world", Kind.WRITE, "v1", 0), ("alice", Kind.READ, "v1", 1)
    once = judge(served(PRICE, change, look))
    assert once.coverage[0].pairs == {(OUTSIDE, 1): 1}
    assert once.missing == ("price: no read on worker 2 after a change from outside",)
    assert judge(served(PRICE, change, look, ("alice", Kind.READ, "v1", 2))).verdict is Verdict.OK


def test_a_key_that_nobody_touched_or_read_is_unknown() -> None:
    untouched = History(keys={"wall": WALL}, operations=(), workers=2)
    assert judge(untouched).missing == ("wall: nobody read it",)
    assert judge(served(WALL, added("alice", "a", 1)), workers=()).verdict is Verdict.UNKNOWN
    assert judge(History(keys={}, operations=())).verdict is Verdict.UNKNOWN


def test_partial_pages_exercise_nothing() -> None:
    history = served(WALL, added("alice", "a", 1))
    page = Operation(
        user="bob",
        of="bob",
        key="wall",
        kind=Kind.READ,
        value=("a",),
        began=5.0,
        ended=6.0,
        complete=False,
        worker=(1, 1),
    )
    judgement = judge(History(keys=history.keys, operations=(*history.operations, page), workers=1))
    assert judgement.verdict is Verdict.UNKNOWN
    assert judgement.coverage[0].pairs == Coverage(key="wall", of=None).pairs
