"""Round robin: the workers take turns."""

from __future__ import annotations

from collections.abc import Sequence


class RoundRobin:
    """Worker `first`, then the next higher number, and so on in a circle.

    Rule: a worker that cannot serve is passed over, and the turn goes on from the one that was taken.
    """

    def __init__(self, *, first: int = 1) -> None:
        self._next = first

    def pick(self, *, user: str, workers: Sequence[int]) -> int:
        """The first of `workers` from the one whose turn it is; whoever `user` is."""
        taken = next((number for number in workers if number >= self._next), workers[0])
        self._next = taken + 1
        return taken
