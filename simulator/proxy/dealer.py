"""The dealer: which worker serves what, and what is written down about it. No bytes move here.

Rule 1: a worker serves one request at a time; it is free again when it has said `done`.
Rule 2: every request that is begun ends in exactly one ResponseReceived or RequestFailed.
Rule 3: a worker that did not answer in time is killed, since nobody knows what it would do next.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from simulator.proxy.call import HEADER_LIMIT, Call, NoAnswer, Request, header_size
from simulator.proxy.exchange import Exchange
from simulator.proxy.fleet import Fleet, Worker
from simulator.proxy.notes import Notes
from simulator.recorder import Clock, Sink
from simulator.routing import Routing
from simulator.wire import Message, encode

KEPT_BYTES = 1024 * 1024
"""How much of a body the record keeps."""

_EXIT_PATIENCE_S = 1.0


class Dealer:
    """Deals requests to the workers of `fleet` by `routing`, and emits what happens to `sink`.

    `timeout_s` is how long an answer may take, in real seconds. `kept_bytes` of each body are recorded.
    `keeps(path)` says whether the run puts the file at `path` back.
    """

    def __init__(
        self,
        *,
        fleet: Fleet,
        routing: Routing,
        clock: Clock,
        sink: Sink,
        timeout_s: float = 5.0,
        kept_bytes: int = KEPT_BYTES,
        keeps: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self.fleet = fleet
        self.routing = routing
        self.clock = clock
        self.timeout_s = timeout_s
        self._kept_bytes = kept_bytes
        self._notes = Notes(clock=clock, sink=sink, kept_bytes=kept_bytes, keeps=keeps)
        self._steps = 0
        self._serving: dict[Worker, Exchange] = {}
        self._gone: set[Worker] = set()

    def alive(self) -> list[int]:
        """Numbers of the workers that are not known to be gone, ascending."""
        gone = self._gone
        return sorted([number for number, worker in self.fleet.workers.items() if worker not in gone])

    def is_gone(self, worker: Worker) -> bool:
        """Whether the worker's end was noticed."""
        return worker in self._gone

    @property
    def is_idle(self) -> bool:
        """Whether no worker serves anything."""
        return not self._serving

    def can_begin(self, call: Call) -> bool:
        """Whether `begin` would find a worker now, or refuse for good."""
        if call.worker is not None:
            worker = self.fleet.workers.get(call.worker)
            return worker is None or worker not in self._serving
        taken, gone = self._serving, self._gone
        if len(taken) + len(gone) < len(self.fleet.workers):
            return True
        alive = [worker for worker in self.fleet.workers.values() if worker not in gone]
        return not alive or any(worker not in taken for worker in alive)

    def begin(self, request: Request, call: Call) -> tuple[Exchange, bytes]:
        """Choose a worker for `request`: the exchange that begins, and the frame to send to its worker now.

        Raises NoAnswer ("refused" or "too-large", recorded) where no worker can take it.
        """
        step = self._steps = self._steps + 1 if call.step is None else call.step
        worker = self._worker(request, call, step)
        began = self.clock.now()
        frame = _frame(request, call)
        if len(frame) > HEADER_LIMIT and (size := header_size(request.scope["headers"])) > HEADER_LIMIT:
            detail = f"the request's headers are {size:,} bytes; servers take {HEADER_LIMIT:,} at most"
            raise self._refuse(request, call, step, detail, reason="too-large")
        self._notes.sent(request, call, step=step, worker=worker.number, began=began)
        exchange = self._serving[worker] = Exchange(request, call, step, worker, self._kept_bytes)
        return exchange, frame

    def answered(self, exchange: Exchange) -> None:
        """The answer is whole."""
        self._notes.answered(exchange)

    def done(self, exchange: Exchange) -> None:
        """The worker has said its last word about the request and is free."""
        self._serving.pop(exchange.worker, None)
        self._notes.done(exchange)

    def failed(self, exchange: Exchange, failure: NoAnswer) -> NoAnswer:
        """No whole answer will come. The worker goes on if it has said `done`, else it is stopped."""
        self._notes.failed(exchange.step, failure)
        if exchange.done:
            self.done(exchange)
        elif failure.reason != "worker-died":
            self.stop(exchange)
        return failure

    def stop(self, exchange: Exchange) -> None:
        """The worker does not end the request: kill it."""
        worker = exchange.worker
        self.fleet.kill(worker.number)
        self._forget(worker, f"stopped, since it had not ended step {exchange.step}", step=exchange.step)

    def timed_out(self, exchange: Exchange) -> NoAnswer:
        """The limit was reached: the worker says where it is, and is stopped."""
        where = exchange.worker.stack()
        return self.failed(exchange, NoAnswer("timeout", f"no answer after {self.timeout_s:g} s", where))

    def died(self, exchange: Exchange) -> NoAnswer:
        """The worker's end of the wire closed while it was serving."""
        worker = exchange.worker
        how = self._exit_status(worker)
        failure = NoAnswer("worker-died", f"worker {worker.number} ended while serving it ({how})", worker.stack())
        self.failed(exchange, failure)
        self._forget(worker, how, step=exchange.step)
        return failure

    def worker_gone(self, worker: Worker) -> None:
        """The worker's end of the wire closed while nobody waited for an answer of it."""
        if worker not in self._gone:
            serving = self._serving.get(worker)
            self._forget(worker, self._exit_status(worker), step=serving.step if serving else None)

    def let_go(self, worker: Worker) -> None:
        """Somebody else ends `worker` and writes it down: it serves no more, and nothing is said about it here."""
        self._serving.pop(worker, None)
        self._gone.add(worker)

    def kill(self, number: int, *, step: int | None = None) -> None:
        """The schedule wants worker `number` gone (as its step `step`)."""
        worker = self.fleet.workers[number]
        self.fleet.kill(number)
        self._forget(worker, self._exit_status(worker), step=step, wanted=True)

    def _worker(self, request: Request, call: Call, step: int) -> Worker:
        workers = self.fleet.workers
        number = call.worker
        if number is None:
            free = self._free()
            if not free:
                raise self._refuse(request, call, step, self._why_none())
            number = self.routing.pick(user=call.user, workers=free)
        worker = workers.get(number)
        if worker is None or worker in self._gone:
            raise self._refuse(request, call, step, f"worker {number} is gone")
        if worker in self._serving:
            raise self._refuse(request, call, step, self._why_busy(self._serving[worker]))
        return worker

    def _free(self) -> list[int]:
        workers = self.fleet.workers
        if not self._serving and not self._gone:
            return sorted(workers)
        return [number for number in self.alive() if workers[number] not in self._serving]

    def _why_none(self) -> str:
        busy = next(iter(self._serving.values()), None)
        return self._why_busy(busy) if busy else "every worker is gone"

    def _why_busy(self, exchange: Exchange) -> str:
        return f"worker {exchange.worker.number} is still busy with step {exchange.step} ({exchange.call.user})"

    def _refuse(self, request: Request, call: Call, step: int, detail: str, *, reason: str = "refused") -> NoAnswer:
        failure = NoAnswer(reason, detail)
        self._notes.sent(request, call, step=step, worker=None, began=self.clock.now())
        self._notes.failed(step, failure)
        return failure

    def _forget(self, worker: Worker, how: str, *, step: int | None, wanted: bool = False) -> None:
        self._serving.pop(worker, None)
        self._gone.add(worker)
        self._notes.exited(worker, how, step=step, wanted=wanted)

    def _exit_status(self, worker: Worker) -> str:
        patience = time.monotonic() + _EXIT_PATIENCE_S
        while (how := worker.exit_status()) is None:
            if time.monotonic() > patience:
                self.fleet.kill(worker.number)
                return "it closed its connection and was stopped"
            time.sleep(0.002)
        return how


def _frame(request: Request, call: Call) -> bytes:
    opening: Message = {
        "type": "workersim.request",
        "scope": request.scope,
        "now": call.now_s,
        "chance": call.chance,
    }
    if request.scope["type"] == "websocket":
        return encode([opening, {"type": "websocket.connect"}])
    if request.more:
        return encode([opening, {"type": "http.request", "body": request.body, "more_body": True}])
    opening["body"] = request.body
    return encode([opening])
