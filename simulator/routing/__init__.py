"""Routing: which worker serves a request. One rule per file; each object belongs to one run and keeps its place."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Protocol

from simulator.errors import OrderError
from simulator.routing.round_robin import RoundRobin
from simulator.routing.scripted import Scripted
from simulator.routing.seeded import Seeded
from simulator.routing.sticky import Sticky

__all__ = ["RoundRobin", "Routing", "Scripted", "Seeded", "Sticky", "routing_named"]


class Routing(Protocol):
    """The rule by which requests are dealt."""

    def pick(self, *, user: str, workers: Sequence[int]) -> int:
        """The worker for `user`'s next request, out of `workers` (never empty, ascending: those that can serve)."""
        ...


def routing_named(name: str, *, first: int = 1, chance: random.Random | None = None) -> Routing:
    """A fresh routing: "round-robin", "sticky" (both begin with worker `first`) or "random" (draws from `chance`).

    Raises OrderError for any other name, and for "random" without `chance`.
    """
    match name:
        case "round-robin":
            return RoundRobin(first=first)
        case "sticky":
            return Sticky(first=first)
        case "random" if chance is not None:
            return Seeded(chance)
    raise OrderError(f'no routing "{name}"', do=["Routings: round-robin, sticky, random (with a seed)"])
