"""One request's life on the wire, without any I/O: what came so far, and whether it is whole.

Rule 1: start, then body, then done; an answer is whole when its last body message is there and it is as long as
it promised.
Rule 2: `done` without a start is the answer 500, as servers give it; `done` before the last body message is an
answer cut short.
Rule 3: an answer that promises fewer bytes than come ends where it promised.
Workers write names of headers in lower case, whatever the application did.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from simulator.proxy.call import HEADER_LIMIT, Call, NoAnswer, RawHeaders, Request
from simulator.proxy.fleet import Worker
from simulator.wire import Message

_BODILESS = frozenset({204, 304})


class Exchange:
    """What one worker has answered to one request.

    `start` is the ASGI message that opens the answer; `parts` is the body that nobody has taken yet (of a
    WebSocket: `said`, its messages); `kept` is the beginning of the body, for the record; `closed`: the answer is
    whole; `failure`: it never will be; `done` is the worker's last word about the request.
    """

    __slots__ = (
        "began_s",
        "call",
        "closed",
        "done",
        "failure",
        "hung_up",
        "kept",
        "kept_bytes",
        "length",
        "parts",
        "promised",
        "request",
        "said",
        "start",
        "step",
        "worker",
    )

    def __init__(self, request: Request, call: Call, step: int, worker: Worker, kept_bytes: int) -> None:
        self.request = request
        self.call = call
        self.step = step
        self.worker = worker
        self.kept_bytes = kept_bytes
        self.began_s = time.perf_counter()
        self.start: Message | None = None
        self.parts: list[bytes] = []
        self.said: list[Message] = []
        self.kept = b""
        self.length = 0
        self.promised: int | None = None
        self.closed = False
        self.hung_up = False
        self.failure: NoAnswer | None = None
        self.done: Message | None = None

    @property
    def status(self) -> int:
        """The status; 0 before the answer began."""
        status: int = self.start["status"] if self.start else 0
        return status

    @property
    def headers(self) -> RawHeaders:
        """The answer's headers, as the application sent them."""
        headers: RawHeaders = self.start["headers"] if self.start else []
        return headers

    @property
    def is_cut(self) -> bool:
        """Whether `kept` is not the whole body."""
        return self.hung_up or self.length > len(self.kept)

    def take(self) -> bytes:
        """The body that came since the last time."""
        parts = self.parts
        body = parts[0] if len(parts) == 1 else b"".join(parts)
        self.parts = []
        return body

    def feed(self, messages: Sequence[Message]) -> None:
        """Take what the worker sent; `failure` is set where no whole answer can come any more."""
        for message in messages:
            match message["type"]:
                case "workersim.answer":
                    self._feed_start(message)
                    self._feed_body(message)
                case "http.response.body":
                    self._feed_body(message)
                case "http.response.start":
                    self._feed_start(message)
                case "workersim.done":
                    self.done = message
                    self._finish()
                case "websocket.accept" | "websocket.send" | "websocket.close":
                    self._feed_chat(message)

    def hang_up(self) -> None:
        """The user reads no further: what came so far is the answer."""
        self.closed = self.hung_up = True
        self.parts = []

    def _feed_start(self, message: Message) -> None:
        self.start = message
        size = 0
        for name, value in message["headers"]:
            size += len(name) + len(value)
            if name == b"content-length" and value.isdigit():
                self.promised = int(value)
        if message["status"] in _BODILESS or self.request.method == "HEAD":
            self.promised = 0
        if size > HEADER_LIMIT:
            self._fail("cut-short", f"the answer's headers are {size:,} bytes; clients take {HEADER_LIMIT:,} at most")

    def _feed_body(self, message: Message) -> None:
        if self.closed:
            return
        part = message.get("body", b"")
        if self.promised is not None and self.length + len(part) > self.promised:
            part = part[: self.promised - self.length]
        if part:
            self.parts.append(part)
            if self.length < self.kept_bytes:
                beginning = part[: self.kept_bytes - self.length]
                self.kept = self.kept + beginning if self.kept else beginning
            self.length += len(part)
        if not message.get("more_body", False):
            self._close()

    def _feed_chat(self, message: Message) -> None:
        self.said.append(message)
        match message["type"]:
            case "websocket.accept":
                self._feed_start({"status": 101, "headers": message.get("headers", ())})
            case "websocket.send":
                text = message.get("text")
                said = message.get("bytes") or b"" if text is None else text.encode()
                self._feed_body({"body": said + b"\n", "more_body": True})
                self.parts = []
            case "websocket.close":
                if self.start is None:
                    self._feed_start({"status": 403, "headers": ()})
                self.closed = True

    def _close(self) -> None:
        if self.promised is not None and self.length < self.promised:
            self._fail("cut-short", f"{self.length:,} bytes came of {self.promised:,} that were promised")
        self.closed = self.failure is None

    def _finish(self) -> None:
        if self.request.scope["type"] == "websocket":
            if not self.closed:
                self._feed_chat({"type": "websocket.close", "code": 1006 if self.start is None else 1000})
        elif self.start is None:
            headers = [(b"content-type", b"text/plain"), (b"content-length", b"21")]
            self._feed_start({"status": 500, "headers": headers})
            self._feed_body({"body": b"Internal Server Error"})
        elif not self.closed:
            self._fail("cut-short", f"the application stopped after {self.length:,} bytes of its answer")

    def _fail(self, reason: str, detail: str) -> None:
        if self.failure is None:
            self.failure = NoAnswer(reason, detail)
