"""Looks: the pages that a user was shown in a story, to be asked for again when it is over."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.events import Effect
from simulator.history.operation import Kind
from simulator.users.client import User
from simulator.users.gate import DECLARED, Declared
from simulator.users.pending import PendingRequest


@dataclass(frozen=True, slots=True)
class Look:
    """A page, and what it shows."""

    url: str
    effects: tuple[Effect, ...]

    def ask(self, user: User) -> None:
        """Ask for the page as `user`, with the cookies that he has now."""
        user.http.get(self.url, extensions={DECLARED: Declared(effects=self.effects)})


def look_of(pending: PendingRequest) -> Look | None:
    """The look that a request can be repeated as, if it only reads."""
    reads = tuple(effect for effect in pending.effects if effect.kind == Kind.READ)
    if not reads or pending.method != "GET" or pending.composed:
        return None
    return Look(pending.url, reads)
