"""Sticky: each user keeps the worker he first met."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.routing.round_robin import RoundRobin


class Sticky:
    """New users are dealt round robin, from worker `first`; a user whose worker is gone counts as new."""

    def __init__(self, *, first: int = 1) -> None:
        self._deal = RoundRobin(first=first)
        self._kept: dict[str, int] = {}

    def pick(self, *, user: str, workers: Sequence[int]) -> int:
        """The worker that `user` met before, if it is among `workers`."""
        kept = self._kept.get(user)
        if kept is None or kept not in workers:
            kept = self._kept[user] = self._deal.pick(user=user, workers=workers)
        return kept
