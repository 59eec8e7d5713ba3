"""Which variable differs, from looks alone."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.explore.difference import Comparison, load_pair, pairs, surest, suspects
from simulator.runner.watching import Held, Moment
from simulator.story.tokens import token

MINE = token(seed=0, user="alice", counter=1)


def held(pid: int, **values: str) -> Held:
    return Held(pid=pid, values=values, kinds=dict.fromkeys(values, "global"), marks=dict(values))


def moment(step: int, served: int | None, looks: Mapping[int, Held]) -> Moment:
    return Moment(step=step, served=served, held=looks)


START = held(10, cart="[]", hits="0", tz="x")
OTHER = held(11, cart="[]", hits="0", tz="y")
TOLD = held(10, cart=f"['{MINE}']", hits="1", tz="x")


def test_the_copies_of_two_workers_are_compared_and_the_missing_value_decides() -> None:
    moments = [moment(0, None, {1: START, 2: OTHER}), moment(1, 1, {1: TOLD, 2: OTHER})]
    (pair,) = pairs(moments, step=2, worker=2, sources=[1])
    assert pair.comparison is Comparison.COPIES
    assert pair.changed == {"cart", "hits"}
    ranked = suspects(pair, moments, [MINE])
    assert [(one.path, one.holds_token, one.is_changed) for one in ranked] == [
        ("cart", True, True),
        ("hits", False, True),
        ("tz", False, False),
    ]
    assert [one.path for one in surest(ranked)] == ["cart"]


def test_one_worker_is_compared_with_itself_before_the_other_user_s_step() -> None:
    moments = [moment(0, None, {1: START}), moment(1, 1, {1: TOLD})]
    (pair,) = pairs(moments, step=2, worker=1, sources=[1])
    assert (pair.comparison, pair.differing) == (Comparison.STEPS, {"cart", "hits"})


def test_a_worker_that_was_replaced_is_another_worker() -> None:
    anew = held(12, cart="[]", hits="0", tz="x")
    moments = [moment(0, None, {1: START}), moment(1, 1, {1: TOLD}), moment(2, None, {1: anew})]
    (pair,) = pairs(moments, step=3, worker=1, sources=[1])
    assert (pair.comparison, pair.differing) == (Comparison.COPIES, {"cart", "hits"})


def test_what_a_new_load_would_hold_tells_what_was_fixed_at_load() -> None:
    served = held(10, price="'10'", hits="1", tz="x")
    moments = [moment(0, None, {1: held(10, price="'10'", hits="0", tz="x")}), moment(2, 1, {1: served})]
    pair = load_pair(moments, step=2, worker=1, fresh=held(20, price=f"'{MINE}'", hits="0", tz="x"))
    assert pair is not None
    assert pair.changed == {"price", "hits"}
    assert suspects(pair, moments, [MINE])[0].path == "price"
    assert load_pair(moments, step=3, worker=1, fresh=served) is None


def test_of_equals_both_stay_and_of_a_part_and_its_whole_the_part() -> None:
    before = held(10, one="[]", two="[]", **{"shop.a": "0", "shop.a.b": "0"})
    after = held(10, one="[1]", two="[1]", **{"shop.a": "0", "shop.a.b": "0"})
    moments = [moment(0, None, {1: before}), moment(1, 1, {1: after})]
    (pair,) = pairs(moments, step=2, worker=1, sources=[1])
    assert [one.path for one in surest(suspects(pair, moments, []))] == ["one", "two"]
    nested = held(10, one="[]", two="[]", **{"shop.a": "1", "shop.a.b": "1"})
    moments = [moment(0, None, {1: before}), moment(1, 1, {1: nested})]
    (pair,) = pairs(moments, step=2, worker=1, sources=[1])
    assert [one.path for one in surest(suspects(pair, moments, []))] == ["shop.a.b"]
