"""Seeded: each request goes to a worker drawn at random, repeatably."""

from __future__ import annotations

import random
from collections.abc import Sequence


class Seeded:
    """Draws from the `random.Random` that is passed in: the same seed deals the same workers."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def pick(self, *, user: str, workers: Sequence[int]) -> int:
        """Any of `workers`, each as likely as the next."""
        return self._chance.choice(workers)
