"""The gateway: an ASGI application in front of the workers, for browsers, load tools and scripted users over HTTP.

Rule: it deals every request anew, however the client's connection is kept; clients wait in line where no worker is
free.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any, TypeAlias

from simulator.proxy.call import STEP_HEADER, Call, NoAnswer, RawHeaders, Request, http_scope
from simulator.proxy.dealer import Dealer
from simulator.proxy.exchange import Exchange
from simulator.proxy.fleet import Worker
from simulator.proxy.link import Link
from simulator.proxy.visit import Visit
from simulator.wire import Message

Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

VISITOR_COOKIE = "workersim_visitor"
WORKER_HEADER = b"x-workersim-worker"
FAILURE_HEADER = "x-workersim-failure"

_AT_HAND_BYTES = 1024 * 1024
_AHEAD_BYTES = 1024 * 1024
_EVERYTHING = float("inf")
_WATCH_S = 0.1
_BREATH_S = 0.005
_LEAVING = frozenset({"http.disconnect", "websocket.disconnect"})
_VISIT = Call(user="visitor")
_PLAIN = (
    "type",
    "asgi",
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
_FAILED_STATUS: Mapping[str, int] = {"timeout": 504, "worker-died": 502, "cut-short": 502, "refused": 503}
_BODILESS = frozenset({204, 304})


class Gateway:
    """An ASGI application. `use` another dealer to serve another run.

    `names_visitors`: browsers get a cookie by which routing tells them apart. `tells_worker`: answers to them
    say in a header which worker gave them.
    """

    def __init__(self, dealer: Dealer, *, names_visitors: bool = False, tells_worker: bool = False) -> None:
        self.dealer = dealer
        self._names_visitors = names_visitors
        self._tells_worker = tells_worker
        self._visitors = 0
        self._links: dict[Worker, Link] = {}
        self._ended: list[Link] = []
        self._queue: deque[Visit] = deque()
        self._announced: dict[int, tuple[Call, str]] = {}
        self._unsettled: dict[int, threading.Event] = {}
        self._failures: dict[int, NoAnswer] = {}

    def use(self, dealer: Dealer) -> None:
        """Serve by `dealer` from the next request on. Not while requests are under way."""
        self.dealer = dealer

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
        for link in self._links.values():
            link.close()
        self._links.clear()
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: Message, receive: Receive, send: Send) -> None:
        call, plain, cookie = self._recognise(scope)
        try:
            body, more = await _body(receive, _EVERYTHING if call.step is not None else _AT_HAND_BYTES)
        except ConnectionError:
            return
        visit = self._admit(Request(plain, body, more), call)
        watch = _Watch(visit, receive)
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
        visit = self._admit(Request(plain), call)
        watch = _Watch(visit, receive)
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

    def _admit(self, request: Request, call: Call) -> Visit:
        self._look_around()
        visit = Visit(request, call, self.dealer, self._next)
        if self._queue or not self._begin(visit):
            self._queue.append(visit)
            visit.wait_in_line(self._give_up)
        return visit

    def _begin(self, visit: Visit, *, at_once: bool = False) -> bool:
        """Begin if a worker is free; `at_once`: or fail."""
        if not at_once and not self.dealer.can_begin(visit.call):
            return False
        try:
            exchange, frame = self.dealer.begin(visit.request, visit.call)
        except NoAnswer as failure:
            visit.fail(failure)
        else:
            visit.begin(exchange, self._link(exchange.worker), frame)
        return True

    def _next(self) -> None:
        while self._queue and (self._queue[0].is_over or self._begin(self._queue[0])):
            self._queue.popleft()

    def _give_up(self, visit: Visit) -> None:
        if visit in self._queue:
            self._queue.remove(visit)
            self._begin(visit, at_once=True)

    def _link(self, worker: Worker) -> Link:
        link = self._links.get(worker)
        if link is None:
            link = self._links[worker] = Link(worker, asyncio.get_running_loop(), self._ended.append)
        return link

    def _look_around(self) -> None:
        """Notice the workers that ended while they served nobody."""
        while self._ended:
            worker = self._ended.pop().worker
            self._links.pop(worker, None)
            if self.dealer.fleet.workers.get(worker.number) is worker:
                self.dealer.worker_gone(worker)

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


class _Watch:
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


async def _body(receive: Receive, limit: float) -> tuple[bytes, bool]:
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
