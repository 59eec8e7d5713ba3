"""Every order is found, each exactly once, whether the steps are known before the run or not."""

from __future__ import annotations

from itertools import permutations, product
from math import factorial
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.story.orders import Orders, Walk, all_orders
from simulator.story.routings import canonical, count_routings, routings
from simulator.story.story import Story

counts = st.lists(st.integers(0, 3), min_size=1, max_size=3).map(lambda found: dict(zip("abc", found, strict=False)))


def _brute(steps: dict[str, int]) -> set[tuple[str, ...]]:
    return set(permutations([user for user, count in steps.items() for _ in range(count)]))


@given(counts)
@settings(deadline=None, max_examples=60)
def test_all_interleavings_each_once_in_canonical_sequence(steps: dict[str, int]) -> None:
    orders = Orders(steps)
    found = list(orders)
    assert len(found) == len(set(found)) == orders.total
    assert set(found) == _brute(steps)
    assert found == sorted(found)
    assert [orders[rank] for rank in range(orders.total)] == found


def test_the_number_of_the_papers_example() -> None:
    assert Orders({"alice": 4, "bob": 4, "carol": 4}).total == factorial(12) // factorial(4) ** 3 == 34_650
    assert Orders({"alice": 2, "bob": 2}).total == 6


def test_an_index_beyond_the_last_order_is_an_error() -> None:
    with pytest.raises(IndexError):
        Orders({"a": 1, "b": 1})[2]


@given(counts, st.data())
@settings(deadline=None, max_examples=60)
def test_steps_that_need_others_come_after_them(steps: dict[str, int], data: st.DataObject) -> None:
    first, *others = steps
    needs = {
        (user, number): ((first, data.draw(st.integers(0, steps[first] - 1))),)
        for user in others
        for number in range(steps[user])
        if steps[first]
    }
    expected = {
        order
        for order in _brute(steps)
        if all(
            [at for at, who in enumerate(order) if who == user][number]
            > [at for at, who in enumerate(order) if who == other][before]
            for (user, number), ((other, before),) in needs.items()
        )
    }
    orders = Orders(steps, needs)
    assert list(orders) == sorted(expected)
    assert orders.total == len(expected)
    assert [orders[rank] for rank in range(orders.total)] == sorted(expected)


def test_a_story_says_which_steps_need_others() -> None:
    story = Story("alice: POST /notes text=VALUE -> $id\nalice: GET /notes/$id\nbob: GET /notes/$id\nbob: GET /")
    assert story.needs == {("bob", 0): (("alice", 0),)}
    assert story.steps is not None
    assert [order[0] for order in Orders(story.steps, story.needs)] == ["alice"] * 3


@pytest.mark.parametrize("count", [1, 5, 15, 16, 20, 100])
def test_a_sample_has_no_order_twice_and_repeats_with_its_seed(count: int) -> None:
    orders = Orders({"a": 3, "b": 3})
    sample = orders.sample(count, Random(7))
    assert len(sample) == len(set(sample)) == min(count, orders.total)
    assert set(sample) <= set(orders)
    assert sample == orders.sample(count, Random(7))


def test_samples_are_even() -> None:
    orders = Orders({"a": 2, "b": 2})
    chance = Random(1)
    seen = [orders.sample(1, chance)[0] for _ in range(3000)]
    assert all(400 < seen.count(order) < 600 for order in orders)


def test_a_sample_of_more_orders_than_a_machine_word_can_count() -> None:
    orders = Orders(dict.fromkeys("abcd", 20))
    assert orders.total > 2**64
    assert len(set(orders.sample(50, Random(1)))) == 50


@given(counts)
@settings(deadline=None, max_examples=40)
def test_a_walk_finds_the_orders_of_a_story_with_known_steps(steps: dict[str, int]) -> None:
    def can_move(prefix: tuple[str, ...]) -> list[str]:
        return [user for user, count in steps.items() if prefix.count(user) < count]

    assert list(all_orders(can_move)) == list(Orders(steps))


def _steps_of_a(prefix: tuple[str, ...]) -> int:
    """A story in which alice takes a third step only if bob came first."""
    return 3 if prefix[:1] == ("b",) else 2


def _movers(prefix: tuple[str, ...]) -> list[str]:
    could = {"a": prefix.count("a") < _steps_of_a(prefix), "b": prefix.count("b") < 1}
    return [user for user, can in could.items() if can]


def test_a_walk_finds_all_orders_where_steps_depend_on_the_order() -> None:
    expected = {order for size in (3, 4) for order in product("ab", repeat=size) if _is_whole(order)}
    found = list(all_orders(_movers))
    assert len(found) == len(set(found))
    assert set(found) == expected == {("a", "a", "b"), ("a", "b", "a"), ("b", "a", "a", "a")}


def _is_whole(order: tuple[str, ...]) -> bool:
    return not _movers(order) and all(user in _movers(order[:at]) for at, user in enumerate(order))


def test_a_walk_by_chance_finds_all_orders_too() -> None:
    def run(seed: int) -> list[tuple[str, ...]]:
        walk, chance, found = Walk(), Random(seed), []
        while (prefix := walk.next_prefix(chance)) is not None:
            order = prefix
            while movers := _movers(order):
                order = (*order, movers[0])
            walk.ran(order, [_movers(order[:at]) for at in range(len(order))])
            found.append(order)
        assert walk.done == len(found)
        assert walk.pending == 0
        return found

    assert sorted(run(1)) == sorted(all_orders(_movers))
    assert run(1) == run(1)


def test_a_run_that_did_not_follow_its_prefix_is_refused() -> None:
    walk = Walk()
    walk.next_prefix()
    walk.ran("ab", ["ab", "b"])
    assert walk.next_prefix() == ("b",)
    with pytest.raises(ValueError, match="does not begin with"):
        walk.ran("ab", ["ab", "b"])
    with pytest.raises(ValueError, match="who could not"):
        walk.ran("ba", ["ab", "b"])


@pytest.mark.parametrize(
    ("steps", "counts"),
    [(3, (4, 5, 5)), (4, (8, 14, 15)), (5, (16, 41, 51)), (6, (32, 122, 187)), (7, (64, 365, 715))],
)
def test_canonical_routings_are_as_many_as_the_closed_formula_says(steps: int, counts: tuple[int, ...]) -> None:
    for workers, expected in zip((2, 3, 4), counts, strict=True):
        found = list(routings(steps, workers))
        assert len(found) == len(set(found)) == count_routings(steps, workers) == expected
        assert found == sorted(found)
        assert set(found) == {canonical(raw) for raw in product(range(1, workers + 1), repeat=steps)}


def test_counts_of_long_stories() -> None:
    assert [count_routings(10, workers) for workers in (1, 2, 3, 4)] == [1, 512, 9_842, 43_947]
    assert count_routings(0, 3) == 1
