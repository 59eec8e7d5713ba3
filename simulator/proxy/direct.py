"""Direct: requests to the workers without HTTP, one after the other, for scripted users.

Rule: nothing here waits longer than the dealer's limit, counted from the first byte sent.
"""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import time
from collections.abc import Iterator

from simulator.proxy.call import Call, Reply, Request
from simulator.proxy.dealer import Dealer
from simulator.proxy.exchange import Exchange
from simulator.proxy.fleet import Worker
from simulator.wire import Decoder, encode

_TIMEVAL = struct.Struct("ll")
_MICROSECONDS = 1_000_000


class Direct:
    """Sends requests through `dealer` to its workers, and waits for each answer.

    A worker whose request goes on after its answer (a background task) is waited for until the limit, so that
    the next step meets a settled world; after that it is left alone, and is busy until it is done.
    """

    def __init__(self, dealer: Dealer) -> None:
        self.dealer = dealer
        self._lines: dict[Worker, _Line] = {}
        self._ends = select.poll()

    def send(self, request: Request, call: Call) -> Reply:
        """The whole answer. Raises NoAnswer."""
        answer = self.open(request, call)
        answer.finish()
        exchange = answer.exchange
        return Reply(exchange.status, exchange.headers, exchange.take())

    def open(self, request: Request, call: Call) -> OpenAnswer:
        """Send the request; the answer is read as it is asked for. Raises NoAnswer."""
        self._look_around(call)
        exchange, frame = self.dealer.begin(request, call)
        line = self._lines[exchange.worker]
        line.answer = OpenAnswer(self.dealer, exchange, line)
        line.answer.send(frame)
        return line.answer

    def _look_around(self, call: Call) -> None:
        """Meet new workers, notice those that ended, and wait for one that is needed and still busy."""
        for worker in self.dealer.fleet.workers.values():
            if worker not in self._lines and not self.dealer.is_gone(worker):
                self._meet(worker)
        if ended := self._ends.poll(0):
            self._drop({descriptor for descriptor, _ in ended})
        if not self.dealer.is_idle and not self.dealer.can_begin(call):
            for line in list(self._lines.values()):
                if line.answer and line.answer.is_left:
                    line.answer.settle()

    def _meet(self, worker: Worker) -> None:
        """Take up a new worker, and forget those that were replaced."""
        present = set(self.dealer.fleet.workers.values())
        replaced = {line.descriptor for worker, line in self._lines.items() if worker not in present}
        self._drop(replaced)
        self._lines[worker] = _Line(worker)
        self._ends.register(worker.sock, 0)

    def _drop(self, descriptors: set[int]) -> None:
        for descriptor in descriptors:
            with contextlib.suppress(KeyError):
                self._ends.unregister(descriptor)
        for worker, line in list(self._lines.items()):
            if line.descriptor in descriptors:
                del self._lines[worker]
                if self.dealer.fleet.workers.get(worker.number) is worker:
                    self.dealer.worker_gone(worker)
                elif line.answer and line.answer.is_left:
                    self.dealer.let_go(worker)


class _Line:
    """The near end of one worker's wire; `answer` is the one that was opened last."""

    __slots__ = ("answer", "decoder", "descriptor", "limit_s", "sock")

    def __init__(self, worker: Worker) -> None:
        self.sock = worker.sock
        self.descriptor = worker.sock.fileno()
        self.decoder = Decoder()
        self.limit_s: float | None = None
        self.answer: OpenAnswer | None = None
        self.sock.settimeout(None)

    def limit(self, seconds: float) -> None:
        """How long the next send or receive may wait; BlockingIOError says that it waited for so long.

        The kernel keeps this limit. One of Python's own is asked after in a system call before each of the others.
        """
        if seconds != self.limit_s:
            self.limit_s = seconds
            wait = _TIMEVAL.pack(*divmod(round(seconds * _MICROSECONDS), _MICROSECONDS))
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, wait)
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, wait)


class OpenAnswer:
    """An answer that is being read."""

    __slots__ = ("_dealer", "_is_told", "_line", "exchange", "is_left")

    def __init__(self, dealer: Dealer, exchange: Exchange, line: _Line) -> None:
        self.exchange = exchange
        self.is_left = False
        self._dealer = dealer
        self._line = line
        self._is_told = False

    def send(self, frame: bytes) -> None:
        """Put the request on the wire. Raises NoAnswer."""
        self._line.limit(self._dealer.timeout_s)
        try:
            self._line.sock.sendall(frame)
        except BlockingIOError:
            raise self._dealer.timed_out(self.exchange) from None
        except OSError:
            raise self._dealer.died(self.exchange) from None

    def begin(self) -> None:
        """Wait for the answer's status and headers. Raises NoAnswer."""
        while self.exchange.start is None:
            self._receive()

    def pieces(self) -> Iterator[bytes]:
        """The body as it comes. Raises NoAnswer."""
        exchange = self.exchange
        while True:
            if exchange.parts and not exchange.failure:
                yield exchange.take()
            elif exchange.closed:
                break
            else:
                self._receive()
        self.finish()

    def finish(self) -> None:
        """Wait until the worker is done with the request; the whole answer is in `exchange`. Raises NoAnswer."""
        while self.exchange.done is None and not self.is_left:
            self._receive()

    def close(self) -> None:
        """The user reads no further: the worker is told, and ends the request or is stopped."""
        exchange = self.exchange
        if exchange.closed or exchange.failure:
            return
        exchange.hang_up()
        self._tell()
        with contextlib.suppress(OSError):  # if it ended or hangs, receiving will say so
            self._line.sock.sendall(encode([{"type": "http.disconnect"}]))
        self.finish()

    def settle(self) -> None:
        """Wait once more for a worker that was left busy behind its answer."""
        self.is_left = False
        self.exchange.began_s = time.perf_counter()
        self.finish()

    def _receive(self) -> None:
        """Wait for what comes next."""
        try:
            line = self._line
            data = line.sock.recv(line.decoder.wanted)
        except BlockingIOError:
            self._out_of_time()
        except OSError:
            self._ended()
        else:
            self._take(data) if data else self._ended()

    def _take(self, data: bytes) -> None:
        exchange = self.exchange
        for messages in self._line.decoder.feed(data):
            exchange.feed(messages)
        if exchange.closed:
            self._tell()
        if exchange.done:
            self._done()
        else:
            spent_s = time.perf_counter() - exchange.began_s
            self._line.limit(max(0.001, self._dealer.timeout_s - spent_s))

    def _done(self) -> None:
        self._line.limit(self._dealer.timeout_s)  # others may speak to the worker now
        if self.exchange.failure:
            raise self._dealer.failed(self.exchange, self.exchange.failure)
        self._dealer.done(self.exchange)

    def _tell(self) -> None:
        if not self._is_told:
            self._is_told = True
            self._dealer.answered(self.exchange)

    def _out_of_time(self) -> None:
        exchange = self.exchange
        if exchange.failure:
            raise self._dealer.failed(exchange, exchange.failure)
        if not exchange.closed:
            raise self._dealer.timed_out(exchange)
        self.is_left = True
        if exchange.hung_up:
            self._dealer.stop(exchange)

    def _ended(self) -> None:
        if not self.exchange.closed:
            raise self._dealer.died(self.exchange)
        self.is_left = True
        self._dealer.worker_gone(self.exchange.worker)
