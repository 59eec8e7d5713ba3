"""Looks: the pages that a user was shown in a story, to be asked for again when it is over."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.events import Effect, Headers
from simulator.history.operation import Kind
from simulator.users.client import User
from simulator.users.gate import DECLARED, Declared
from simulator.users.pending import PendingRequest

# The jar has newer cookies than the request had; the rest of what the story sent (a token, a language) goes again.
_NOT_REPEATED = frozenset({"cookie", "host", "content-length"})


@dataclass(frozen=True, slots=True)
class Look:
    """A page, how it was asked for, and what it shows."""

    url: str
    headers: Headers
    effects: tuple[Effect, ...]

    def ask(self, user: User) -> None:
        """Ask for the page as `user`, with the cookies that he has now."""
        user.http.get(self.url, headers=self.headers, extensions={DECLARED: Declared(effects=self.effects)})


def look_of(pending: PendingRequest) -> Look | None:
    """The look that a request can be repeated as, if it only reads."""
    reads = tuple(effect for effect in pending.effects if effect.kind == Kind.READ)
    if not reads or pending.method != "GET" or pending.composed:
        return None
    headers = tuple((name, value) for name, value in pending.headers if name not in _NOT_REPEATED)
    return Look(pending.url, headers, reads)
