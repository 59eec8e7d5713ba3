"""An ASGI application behind the wire: its event loop, its lifespan, one request or WebSocket at a time.

Rule: one loop runs from the worker's start to its end, so that background tasks go on between requests, and a
request is a task of its own, as under uvicorn.
"""

from __future__ import annotations

import asyncio
import faulthandler
import gc
import os
import signal
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final, TypeAlias

from simulator.launcher import failures
from simulator.launcher.lifespan import Lifespan
from simulator.launcher.process import STACK_SIGNAL
from simulator.launcher.program import Program
from simulator.launcher.worker import Seat, own_request
from simulator.wire import USUAL, Decoder, Message, encode

AsgiApp: TypeAlias = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Any]

_CHUNK: Final = 1 << 18
_FLUSH_BYTES: Final = 1 << 16
_SERVER_ERROR: Final = 500
_INTERNAL_ERROR: Final = 1011
_VERSIONS: Final = {"version": "3.0", "spec_version": "2.4"}
_NO_BODY: Final = frozenset({204, 304})
_FRAMES: Final = ("cr_frame", "gi_frame", "ag_frame")


def serve(seat: Seat, program: Program) -> None:
    """Be an ASGI worker until told to stop."""
    asyncio.run(_Loop(seat, program).run())


class _Loop:
    """Reads the wire and hands each message to the request it belongs to."""

    def __init__(self, seat: Seat, program: Program) -> None:
        self._seat = seat
        self._program = program
        self._lifespan = Lifespan(program.app, {**_VERSIONS})
        self._request: _Request | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_busy = True
        self._earlier: set[asyncio.Task[Any]] = set()

    async def run(self) -> None:
        reader, writer = await asyncio.open_connection(sock=self._seat.sock)
        wire = _Wire(writer)
        self._answer_where()
        await self._lifespan.startup()
        if self._lifespan.failure is not None:
            error = failures.startup_failed(self._program.files, self._lifespan.failure, self._lifespan.error)
            wire.write([{"type": "workersim.ready", "error": failures.plain(error)}])
            await wire.drain()
            os._exit(1)
        self._is_busy = False
        wire.write([{"type": "workersim.ready", "error": None}])
        decoder = Decoder()
        while data := await reader.read(_CHUNK):
            for frame in decoder.feed(data):
                for message in frame:
                    if message["type"] == "workersim.stop":
                        return await self._lifespan.shutdown()
                    self._take(message, wire)
        os._exit(0)  # the controller is gone

    def _take(self, message: Message, wire: _Wire) -> None:
        if message["type"] == "workersim.memory":
            wire.write([self._program.holds(message)])
        elif message["type"] == "workersim.request":
            self._begin(message, wire)
        elif self._request is not None:
            self._request.inbox.put_nowait(message)

    def _begin(self, message: Message, wire: _Wire) -> None:
        own_request(self._program, message)
        self._program.capture.begin()
        scope = {**USUAL, **message["scope"], "asgi": {**_VERSIONS}, "state": self._lifespan.state.copy()}
        self._request = _Request(scope, self._program, wire)
        if "body" in message:
            self._request.inbox.put_nowait({"type": "http.request", "body": message["body"], "more_body": False})
        self._earlier = asyncio.all_tasks()
        self._task = asyncio.get_running_loop().create_task(self._serve(self._request), name="workersim.request")

    async def _serve(self, request: _Request) -> None:
        self._is_busy = True
        try:
            await request.run()
        finally:
            self._is_busy = False

    def _answer_where(self) -> None:
        """A coroutine that waits is on no thread's stack: add the tasks to what the stack signal writes.

        They are those that began with the request or after it; before the first request, those of the startup.
        """
        self._earlier = asyncio.all_tasks()

        def write_tasks(*_: object) -> None:
            if self._is_busy:
                for task in asyncio.all_tasks() - self._earlier:
                    os.write(self._seat.dump, _described(task).encode())

        faulthandler.unregister(STACK_SIGNAL)
        signal.signal(STACK_SIGNAL, write_tasks)  # called by faulthandler's own, which must come second
        faulthandler.register(STACK_SIGNAL, file=self._seat.dump, all_threads=True, chain=True)


def _described(task: asyncio.Task[Any]) -> str:
    """A task in faulthandler's form."""
    lines = [f'  File "{file}", line {line} in {name}' for file, line, name in reversed(list(_awaits(task)))]
    return "\n".join([f"Task {task.get_name()} (most recent call first):", *lines, "\n"])


def _awaits(task: asyncio.Task[Any]) -> Iterator[tuple[str, int, str]]:
    """Where the task's coroutine waits, and what that awaits in turn, outermost first."""
    waiting: Any = task.get_coro()
    while waiting is not None:
        frame = _first_of(waiting, *_FRAMES)
        if frame is not None:
            yield frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name
            waiting = _first_of(waiting, "cr_await", "gi_yieldfrom", "ag_await")
        else:  # a step of an asynchronous generator, or the like, which does not say whose it is
            held = gc.get_referents(waiting)
            waiting = next((thing for thing in held if _first_of(thing, *_FRAMES) is not None), None)


