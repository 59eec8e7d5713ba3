"""Visits: one request in the gateway, from its place in the queue to its worker's last word.

Rule: everything here happens in the gateway's loop, in callbacks that never wait; whoever answers the client waits
for `changed`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from simulator.proxy.call import Call, NoAnswer, Request
from simulator.proxy.dealer import Dealer
from simulator.proxy.exchange import Exchange
from simulator.proxy.link import Link
from simulator.wire import Message

_AHEAD_PARTS = 64
"""How many pieces of an answer may wait for a client that is slower than the worker."""

_BREATH_S = 0.005


class Visit:
    """A request on its way through a worker. `failure` is set where no whole answer will come.

    `is_scripted`: the whole answer has to come within the limit, as in direct mode; else its beginning (a page
    may stream for as long as somebody looks). `is_left`: the worker goes on behind a scripted answer for longer
    than the limit.
    """

    __slots__ = (
        "_alarm",
        "_dealer",
        "_freed",
        "_is_over",
        "_is_paused",
        "_is_told",
        "_loop",
        "_waiter",
        "call",
        "exchange",
        "failure",
        "is_left",
        "is_scripted",
        "link",
        "request",
    )

    def __init__(self, request: Request, call: Call, dealer: Dealer, freed: Callable[[], None]) -> None:
        self.request = request
        self.call = call
        self.exchange: Exchange | None = None
        self.link: Link | None = None
        self.failure: NoAnswer | None = None
        self.is_scripted = call.step is not None
        self.is_left = False
        self._dealer = dealer
        self._freed = freed
        self._is_over = False
        self._is_paused = False
        self._is_told = False
        self._loop = asyncio.get_running_loop()
        self._waiter: asyncio.Future[None] | None = None
        self._alarm: asyncio.TimerHandle | None = None

    def begin(self, exchange: Exchange, link: Link, frame: bytes) -> None:
        """A worker was found: send the request."""
        self.exchange = exchange
        self.link = link
        link.listener = self
        self._set_alarm()
        link.send(frame)

    @property
    def is_over(self) -> bool:
        """Whether there is nothing (more) to hand on: no answer will come, or the client left."""
        return self.failure is not None or self._is_over

    @property
    def is_held(self) -> bool:
        """Whether the end of a scripted answer waits for the worker's last word."""
        exchange = self.exchange
        return self.is_scripted and exchange is not None and exchange.closed and not (exchange.done or self.is_left)

    def wait_in_line(self, give_up: Callable[[Visit], None]) -> None:
        """No worker is free now; `give_up(self)` at the limit."""
        self._alarm = self._loop.call_later(self._dealer.timeout_s, give_up, self)

    def fail(self, failure: NoAnswer) -> None:
        """No whole answer will come."""
        self.failure = failure
        self._wake()

    async def changed(self) -> None:
        """Wait until something came; for one who hands the answer on."""
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    async def begun(self) -> None:
        """Wait until the request is on its way; for one who has more to send."""
        while self.link is None and not self.is_over:
            await asyncio.sleep(_BREATH_S)

    def caught_up(self) -> None:
        """What came was handed on: go on reading."""
        if self._is_paused and self.link is not None:
            self._is_paused = False
            self.link.resume()

    def take_said(self) -> list[Message]:
        """The messages of a WebSocket since the last time."""
        if self.exchange is None:
            return []
        said, self.exchange.said = self.exchange.said, []
        return said

    def heard(self, messages: Sequence[Message]) -> None:
        """The worker said something."""
        exchange = self.exchange
        assert exchange is not None
        exchange.feed(messages)
        if exchange.closed:
            self._tell(exchange)
        if exchange.done:
            self._end(exchange)
        elif len(exchange.parts) > _AHEAD_PARTS and self.link is not None:
            self._is_paused = True
            self.link.pause()
        self._wake()

    def lost(self) -> None:
        """The worker ended."""
        exchange = self.exchange
        assert exchange is not None
        if exchange.closed:
            self._dealer.worker_gone(exchange.worker)
        else:
            self.failure = self._dealer.died(exchange)
        self._release()

    def hang_up(self, leaving: Message) -> None:
        """The client is gone: tell the worker, and give it the limit once more to end the request."""
        exchange = self.exchange
        self._is_over = True
        if exchange is not None and self.link is not None and not exchange.closed:
            self.caught_up()
            exchange.hang_up()
            self._tell(exchange)
            self.link.say(leaving)
            self._set_alarm()
        self._wake()

    def _tell(self, exchange: Exchange) -> None:
        if not self._is_told:
            self._is_told = True
            self._dealer.answered(exchange)

    def _end(self, exchange: Exchange) -> None:
        if exchange.failure:
            self.failure = self._dealer.failed(exchange, exchange.failure)
        else:
            self._dealer.done(exchange)
        self._release()

    def _out_of_time(self) -> None:
        exchange = self.exchange
        assert exchange is not None
        if exchange.hung_up:
            self._dealer.stop(exchange)
            self._release()
        elif exchange.closed:
            self.is_left = True
            self._wake()
        elif exchange.failure:
            self.failure = self._dealer.failed(exchange, exchange.failure)
            self._release()
        elif exchange.start is None or self.is_scripted:
            self.failure = self._dealer.timed_out(exchange)
            self._release()

    def _release(self) -> None:
        """The worker is free for the next visit, or gone."""
        self.caught_up()
        if self._alarm is not None:
            self._alarm.cancel()
        if self.link is not None:
            self.link.listener = None
            self.link = None
        self._freed()
        self._wake()

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = self._loop.call_later(self._dealer.timeout_s, self._out_of_time)

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
