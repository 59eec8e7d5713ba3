"""The gateway: an ASGI application in front of the workers, for browsers, load tools and scripted users over HTTP.

Rule: it deals every request anew, however the client's connection is kept; clients wait in line where no worker is
free.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Awaitable, Callable, Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any, TypeAlias

from simulator.proxy.call import STEP_HEADER, Call, NoAnswer, RawHeaders, Request, http_scope
from simulator.proxy.dealer import Dealer
from simulator.proxy.exchange import Exchange
from simulator.proxy.queue import Queue
from simulator.proxy.visit import Visit
from simulator.proxy.watch import Receive, Watch, read_body
from simulator.wire import Message

Send: TypeAlias = Callable[[Message], Awaitable[None]]

VISITOR_COOKIE = "workersim_visitor"
WORKER_HEADER = b"x-workersim-worker"
FAILURE_HEADER = "x-workersim-failure"

_AT_HAND_BYTES = 1024 * 1024
_EVERYTHING = float("inf")
_VISIT = Call(user="visitor")
_PLAIN = (
    "type",
    "http_version",
    "method",
    "scheme",
    "path",
    "raw_path",
    "query_string",
    "root_path",
    "headers",
    "client",
    "server",
    "subprotocols",
)
_FAILED_STATUS: Mapping[str, int] = {
    "timeout": 504,
    "worker-died": 502,
    "cut-short": 502,
    "refused": 503,
    "too-large": 431,
}
_BODILESS = frozenset({204, 304})


class Gateway:
    """An ASGI application. `use` another dealer to serve another run.

    `names_visitors`: browsers get a cookie by which routing tells them apart. `tells_worker`: answers to them
    say in a header which worker gave them.
    """

    def __init__(self, dealer: Dealer, *, names_visitors: bool = False, tells_worker: bool = False) -> None:
        self._queue = Queue(dealer)
        self._names_visitors = names_visitors
        self._tells_worker = tells_worker
        self._visitors = 0
        self._announced: dict[int, tuple[Call, str]] = {}
        self._unsettled: dict[int, threading.Event] = {}
        self._failures: dict[int, NoAnswer] = {}

    def use(self, dealer: Dealer) -> None:
        """Serve by `dealer` from the next request on. Not while requests are under way."""
        self._queue.dealer = dealer

    def announce(self, call: Call, *, scheme: str) -> None:
        """The next request with `call.step` in its header is `call`, made for `scheme`."""
        assert call.step is not None, "only numbered requests can be recognised"
        self._unsettled[call.step] = threading.Event()
        self._announced[call.step] = (call, scheme)

    def settle(self, step: int, limit_s: float) -> NoAnswer | None:
        """Wait until the gateway is done with a scripted request; why no whole answer came to it, told once."""
        settled = self._unsettled.get(step)
        if settled and step not in self._announced:
            settled.wait(limit_s)
        return self._failures.pop(step, None)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._chat(scope, receive, send)
        else:
            await self._live(receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Begin and end with the server."""
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._queue.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: Message, receive: Receive, send: Send) -> None:
        call, plain, cookie = self._recognise(scope)
        try:
            body, more = await read_body(receive, _EVERYTHING if call.step is not None else _AT_HAND_BYTES)
        except ConnectionError:
            self._settle(call)
            return
        visit = self._queue.admit(Request(plain, body, more), call)
        watch = Watch(visit, receive)
        try:
            await self._answer(visit, send, cookie)
            while visit.is_scripted and visit.link is not None and not visit.is_left:
                await visit.changed()
        finally:
            watch.stop()
            self._settle(call)

    async def _chat(self, scope: Message, receive: Receive, send: Send) -> None:
        call, plain, _ = self._recognise(scope)
        await receive()  # websocket.connect, which goes along with the request
        visit = self._queue.admit(Request(plain), call)
        watch = Watch(visit, receive)
        watch.begin()
        try:
            with contextlib.suppress(OSError):  # the client is gone; the watch sees it too
                await self._talk(visit, send)
        finally:
            watch.stop()

    def _recognise(self, scope: Message) -> tuple[Call, dict[str, Any], str]:
        """What is known about a request, its scope as it travels on, and the visitor's cookie if it is new."""
        if self._announced:
            for name, value in scope["headers"]:
                if name == STEP_HEADER and value.isdigit() and (known := self._announced.pop(int(value), None)):
                    return known[0], _as_scripted(scope, scheme=known[1]), ""
        plain = {name: scope[name] for name in _PLAIN if name in scope}
        if not self._names_visitors:
            return _VISIT, plain, ""
        visitor = _cookie(scope["headers"])
        if visitor:
            return Call(user=visitor), plain, ""
        self._visitors += 1
        visitor = f"visitor-{self._visitors}"
        return Call(user=visitor), plain, visitor

    async def _answer(self, visit: Visit, send: Send, cookie: str) -> None:
        """Hand the answer on as it comes. Of a scripted answer the end waits for the worker's last word."""
        is_started = False
        while not visit.is_over:
            exchange = visit.exchange
            if exchange is None or exchange.start is None or exchange.failure or visit.is_held:
                await visit.changed()
                continue
            if not is_started:
                is_started = True
                await send(self._start(visit, exchange, exchange.start, cookie))
            is_last = exchange.closed
            if (body := exchange.take()) or is_last:
                await send({"type": "http.response.body", "body": body, "more_body": not is_last})
            if is_last:
                return
            visit.caught_up()
            if not exchange.parts and not exchange.closed and not visit.is_over:
                await visit.changed()
        if visit.failure:
            await self._apologise(visit, visit.failure, send, is_started=is_started)

    async def _talk(self, visit: Visit, send: Send) -> None:
        """Hand a WebSocket's messages on as they come."""
        while True:
            said = visit.take_said()
            for message in said:
                await send(message)
                if message["type"] == "websocket.close":
                    return
            if visit.failure:
                await send({"type": "websocket.close", "code": 1011, "reason": visit.failure.reason})
            if visit.is_over:
                return
            if not said:
                await visit.changed()

    def _start(self, visit: Visit, exchange: Exchange, start: Message, cookie: str) -> Message:
        headers = exchange.headers
        if exchange.status in _BODILESS:
            headers = [header for header in headers if header[0] != b"content-length"]
        if cookie:
            headers = [*headers, (b"set-cookie", f"{VISITOR_COOKIE}={cookie}; Path=/; HttpOnly".encode())]
        if self._tells_worker and not visit.is_scripted:
            headers = [*headers, (WORKER_HEADER, b"%d" % exchange.worker.number)]
        return {"type": "http.response.start", "status": start["status"], "headers": headers}

    async def _apologise(self, visit: Visit, failure: NoAnswer, send: Send, *, is_started: bool) -> None:
        """Say what happened instead of an answer; where the answer had begun, leave it unfinished."""
        if visit.call.step is not None:
            self._failures[visit.call.step] = failure
        if is_started:
            return
        text = "\n   ".join([f"workersim: {failure.reason}: {failure.detail}", *failure.where]).encode() + b"\n"
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(text))]
        headers.append((FAILURE_HEADER.encode(), failure.reason.encode()))
        status = _FAILED_STATUS[failure.reason]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": text, "more_body": False})

    def _settle(self, call: Call) -> None:
        if call.step is not None and (settled := self._unsettled.pop(call.step, None)):
            settled.set()


def _as_scripted(scope: Message, *, scheme: str) -> dict[str, Any]:
    """The scope that the same request has in direct mode."""
    query = scope["query_string"]
    target = scope["raw_path"] + b"?" + query if query else scope["raw_path"]
    return http_scope(method=scope["method"], target=target, headers=scope["headers"], scheme=scheme)


def _cookie(headers: RawHeaders) -> str:
    for name, value in headers:
        if name == b"cookie":
            with contextlib.suppress(CookieError):
                jar = SimpleCookie(value.decode("latin-1"))
                return jar[VISITOR_COOKIE].value if VISITOR_COOKIE in jar else ""
    return ""