def _first_of(thing: Any, *names: str) -> Any:
    return next((value for name in names if (value := getattr(thing, name, None)) is not None), None)


class _Wire:
    """Frames out. What is written in one step of the loop leaves as one frame."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._pending: list[Message] = []
        self._bytes = 0

    def write(self, messages: list[Message]) -> None:
        """Send now, with whatever was put off."""
        self._pending += messages
        self.flush()

    def put_off(self, message: Message) -> None:
        """Send before the loop's next step, or at once where much has gathered."""
        if not self._pending:
            asyncio.get_running_loop().call_soon(self.flush)
        self._pending.append(message)
        self._bytes += len(message.get("body") or b"")
        if self._bytes >= _FLUSH_BYTES:
            self.flush()

    def flush(self) -> None:
        if self._pending:
            pending, self._pending, self._bytes = self._pending, [], 0
            self._writer.write(encode(pending))

    async def drain(self) -> None:
        """Wait until the other end has taken most of it. The controller is gone where that fails."""
        try:
            await self._writer.drain()
        except ConnectionError:
            os._exit(1)


class _Request:
    """One request or WebSocket, from its scope to its `workersim.done`."""

    def __init__(self, scope: Message, program: Program, wire: _Wire) -> None:
        self.inbox: asyncio.Queue[Message] = asyncio.Queue()
        self._scope = scope
        self._program = program
        self._wire = wire
        self._status: int | None = None
        self._start: Message | None = None
        self._is_started = False
        self._is_complete = False

    async def run(self) -> None:
        error: BaseException | None = None
        try:
            await self._program.app(self._scope, self._receive, self._send)
        except (Exception, asyncio.CancelledError) as raised:
            error = raised
        ending = self._ending(failed=error is not None)
        done = self._program.capture.end(status=self._status, error=error)
        self._wire.write([*ending, done])

    async def _receive(self) -> Message:
        if self._is_complete and self._scope["type"] == "http":
            return {"type": "http.disconnect"}
        message = await self.inbox.get()
        if message["type"] == "http.request":
            return {"body": b"", "more_body": False, **message}
        return message

    async def _send(self, message: Message) -> None:
        if self._scope["type"] == "http":
            self._send_http(message)
        else:
            self._send_websocket(message)
        await self._wire.drain()

    def _send_http(self, message: Message) -> None:
        if self._is_complete:
            raise RuntimeError(f"{message['type']} was sent after the end of the response")
        if message["type"] == "http.response.start":
            if self._status is not None:
                raise RuntimeError("http.response.start was sent a second time")
            self._status = message["status"]
            self._start = {**message, "headers": _headers(message)}
        elif message["type"] == "http.response.body":
            if self._status is None:
                raise RuntimeError("http.response.body was sent before http.response.start")
            self._send_body(bytes(message.get("body", b"")), has_more=bool(message.get("more_body", False)))
        else:
            raise RuntimeError(f"{message['type']} is not part of a response")

    def _send_body(self, body: bytes, *, has_more: bool) -> None:
        if self._start is not None:
            self._wire.put_off(self._start)
            self._start, self._is_started = None, True
        if self._scope["method"] == "HEAD" or self._status in _NO_BODY:
            body = b""
        self._wire.put_off({"type": "http.response.body", "body": body, "more_body": has_more})
        if not has_more:
            self._is_complete = True
            self.inbox.put_nowait({"type": "http.disconnect"})

    def _send_websocket(self, message: Message) -> None:
        if self._is_complete:
            raise RuntimeError(f"{message['type']} was sent after the WebSocket was closed")
        self._is_complete = message["type"] == "websocket.close"
        if "headers" in message:
            message = {**message, "headers": _headers(message)}
        self._wire.put_off({key: _plain(value) for key, value in message.items()})

    def _ending(self, *, failed: bool) -> list[Message]:
        """What is owed to the client when the application has returned or raised."""
        if self._scope["type"] != "http":
            if self._is_complete:
                return []
            return [{"type": "websocket.close", "code": _INTERNAL_ERROR if failed else 1000, "reason": ""}]
        if self._is_started:  # complete, or cut short
            return []
        self._status = _SERVER_ERROR
        body = b"Internal Server Error"
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(body))]
        return [
            {"type": "http.response.start", "status": _SERVER_ERROR, "headers": headers},
            {"type": "http.response.body", "body": body, "more_body": False},
        ]


def _headers(message: Message) -> list[tuple[bytes, bytes]]:
    return [(bytes(name).lower(), bytes(value)) for name, value in message.get("headers", ())]


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, (bytearray, memoryview)) else value
