"""What a program is about to do: the places at which it waits for its turn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import httpx

from simulator.events import Effect, Headers
from simulator.story.schedule import Action


@dataclass(frozen=True, slots=True, eq=False)
class PendingRequest:
    """A request that is ready to go. `composed`: the server wrote the address (a redirect that is followed).

    A redirect carries on what the first request was declared to read, and nothing of what it changes.
    """

    request: httpx.Request
    effects: tuple[Effect, ...] = ()
    expect: tuple[int, ...] = ()
    composed: bool = False

    @property
    def method(self) -> str:
        return self.request.method

    @property
    def url(self) -> str:
        """Path and query, as the request line has them."""
        return self.request.url.raw_path.decode("ascii")

    @property
    def headers(self) -> Headers:
        """Names in lower case."""
        return tuple((name.lower(), value) for name, value in self.request.headers.multi_items())

    @property
    def body(self) -> bytes:
        return self.request.read()

    @property
    def fingerprint(self) -> bytes:
        """Equal for equal requests: what a server can see of it."""
        head = b"".join(name.lower() + b":" + value + b"\n" for name, value in self.request.headers.raw)
        return b"%s %s\n%s\n%s" % (self.method.encode(), str(self.request.url).encode(), head, self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingChange:
    """The world is ready to change something outside the workers: `act()` does it. It may only wait, for `wait_s`."""

    what: str
    effects: tuple[Effect, ...]
    act: Callable[[], None]
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingLifecycle:
    """The operator wants `action` for `worker` (None: all)."""

    action: Action
    worker: int | None = None


Pending: TypeAlias = PendingRequest | PendingChange | PendingLifecycle
