"""Scripted: the worker of every request is written down."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.errors import OrderError


class Scripted:
    """Deals `script` in its order.

    Rule: the script is obeyed even where its worker cannot serve; the dealer then refuses the request, as a
    server whose process is gone would.
    """

    def __init__(self, script: Sequence[int]) -> None:
        self._script = tuple(script)
        self._dealt = 0

    def pick(self, *, user: str, workers: Sequence[int]) -> int:
        """The next worker of the script. Raises OrderError after its end."""
        if self._dealt == len(self._script):
            raise OrderError(
                f"the script of workers ends after {self._dealt} requests, and {user} sends one more",
                do=["Write down one worker for each request, redirects included"],
            )
        self._dealt += 1
        return self._script[self._dealt - 1]
