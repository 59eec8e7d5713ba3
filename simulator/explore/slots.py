"""A few worker processes for a graph: each is known by what it holds, and given away when something else is wanted.

Rule: a slot's memory is named only between requests; while it serves, it holds nothing that is known.
"""

from __future__ import annotations

from simulator.events import Event
from simulator.explore.graph import Memory, Stores
from simulator.explore.heard import Unexplorable
from simulator.explore.holdings import Holdings
from simulator.launcher.handle import Worker
from simulator.proxy.call import Call, Reply, Request
from simulator.proxy.dealer import Dealer
from simulator.proxy.direct import Direct
from simulator.recorder import LogicalClock, MemorySink
from simulator.routing import RoundRobin
from simulator.runner.stage import Stage
from simulator.story.schedule import LoadMode
from simulator.wire import Decoder, encode

_CHUNK = 1 << 16


class Slots:
    """`count` worker processes on `stage`, loaded as `mode` says."""

    def __init__(self, stage: Stage, holdings: Holdings, *, mode: LoadMode, count: int) -> None:
        self._stage = stage
        self._holdings = holdings
        self._mode = mode
        self._count = count
        self._held: dict[int, Memory | None] = {}
        self._workers: dict[int, Worker] = {}
        self._loaded_on: Stores | None = None
        self._direct: Direct | None = None
        self._sink = MemorySink()
        self.load_drew = False
        self.drew = True
        self.epoch_s = stage.epoch_s

    def load(self, stores: Stores | None) -> None:
        """Load the application against `stores` (None: the first load of the stage); all slots are fresh then."""
        launcher = self._stage.launcher
        self._holdings.begin(self._mode)
        launcher.fork(self._count, self._mode)  # loads are numbered from here, and so is their chance
        if stores is not None:
            self._holdings.put(stores)
            launcher.reload()
        self._holdings.forget()
        self._loaded_on = stores
        self._workers = dict(launcher.workers)
        self._held = dict.fromkeys(launcher.workers)
        self._sink = MemorySink()
        self._direct = Direct(
            Dealer(
                fleet=launcher,
                routing=RoundRobin(),
                clock=LogicalClock(),
                sink=self._sink,
                timeout_s=self._stage.plan.timeout_s,
            )
        )

    def having(self, memory: Memory, besides: int | None) -> int | None:
        """A slot that holds `memory`, if there is one, and not slot `besides`."""
        if not self._are_mine():
            return None
        return next((number for number, held in self._held.items() if held == memory and number != besides), None)

    def pid(self, number: int) -> int:
        """The process in slot `number`."""
        return self._stage.launcher.workers[number].pid

    def holds(self, number: int, memory: Memory | None) -> None:
        """Slot `number` is known to hold `memory` now (None: nobody knows). The newest are given away last."""
        del self._held[number]
        self._held[number] = memory

    def fresh(self, loaded_on: Stores | None, number: int | None) -> int:
        """A slot with a fresh worker of the load against `loaded_on`: slot `number`, or the one unused longest."""
        loads_alone = self._mode is LoadMode.PER_WORKER
        if self._loaded_on != loaded_on or not self._are_mine() or (loads_alone and self.load_drew):
            self.load(loaded_on)
            return number or 1
        if number is None:
            number = next(iter(self._held))
        if loads_alone and loaded_on is None:
            self._holdings.begin(self._mode)
        elif loads_alone and loaded_on is not None:
            self._holdings.put(loaded_on)
        self._workers[number] = self._stage.launcher.recycle(number)
        self._held[number] = None
        if loads_alone:  # a load may write
            self._holdings.forget()
        return number

    def _are_mine(self) -> bool:
        """Are the stage's workers still those that were put into the slots? Others may have played in between."""
        return bool(self._workers) and self._stage.launcher.workers == self._workers

    def send(self, request: Request, call: Call) -> tuple[Reply, tuple[Event, ...]]:
        """The answer, and what the recorder would have written down about it. Raises NoAnswer."""
        assert self._direct is not None
        self._sink.events.clear()
        reply = self._direct.send(request, call)
        return reply, tuple(self._sink.events)

    def fingerprint(self, number: int) -> str | None:
        """What the worker in slot `number` holds, as a fingerprint; None where it cannot be told."""
        sock, decoder = self._stage.launcher.workers[number].sock, Decoder()
        sock.sendall(encode([{"type": "workersim.memory", "values": False}]))
        while data := sock.recv(_CHUNK):
            for messages in decoder.feed(data):
                memory = messages[-1]["memory"]
                self.load_drew, self.drew = bool(memory["load_drew"]), bool(memory["drew"])
                return None if memory["opaque"] else str(memory["fingerprint"])
        raise Unexplorable(f"worker {number} ended between two requests")
