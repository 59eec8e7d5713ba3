"""Worker processes for a graph: each is known by what it holds, and forked when nobody holds what is wanted.

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

MOST = 32
"""How many processes are kept; then the one unused longest makes room. A worker that has served has some 5 to 10 MiB of
its own.
"""


class Slots:
    """Worker processes on `stage`, loaded as `mode` says: at first one, or `count` that load for themselves."""

    def __init__(self, stage: Stage, holdings: Holdings, *, mode: LoadMode, count: int) -> None:
        self._stage = stage
        self._holdings = holdings
        self._mode = mode
        self._count = count if mode is LoadMode.PER_WORKER else 1
        self._held: dict[int, Memory | None] = {}
        self._workers: dict[int, Worker] = {}
        self._loaded_on: Stores | None = None
        self._direct: Direct | None = None
        self._sink = MemorySink()
        self.load_drew = False
        self.drew = True
        self.epoch_s = stage.epoch_s

    def load(self, stores: Stores | None, workers: int | None = None) -> None:
        """Load the application against `stores` (None: the first load of the stage); all workers are fresh then.

        `workers`: no more of those that load for themselves, since each load may write.
        """
        launcher, count = self._stage.launcher, min(workers or self._count, self._count)
        self._holdings.begin(self._mode)
        if stores is None:
            launcher.fork(count, self._mode)
        else:
            launcher.kill_workers()
            self._holdings.put(stores)
            launcher.fork_reloaded(count, self._mode)
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

    def fresh(self, loaded_on: Stores | None, number: int) -> int:
        """A slot with a fresh worker of the load against `loaded_on`; slot `number` where loads follow chance."""
        loads_alone = self._mode is LoadMode.PER_WORKER
        if self._loaded_on != loaded_on or not self._are_mine() or (loads_alone and self.load_drew):
            self.load(loaded_on)
            return number if loads_alone else 1
        if loads_alone and loaded_on is None:
            self._holdings.begin(self._mode)
        elif loads_alone and loaded_on is not None:
            self._holdings.put(loaded_on)
        worker = self._forked()
        self._workers[worker.number] = worker
        self._held[worker.number] = None
        if loads_alone:  # a load may write
            self._holdings.forget()
        return worker.number

    def _forked(self) -> Worker:
        """One more worker, or one in place of that which was not used for longest."""
        launcher = self._stage.launcher
        if len(self._held) < MOST:
            return launcher.add()
        number = next(iter(self._held))
        launcher.kill(number)
        return launcher.recycle(number)

    def _are_mine(self) -> bool:
        """Are the stage's workers still those that were put into the slots? Others may have played in between."""
        return bool(self._workers) and self._stage.launcher.workers == self._workers

    def send(self, request: Request, call: Call) -> tuple[Reply, tuple[Event, ...]]:
        """The answer, and what the recorder would have written down about it. Raises NoAnswer."""
        assert self._direct is not None
        self._sink.events.clear()
        reply = self._direct.send(request, call)
        return reply, tuple(self._sink.events)

    def look(self, number: int) -> None:
        """Have the worker in slot `number` look at what it holds; `fingerprint` has to be asked for then."""
        self._stage.launcher.workers[number].look(values=False)

    def fingerprint(self, number: int) -> str | None:
        """What the worker in slot `number` saw, as a fingerprint; None where it cannot be told."""
        memory = self._stage.launcher.workers[number].seen()
        if memory is None:
            raise Unexplorable(f"worker {number} ended between two requests")
        self.load_drew, self.drew = bool(memory["load_drew"]), bool(memory["drew"])
        return None if memory["opaque"] else str(memory["fingerprint"])
