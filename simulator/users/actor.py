"""Actors: the programs of a story, each run as far as its next step and no further.

Rule 1: a program moves only inside `advance`, `answer`, `recall` and `go_on`.
Rule 2: what a program raises comes out of the call that moved it, with its own traceback.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import UnionType
from typing import TypeAlias

from greenlet import greenlet

from simulator.proxy.call import Call, NoAnswer, Reply
from simulator.users.pending import Pending, PendingChange, PendingLifecycle, PendingRequest

Remembered: TypeAlias = Reply | NoAnswer
"""An answer that an earlier run gave to the same request."""


_STUBBORN = 100
"""How often a program may go on asking while it is being ended."""


class Actor:
    """One user of a story, with the program that `play` runs.

    `advance` says what is pending; then exactly one of `answer` (send it), `recall` (a remembered answer) and
    `go_on` (a change or a lifecycle event was carried out) lets the program continue.
    """

    def __init__(self, user: str, play: Callable[[], object]) -> None:
        self.user = user
        self._play = play
        self._greenlet: greenlet | None = None
        self._pending: Pending | None = None
        self._is_over = False

    @property
    def is_over(self) -> bool:
        """Whether the program has ended, as far as is known without moving it."""
        return self._is_over

    @property
    def pending(self) -> Pending | None:
        """The step that waits, as far as is known without moving the program; None between two lines of a text."""
        return self._pending

    def advance(self) -> Pending | None:
        """The next step, which then waits; None when the program is over. Raises what the program raises."""
        if self._pending is None and not self._is_over:
            self._move(None)
        return self._pending

    def answer(self, call: Call) -> None:
        """Send the pending request as `call`; the program continues with what comes back."""
        self._expect(PendingRequest)
        self._move(call)

    def recall(self, answer: Remembered) -> None:
        """The program continues with a remembered answer; nothing is sent."""
        self._expect(PendingRequest)
        self._move(answer)

    def go_on(self) -> None:
        """The pending change or lifecycle event was carried out."""
        self._expect(PendingChange | PendingLifecycle)
        self._move(None)

    def replay(self, answers: Iterable[Remembered]) -> Pending | None:
        """Run from where the program is through `answers`, with no worker; what is pending after them."""
        for answer in answers:
            self.advance()
            self.recall(answer)
        return self.advance()

    def close(self) -> None:
        """End the program wherever it is; its `finally` blocks run. May be called again."""
        program, self._greenlet = self._greenlet, None
        self._pending = None
        self._is_over = True
        for _ in range(_STUBBORN):
            if program is None or program.dead:
                break
            program.throw()

    def _expect(self, kind: type | UnionType) -> None:
        if not isinstance(self._pending, kind):
            raise RuntimeError(f"{self.user} has nothing pending that could continue like this: {self._pending!r}")

    def _move(self, with_: object) -> None:
        self._pending = None
        if self._greenlet is None:
            self._greenlet = greenlet(lambda _: self._play())
        try:
            pending = self._greenlet.switch(with_)
        except BaseException:
            self._is_over = True
            raise
        if self._greenlet.dead:
            self._is_over = True
        elif pending is None:
            return
        else:
            self._pending = pending
