"""A WSGI application behind the wire, one request at a time, on one thread and in one context.

Rule: as under a production server's sync worker (gunicorn, uWSGI), every request runs where the one before
ran, so that what leaks through thread-locals and context variables leaks here too.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Final, Protocol, TypeAlias

from simulator.launcher.environ import Environ, Environs
from simulator.wire import Message

ExcInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType]
WsgiApp: TypeAlias = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

FAILED_STATUS: Final = 500
FAILED_HEADERS: Final = [(b"content-type", b"text/html"), (b"connection", b"close")]
FAILED_BODY: Final = (
    b"<html><head><title>Internal Server Error</title></head><body><h1>Internal Server Error</h1></body></html>"
)
_NO_BODY: Final = frozenset({204, 304})


class Exchange(Protocol):
    """One request on the wire: its body comes in, its answer goes out."""

    def receive(self) -> Message | None:
        """The next message of the request; None where the client or the controller is gone."""

    def send(self, messages: list[Message]) -> None:
        """Put messages on the wire as one frame."""


class Server:
    """Runs requests of `app`, one after the other."""

    def __init__(self, app: WsgiApp) -> None:
        self._app = app
        self._environs = Environs()

    def serve(
        self, scope: Message, exchange: Exchange, body: bytes | None
    ) -> tuple[int | None, BaseException | None, list[Message]]:
        """Run one request: its status, the exception that escaped, and what of the answer was not sent yet.

        `body` is all of its body, None where that comes by `exchange`.
        """
        answer = _Answer(exchange, is_head=scope["method"] == "HEAD")
        error: BaseException | None = None
        try:
            source = io.BufferedReader(_Body(exchange)) if body is None else io.BytesIO(body)
            _run(self._app, self._environs.of(scope, source), answer)
        except Exception as raised:
            error = raised
            answer.fail()
        return answer.status, error, answer.rest()


def _run(app: WsgiApp, environ: Environ, answer: _Answer) -> None:
    result = app(environ, answer.start_response)
    try:
        answer.is_whole = isinstance(result, (list, tuple)) or getattr(result, "streaming", None) is False
        for chunk in result:
            answer.write(chunk)
        answer.finish()
    finally:
        close = getattr(result, "close", None)
        if close is not None:
            close()


class _Answer:
    """Start, chunks and end of an answer. It leaves as one message where it is known to be whole, else as it comes.

    It is whole where it cannot block any more: a list, or as many bytes as Content-Length promised.
    """

    __slots__ = (
        "_exchange",
        "_has_body",
        "_headers",
        "_is_finished",
        "_is_head",
        "_is_out",
        "_parts",
        "_promised",
        "_written",
        "is_whole",
        "status",
    )

    def __init__(self, exchange: Exchange, *, is_head: bool) -> None:
        self.status: int | None = None
        self.is_whole = False
        self._exchange = exchange
        self._is_head = is_head
        self._has_body = True
        self._headers: list[tuple[bytes, bytes]] = []
        self._promised: int | None = None
        self._parts: list[bytes] = []
        self._written = 0
        self._is_out = False
        self._is_finished = False

    def start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: ExcInfo | None = None
    ) -> Callable[[bytes], None]:
        """PEP 3333: may be called again only with `exc_info`, which is raised if the headers are out already."""
        if exc_info is not None:
            try:
                if self._written:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None
        elif self.status is not None:
            raise AssertionError("start_response was called a second time, without exc_info")
        self.status = int(status.split(None, 1)[0])
        self._has_body = not self._is_head and self.status not in _NO_BODY
        self._headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        self._promised = None
        for name, value in self._headers:
            if name == b"content-length":
                self._promised = int(value)
                break
        return self._write_at_once

    def write(self, chunk: bytes) -> None:
        """A piece of the body; empty pieces say nothing (PEP 3333: the headers wait for the first that is not)."""
        if self.status is None:
            raise AssertionError("the body began before start_response was called")
        if not chunk:
            return
        self._written += len(chunk)
        if self._has_body:
            self._parts.append(bytes(chunk))
        if not self.is_whole and (self._promised is None or self._written < self._promised):
            self._flush()

    def finish(self) -> None:
        """The application said all it had to say."""
        if self.status is None:
            raise AssertionError("the application ended without calling start_response")
        self._is_finished = True

    def fail(self) -> None:
        """The application raised: 500 where nothing is out yet, else the answer stays cut short."""
        if not self._is_finished and not self._is_out:
            self.status, self._headers = FAILED_STATUS, [*FAILED_HEADERS, (b"content-length", b"%d" % len(FAILED_BODY))]
            self._parts = [] if self._is_head else [FAILED_BODY]
            self._is_finished = True

    def rest(self) -> list[Message]:
        """What was not sent yet, when the application is done."""
        if not self._is_finished:
            return []
        body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        if self._is_out:
            return [{"type": "http.response.body", "body": body, "more_body": False}]
        return [{"type": "workersim.answer", "status": self.status, "headers": self._headers, "body": body}]

    def _flush(self) -> None:
        messages: list[Message] = [
            {"type": "http.response.body", "body": part, "more_body": True} for part in self._parts
        ]
        if not self._is_out:
            messages.insert(0, {"type": "http.response.start", "status": self.status, "headers": self._headers})
        if messages:
            self._is_out, self._parts = True, []
            self._exchange.send(messages)

    def _write_at_once(self, chunk: bytes) -> None:
        self.write(chunk)
        if self._written:
            self._flush()


class _Body(io.RawIOBase):
    """`wsgi.input`: the request's body as it comes."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._chunk = memoryview(b"")
        self._has_more = True

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while not self._chunk and self._has_more:
            message = self._exchange.receive()
            if message is None or message["type"] != "http.request":
                self._has_more = False
            else:
                self._chunk = memoryview(message.get("body", b""))
                self._has_more = message.get("more_body", False)
        size = min(len(buffer), len(self._chunk))
        buffer[:size] = self._chunk[:size]
        self._chunk = self._chunk[size:]
        return size
