"""The client's side of a request in the gateway: its body, the rest of a long one, its messages, its leaving."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from simulator.proxy.visit import Visit
from simulator.wire import Message

Receive: TypeAlias = Callable[[], Awaitable[Message]]

_AHEAD_BYTES = 1024 * 1024
_WATCH_S = 0.1
_BREATH_S = 0.005
_LEAVING = frozenset({"http.disconnect", "websocket.disconnect"})


class Watch:
    """Listens to the client while its request is served: the rest of a long body, messages, and its leaving.

    Most answers come at once; the listening begins a moment later, unless there is something to come.
    """

    def __init__(self, visit: Visit, receive: Receive) -> None:
        self._visit = visit
        self._receive = receive
        self._task: asyncio.Task[None] | None = None
        self._loop = asyncio.get_running_loop()
        self._later = self._loop.call_later(0 if visit.request.more else _WATCH_S, self.begin)

    def begin(self) -> None:
        """Listen from now on."""
        if self._task is None:
            self._task = self._loop.create_task(self._listen())

    def stop(self) -> None:
        """The request is over."""
        self._later.cancel()
        if self._task is not None:
            self._task.cancel()

    async def _listen(self) -> None:
        visit = self._visit
        while (message := await self._receive())["type"] not in _LEAVING:
            while visit.link is None and not visit.is_over:
                await visit.begun()
            while visit.link is not None and visit.link.unsent_bytes > _AHEAD_BYTES:
                await asyncio.sleep(_BREATH_S)
            if visit.link is not None:
                visit.link.say(message)
        visit.hang_up(message)


async def read_body(receive: Receive, limit: float) -> tuple[bytes, bool]:
    """The body up to `limit` bytes, and whether more follows. Raises ConnectionError if the client left."""
    message = await receive()
    parts = [message.get("body", b"")]
    size = len(parts[0])
    while message["type"] == "http.request" and message.get("more_body", False) and size < limit:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
    if message["type"] != "http.request":
        raise ConnectionError
    return b"".join(parts), message.get("more_body", False)
