"""Who answers the requests of a run: our workers, or a server that is not ours."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

import httpx

from simulator.errors import OrderError
from simulator.proxy.dealer import Dealer
from simulator.recorder import Clock, Sink
from simulator.routing import routing_named
from simulator.runner.lifecycle import Lives
from simulator.runner.plan import Way
from simulator.runner.stage import Stage
from simulator.runner.ways import open_way
from simulator.story.scenario import Server
from simulator.story.schedule import Lifecycle, LoadMode, Schedule


class Serving(Protocol):
    """One run's servers, from an equal start to the end. `way` is what the record calls the way to them."""

    way: str

    def set(self) -> None:
        """Put everything back, so that every run starts equal. Raises AppError and StoreError."""
        ...

    @contextmanager
    def begin(self) -> Iterator[httpx.BaseTransport]:
        """Begin to serve; the transport of the run's users. Raises AppError."""
        ...

    def numbers(self) -> Sequence[int]:
        """The workers that can be asked by their number."""
        ...

    def change(self, event: Lifecycle, step: int) -> None:
        """Carry out `event`. Raises AppError and OrderError."""
        ...


class Workers:
    """Our own workers on `stage`, as `schedule` wants them; `way` is that of the requests."""

    def __init__(self, stage: Stage, schedule: Schedule, *, way: Way, clock: Clock, sink: Sink) -> None:
        self.way: str = way
        self._way = way
        self._stage = stage
        self._schedule = schedule
        self._dealer = Dealer(
            fleet=stage.launcher,
            routing=routing_named(schedule.routing, first=schedule.first, chance=random.Random(schedule.seed)),
            clock=clock,
            sink=sink,
            timeout_s=stage.plan.timeout_s,
            keeps=stage.keeps,
        )
        self._lives = Lives(stage.launcher, mode=schedule.load, clock=clock, sink=sink, let_go=self._dealer.let_go)

    def set(self) -> None:
        self._stage.set(workers=self._schedule.workers, load=self._schedule.load)

    @contextmanager
    def begin(self) -> Iterator[httpx.BaseTransport]:
        self._lives.begin()
        with open_way(self._way, self._dealer, port=self._stage.plan.port) as way:
            yield way

    def numbers(self) -> Sequence[int]:
        return self._dealer.alive()

    def change(self, event: Lifecycle, step: int) -> None:
        """A worker that only a case with more workers has is left alone; the step is taken all the same."""
        if event.worker is None or event.worker in self._stage.launcher.workers:
            self._lives.change(event, step)
        elif event.worker > self._stage.plan.workers:
            raise OrderError(f"there is no worker {event.worker} to {event.action}")
        else:
            self._lives.pass_over(event, step)


class AtHome:
    """A development server, started for the run."""

    way = "external"

    def __init__(self, stage: Stage, server: Server, *, clock: Clock, sink: Sink) -> None:
        self._stage = stage
        self._server = server
        self._clock = clock
        self._sink = sink

    def set(self) -> None:
        self._stage.launcher.stop_workers()
        self._stage.restore(self._stage.start_of(LoadMode.PER_WORKER))

    @contextmanager
    def begin(self) -> Iterator[httpx.BaseTransport]:
        from simulator.proxy.external import ExternalTransport  # only where a lesson has such a server
        from simulator.runner.dev_server import development_server

        plan = self._stage.plan
        with development_server(self._server, cwd=plan.cwd, env=plan.env, limit_s=plan.load_timeout_s) as running:
            way = ExternalTransport(
                running.url, clock=self._clock, sink=self._sink, timeout_s=plan.timeout_s, where=running.last_words
            )
            try:
                yield way
            finally:
                way.close()

    def numbers(self) -> Sequence[int]:
        return ()

    def change(self, event: Lifecycle, step: int) -> None:  # noqa: ARG002
        raise OrderError(f"{self._server.name} cannot be told to {event.action} in the middle of a story")
