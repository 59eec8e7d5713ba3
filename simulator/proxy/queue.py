"""The line in front of the workers: a request begins when one is free, in order of arrival.

Rule: nobody waits for longer than the dealer's limit.
"""

from __future__ import annotations

import asyncio
from collections import deque

from simulator.proxy.call import Call, NoAnswer, Request
from simulator.proxy.dealer import Dealer
from simulator.proxy.fleet import Worker
from simulator.proxy.link import Link
from simulator.proxy.visit import Visit


class Queue:
    """Lets requests in by `dealer`, which may be another one for the next run."""

    def __init__(self, dealer: Dealer) -> None:
        self.dealer = dealer
        self._waiting: deque[Visit] = deque()
        self._links: dict[Worker, Link] = {}
        self._ended: list[Link] = []

    def admit(self, request: Request, call: Call) -> Visit:
        """Begin a request, or let it wait in line."""
        self._look_around()
        visit = Visit(request, call, self.dealer, self._next)
        if self._waiting or not self._begin(visit):
            self._waiting.append(visit)
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
        while self._waiting and (self._waiting[0].is_over or self._begin(self._waiting[0])):
            self._waiting.popleft()

    def _give_up(self, visit: Visit) -> None:
        if visit in self._waiting:
            self._waiting.remove(visit)
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

    def close(self) -> None:
        """Give back all descriptors."""
        for link in self._links.values():
            link.close()
        self._links.clear()
