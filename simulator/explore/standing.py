"""Casts whose programs stand at places of the story, so that they need not be run again from its beginning.

Rule: a cast goes on once. Whoever takes it moves it or closes it.
"""

from __future__ import annotations

from collections.abc import Hashable

from simulator.users.cast import Cast

MOST = 64
"""How many casts are kept; then the one that was put here first is closed."""


class Standing:
    """Casts by where they stand."""

    def __init__(self) -> None:
        self._casts: dict[Hashable, Cast] = {}

    def take(self, place: Hashable) -> Cast | None:
        """The cast that stands at `place`, if there is one; it is the caller's now."""
        return self._casts.pop(place, None)

    def keep(self, place: Hashable, cast: Cast) -> None:
        """`cast` stands at `place`."""
        if place in self._casts:
            cast.close()
            return
        self._casts[place] = cast
        if len(self._casts) > MOST:
            self._casts.pop(next(iter(self._casts))).close()

    def close(self) -> None:
        """End all programs."""
        while self._casts:
            self._casts.popitem()[1].close()
