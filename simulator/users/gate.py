"""The gate: where a program waits for its turn, and the httpx transport that stands in it.

Rule: a program runs in a greenlet of its own and leaves it only here; no thread is involved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
from greenlet import getcurrent

from simulator.errors import StoryError
from simulator.events import Effect
from simulator.proxy.call import NoAnswer, Reply
from simulator.proxy.transport import CALL, WholeAnswer, as_httpx, is_ours
from simulator.users.pending import PendingRequest

DECLARED = "workersim.declared"
"""The extension of an httpx request that holds its `Declared`."""


def wait(pending: object) -> Any:
    """Give the turn away and say what comes next; returns what the actor is resumed with. Raises StoryError."""
    parent = getcurrent().parent
    if parent is None:
        raise StoryError(
            "a story did something outside its turn",
            why=("A user's client works in the function of that user only, and in no thread of its own.",),
        )
    return parent.switch(pending)


def rest() -> None:
    """What follows belongs to this user's next turn: used between the lines of a text story."""
    wait(None)


@dataclass(slots=True)
class Declared:
    """What a story says about a request and all its redirects. `step` is the number of the newest of them, 0 for
    one that was remembered.
    """

    effects: tuple[Effect, ...] = ()
    expect: tuple[int, ...] = ()
    first: httpx.Request | None = None
    step: int | None = None

    def pending(self, request: httpx.Request) -> PendingRequest:
        """The request as it waits: the first one (or the same one again, with credentials), or a redirect of it."""
        if self.first is None:
            self.first = request
        if self.first is request:
            return PendingRequest(request, self.effects, self.expect)
        reads = tuple(effect for effect in self.effects if effect.kind == "read")
        return PendingRequest(request, reads, composed=True)


class GateTransport(httpx.BaseTransport):
    """Lets each request of a user wait for its turn, then sends it by `way`, or takes a remembered answer."""

    def __init__(self, way: httpx.BaseTransport) -> None:
        self._way = way

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The answer. Raises what `way` raises; httpx.ConnectError for an address that is not the application's."""
        if not is_ours(request.url):
            raise httpx.ConnectError(f"{request.url} is not the application: nothing else is asked", request=request)
        declared: Declared = request.extensions.get(DECLARED) or Declared()
        answer = wait(declared.pending(request))
        if isinstance(answer, Reply):
            declared.step = 0
            return WholeAnswer(answer)
        if isinstance(answer, NoAnswer):
            raise as_httpx(answer, request)
        declared.step = answer.step
        request.extensions[CALL] = answer
        return self._way.handle_request(request)
