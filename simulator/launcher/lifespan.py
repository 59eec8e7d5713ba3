"""The lifespan of an ASGI application: its startup before the first request, its shutdown after the last."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, Final

from simulator.wire import Message

_SHUTDOWN_LIMIT_S: Final = 2.0


class Lifespan:
    """Rule (as uvicorn's "auto"): only an application that says `lifespan.startup.failed` has failed; one that raises
    without a word does not know the protocol, and is served without it.
    """

    def __init__(self, app: Any, versions: Message) -> None:
        self.state: Message = {}
        self.failure: str | None = None
        self.error: BaseException | None = None
        self._app = app
        self._scope = {"type": "lifespan", "asgi": versions, "state": self.state}
        self._inbox: asyncio.Queue[Message] = asyncio.Queue()
        self._said = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def startup(self) -> None:
        """Run the application's startup; afterwards `failure` (its message, maybe empty) says whether it failed."""
        self._task = asyncio.create_task(self._run(), name="workersim.lifespan")
        await self._ask("startup")
        if self.failure is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._task), _SHUTDOWN_LIMIT_S)

    async def shutdown(self) -> None:
        """Run the application's shutdown, where its startup ran, for 2 s at most."""
        if self._task is not None and not self._task.done():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ask("shutdown"), _SHUTDOWN_LIMIT_S)

    async def _ask(self, phase: str) -> None:
        self._said.clear()
        self._inbox.put_nowait({"type": f"lifespan.{phase}"})
        await self._said.wait()

    async def _run(self) -> None:
        try:
            await self._app(self._scope, self._inbox.get, self._send)
        except Exception as error:
            self.error = error
        finally:
            self._said.set()

    async def _send(self, message: Message) -> None:
        if message["type"] == "lifespan.startup.failed":
            self.failure = message.get("message", "")
        self._said.set()
