"""The four rules, each over the dealings that tell it from the others."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

import pytest

from simulator.errors import OrderError
from simulator.routing import RoundRobin, Routing, Scripted, Seeded, Sticky, routing_named

ALL = (1, 2, 3)


def deal(routing: Routing, users: Iterable[str], workers: Sequence[int] = ALL) -> list[int]:
    return [routing.pick(user=user, workers=workers) for user in users]


def test_round_robin_takes_turns_whoever_asks() -> None:
    assert deal(RoundRobin(), "aabbab") == [1, 2, 3, 1, 2, 3]


def test_round_robin_begins_where_it_is_told() -> None:
    assert deal(RoundRobin(first=3), "aaaa") == [3, 1, 2, 3]


def test_round_robin_passes_over_a_worker_that_is_gone_and_goes_on_behind_it() -> None:
    routing = RoundRobin()
    assert deal(routing, "a") == [1]
    assert deal(routing, "aa", workers=(1, 3)) == [3, 1]
    assert deal(routing, "aa") == [2, 3]


def test_sticky_keeps_each_user_where_he_was_dealt_first() -> None:
    assert deal(Sticky(), "abacbaca") == [1, 2, 1, 3, 2, 1, 3, 1]


def test_sticky_deals_a_user_anew_when_his_worker_is_gone_and_leaves_him_there() -> None:
    routing = Sticky(first=2)
    assert deal(routing, "ab") == [2, 3]
    assert deal(routing, "a", workers=(1, 3)) == [1]
    assert deal(routing, "ab") == [1, 3]


def test_seeded_repeats_with_the_seed_and_reaches_every_worker() -> None:
    once, again = (deal(Seeded(random.Random(7)), "a" * 50) for _ in range(2))
    assert once == again
    assert set(once) == set(ALL)
    assert once != deal(Seeded(random.Random(8)), "a" * 50)


def test_scripted_obeys_even_where_the_worker_is_gone() -> None:
    assert deal(Scripted([2, 2, 1]), "aba", workers=(1,)) == [2, 2, 1]


def test_scripted_says_that_it_is_too_short() -> None:
    routing = Scripted([1])
    deal(routing, "a")
    with pytest.raises(OrderError, match="ends after 1 requests, and bob sends one more"):
        routing.pick(user="bob", workers=ALL)


def test_routings_by_name() -> None:
    assert deal(routing_named("round-robin", first=2), "ab") == [2, 3]
    assert deal(routing_named("sticky", first=2), "aa") == [2, 2]
    assert deal(routing_named("random", chance=random.Random(7)), "abc") == deal(Seeded(random.Random(7)), "abc")


@pytest.mark.parametrize("name", ["robin", "random"])
def test_no_such_routing(name: str) -> None:
    with pytest.raises(OrderError, match="no routing"):
        routing_named(name)
