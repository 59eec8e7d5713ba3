"""Orders: every way in which the users' steps can interleave, each user's own order kept.

`Orders` is for stories whose steps are known; `Walk` finds all orders of those in which an answer decides how
many steps follow (a redirect, a link).

Rule: orders come in one canonical sequence (by the users' own sequence, place by place), each exactly once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import comb
from random import Random
from typing import TypeAlias

Order: TypeAlias = tuple[str, ...]
"""Who takes each step."""
Needs: TypeAlias = Mapping[tuple[str, int], Sequence[tuple[str, int]]]
"""(user, n) -> steps of others that come before that user's n-th step, n from 0 (`Story.needs`)."""
_Place: TypeAlias = tuple[int, ...]
"""How many steps each user has taken."""


class Orders:
    """All interleavings of `steps` (user -> number of steps) in which `needs` are met.

    Lazy: nothing is listed before it is asked for. Indexing (`orders[rank]`) takes one walk, not a search.
    """

    def __init__(self, steps: Mapping[str, int], needs: Needs | None = None) -> None:
        self._users = tuple(steps)
        self._counts: _Place = tuple(steps.values())
        users = {user: at for at, user in enumerate(self._users)}
        self._needs = {
            (users[user], number): tuple((users[other], before) for other, before in others)
            for (user, number), others in (needs or {}).items()
        }
        self._ways: dict[_Place, int] = {}

    @property
    def total(self) -> int:
        """How many there are: the multinomial coefficient where no step needs another."""
        return self._from(tuple(0 for _ in self._counts))

    def __iter__(self) -> Iterator[Order]:
        return self._orders(tuple(0 for _ in self._counts), ())

    def __getitem__(self, rank: int) -> Order:
        """The order at this place of the canonical sequence. Raises IndexError."""
        if not 0 <= rank < self.total:
            raise IndexError(rank)
        place: _Place = tuple(0 for _ in self._counts)
        order: list[str] = []
        while len(order) < sum(self._counts):
            for user, following in self._moves(place):
                ways = self._from(following)
                if rank < ways:
                    place = following
                    order.append(self._users[user])
                    break
                rank -= ways
        return tuple(order)

    def sample(self, count: int, chance: Random) -> tuple[Order, ...]:
        """`count` different orders, each as likely as any other, in the sequence in which they were drawn.

        All of them, in canonical sequence, if there are no more than `count`.
        """
        if count >= self.total:
            return tuple(self)
        if 2 * count > self.total:
            return tuple(self[rank] for rank in chance.sample(range(self.total), count))
        ranks: dict[int, None] = {}
        while len(ranks) < count:
            ranks[chance.randrange(self.total)] = None
        return tuple(self[rank] for rank in ranks)

    def _moves(self, place: _Place) -> Iterator[tuple[int, _Place]]:
        """Who can go next, and the place after it."""
        for user, taken in enumerate(place):
            if taken < self._counts[user] and self._is_ready(place, user):
                yield user, (*place[:user], taken + 1, *place[user + 1 :])

    def _is_ready(self, place: _Place, user: int) -> bool:
        return all(place[other] > number for other, number in self._needs.get((user, place[user]), ()))

    def _from(self, place: _Place) -> int:
        """How many ways lead from here to the end."""
        if not self._needs:
            return _multinomial([count - taken for count, taken in zip(self._counts, place, strict=True)])
        if place == self._counts:
            return 1
        if place not in self._ways:
            self._ways[place] = sum(self._from(following) for _, following in self._moves(place))
        return self._ways[place]

    def _orders(self, place: _Place, before: Order) -> Iterator[Order]:
        if place == self._counts:
            yield before
        for user, following in self._moves(place):
            yield from self._orders(following, (*before, self._users[user]))


def _multinomial(counts: Sequence[int]) -> int:
    """(sum of counts)! / product of (count!)."""
    ways, total = 1, 0
    for count in counts:
        total += count
        ways *= comb(total, count)
    return ways


class Walk:
    """Finds all orders of a story whose steps are only known while it runs: depth first over prefixes.

    Ask `next_prefix()`; run the story so that it begins with that prefix and then always takes the first user
    that can move; tell `ran()` who moved, and who could have, at each step. Until `next_prefix()` is None,
    each order is run exactly once.
    """

    def __init__(self) -> None:
        self._pending: list[Order] = [()]
        self._asked: Order | None = None
        self.done = 0
        """How many orders were run."""

    @property
    def pending(self) -> int:
        """How many prefixes are known that wait to be run (each leads to one order or more)."""
        return len(self._pending)

    def next_prefix(self, chance: Random | None = None) -> Order | None:
        """The prefix to run next; with `chance`, any of the pending ones (for a sample)."""
        if not self._pending:
            return None
        at = -1 if chance is None else chance.randrange(len(self._pending))
        self._asked = self._pending.pop(at)
        return self._asked

    def ran(self, order: Sequence[str], could_move: Sequence[Sequence[str]]) -> None:
        """What the run was: who took each step, and all who could have taken it.

        Raises ValueError if it did not begin with the prefix that was asked for, or if somebody moved who
        could not: the story does not repeat.
        """
        asked = self._asked
        if asked is None or tuple(order[: len(asked)]) != asked or len(order) != len(could_move):
            raise ValueError(f"the run {tuple(order)} does not begin with {asked}")
        if any(user not in could for user, could in zip(order, could_move, strict=True)):
            raise ValueError("somebody moved who could not")
        self._asked = None
        self.done += 1
        for at in range(len(asked), len(order)):
            others = [user for user in could_move[at] if user != order[at]]
            self._pending.extend((*order[:at], user) for user in reversed(others))


def all_orders(can_move: Callable[[Order], Sequence[str]]) -> Iterator[Order]:
    """All orders where `can_move(prefix)` says who can go next (nobody: the order is complete)."""
    walk = Walk()
    while (prefix := walk.next_prefix()) is not None:
        order, could = list(prefix), [can_move(prefix[:at]) for at in range(len(prefix))]
        while movers := can_move(tuple(order)):
            could.append(movers)
            order.append(movers[0])
        walk.ran(order, could)
        yield tuple(order)
