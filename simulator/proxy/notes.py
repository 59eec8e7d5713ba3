"""What the dealer writes down: the events of requests and of workers that end."""

from __future__ import annotations

import time
from collections.abc import Callable

from simulator.events import (
    AppRaised,
    Connected,
    FileTouched,
    Logged,
    RequestFailed,
    RequestSent,
    ResponseReceived,
    WorkerExited,
)
from simulator.proxy.call import Call, NoAnswer, Request, readable
from simulator.proxy.exchange import Exchange
from simulator.proxy.fleet import Worker
from simulator.recorder import Clock, Sink


class Notes:
    """Turns what happens into events of `sink`, on `clock`. `keeps(path)`: the run puts the file at `path` back."""

    def __init__(self, *, clock: Clock, sink: Sink, kept_bytes: int, keeps: Callable[[str], bool]) -> None:
        self._clock = clock
        self._emit = sink.emit
        self._kept_bytes = kept_bytes
        self._keeps = keeps

    def sent(self, request: Request, call: Call, *, step: int, worker: int | None, began: float) -> None:
        """A request is about to be sent; `worker` None: nobody takes it."""
        self._emit(
            RequestSent(
                t=began,
                step=step,
                user=call.user,
                worker=worker,
                method=request.method,
                url=request.url,
                headers=readable(request.scope["headers"]),
                body=request.body[: self._kept_bytes],
                effects=call.effects,
                expect=call.expect,
                phase=call.phase,
                composed=call.composed,
            )
        )

    def answered(self, exchange: Exchange) -> None:
        """The answer is whole."""
        self._emit(
            ResponseReceived(
                t=self._clock.now(),
                step=exchange.step,
                status=exchange.status,
                headers=readable(exchange.headers),
                body=exchange.kept,
                cut=exchange.is_cut,
                took_s=time.perf_counter() - exchange.began_s,
            )
        )

    def failed(self, step: int, failure: NoAnswer) -> None:
        """No whole answer comes."""
        reason, detail, where = failure.reason, failure.detail, failure.where
        self._emit(RequestFailed(t=self._clock.now(), step=step, reason=reason, detail=detail, where=where))

    def done(self, exchange: Exchange) -> None:
        """The worker's last word: what the application logged, raised and touched."""
        message = exchange.done
        if not message or len(message) == 1:
            return
        now, number, step, user = self._clock.now, exchange.worker.number, exchange.step, exchange.call.user
        for level, logger, text in message.get("logs", ()):
            self._emit(Logged(t=now(), worker=number, step=step, user=user, level=level, logger=logger, message=text))
        if raised := message.get("raised"):
            lines = tuple(raised["lines"])
            self._emit(AppRaised(t=now(), step=step, worker=number, error=raised["error"], lines=lines))
        for path in message.get("files", ()):
            self._emit(FileTouched(t=now(), worker=number, step=step, path=path, kept=self._keeps(path)))
        for peer, where, is_shared in message.get("peers", ()):
            self._emit(Connected(t=now(), worker=number, step=step, peer=peer, where=where, is_shared=is_shared))

    def exited(self, worker: Worker, how: str, *, step: int | None, wanted: bool) -> None:
        """A worker is gone."""
        number, pid = worker.number, worker.pid
        self._emit(WorkerExited(t=self._clock.now(), worker=number, pid=pid, how=how, wanted=wanted, step=step))
