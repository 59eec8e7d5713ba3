"""The server under the gateway: uvicorn in a thread of its own, on a socket that is open before it starts."""

from __future__ import annotations

import asyncio
import concurrent.futures
import errno
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar

import uvicorn

from simulator.errors import PortInUse
from simulator.proxy.ports import free_port, holder_of

_T = TypeVar("_T")
_BACKLOG = 2048
_HEADER_BYTES = 4 * 1024 * 1024
_STOP_LIMIT_S = 10.0


class Server:
    """Serves an ASGI application on `host`:`port` (0: any free port) until it is closed. A context manager.

    Connections that are busy at the end get 1 s to finish. Raises PortInUse.
    """

    def __init__(self, app: Callable[..., Any], *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._socket = _listen(host, port)
        self.host = host
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(
            app,
            interface="asgi3",
            lifespan="on",
            log_config=None,
            log_level="critical",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,
            backlog=_BACKLOG,
            h11_max_incomplete_event_size=_HEADER_BYTES,
            timeout_graceful_shutdown=1,
        )
        self._server = _Uvicorn(config)
        self._thread = threading.Thread(target=self._run, name="workersim-gateway", daemon=True)

    @property
    def url(self) -> str:
        """Where it listens: http://127.0.0.1:8000"""
        return f"http://{self.host}:{self.port}"

    def start(self) -> Self:
        """Begin to serve; returns when it does."""
        self._thread.start()
        self._server.is_up.wait()
        return self

    def do(self, act: Callable[[], _T]) -> _T:
        """Run `act` between requests, in the server's loop, and return what it returns; raises what it raises.

        For what the gateway must not do at the same time: reloads, recycles, kills.
        """
        done: concurrent.futures.Future[_T] = concurrent.futures.Future()

        def run() -> None:
            try:
                done.set_result(act())
            except BaseException as error:
                done.set_exception(error)

        self._server.call(run)
        return done.result()

    def close(self) -> None:
        """Stop serving; may be called again."""
        if self._thread.is_alive():
            self._server.end()
            self._thread.join(_STOP_LIMIT_S)
        self._socket.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._socket])
        finally:
            self._server.is_up.set()


class _Uvicorn(uvicorn.Server):
    """uvicorn that starts and stops when it is told to, and not at its next tick."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending: asyncio.Event | None = None

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._ending = asyncio.Event()
        self.is_up.set()
        await self._ending.wait()
        self._loop = None

    def call(self, act: Callable[[], None]) -> None:
        """Have `act` run in the loop."""
        if self._loop is None:
            raise RuntimeError("the server is not running")
        self._loop.call_soon_threadsafe(act)

    def end(self) -> None:
        """Leave the main loop."""
        if self._ending is not None:
            self.call(self._ending.set)
            self._ending = None


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket. Its protocol is named: asyncio turns Nagle's algorithm off only for what says TCP."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            holder = holder_of(port)
            raise PortInUse(
                f"port {port} on {host} is in use{f' by {holder}' if holder else ''}",
                do=[f"Stop it, or take another port: --port {free_port(host)} (free)"],
            ) from None
        raise PortInUse(f"cannot listen on {host}, port {port}: {error.strerror}") from None
    return listener
