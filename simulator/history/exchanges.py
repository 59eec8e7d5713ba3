"""Exchanges: requests paired with what came of them, with the worker that served and the load it runs.

Rule 1: a request that the record says nothing more of may still take effect: its outcome is `info`.
Rule 2: a redirect is no page. What was to be read is read where the redirect leads; what was to be changed is
done at the redirect (302, 303), or where it leads for those that repeat the request (301, 307, 308).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from simulator.events import (
    AppLoaded,
    Effect,
    Event,
    OutsideChanged,
    RequestFailed,
    RequestSent,
    ResponseReceived,
    RunStarted,
    ValueSeen,
    WorkerStarted,
)
from simulator.history.operation import Kind, Load, Outcome, Value, Worker

_REPEATED = frozenset({301, 307, 308})


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its answer (None: there was no whole one), from `sent.t` to `ended`."""

    sent: RequestSent
    answer: ResponseReceived | None
    worker: Worker | None
    load: int | None
    ended: float
    outcome: Outcome

    @property
    def reads(self) -> tuple[Effect, ...]:
        """What the answer shows: nothing if it is a redirect or has no body by its method."""
        is_page = self.answer is not None and not 300 <= self.answer.status < 400 and self.sent.method != "HEAD"
        return tuple(effect for effect in self.sent.effects if effect.kind == Kind.READ) if is_page else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a request changes, from `began`, when it was first sent, to the answer `by` that says it is done."""

    effects: tuple[Effect, ...]
    began: float
    by: Exchange


@dataclass(slots=True)
class Run:
    """The events of one run, sorted by what they say."""

    started: RunStarted
    loads: dict[int, Load] = field(default_factory=dict)
    exchanges: list[Exchange] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    outside: list[OutsideChanged] = field(default_factory=list)
    seen: dict[tuple[int, str], Value] = field(default_factory=dict)


@dataclass(slots=True)
class _Open:
    """A request without its answer yet, and what it changes: its own effects, or those a redirect carries to it."""

    sent: RequestSent
    worker: Worker | None
    load: int | None
    effects: tuple[Effect, ...]
    began: float
    expect: tuple[int, ...]


def runs(events: Iterable[Event]) -> Iterator[Run]:
    """The runs of a record, in order; the last may lack its end."""
    reader: _Reader | None = None
    for event in events:
        if isinstance(event, RunStarted):
            if reader:
                yield reader.finish()
            reader = _Reader(event)
        elif reader:
            reader.take(event)
    if reader:
        yield reader.finish()


class _Reader:
    """Takes the events of one run in their order."""

    def __init__(self, started: RunStarted) -> None:
        self._run = Run(started)
        self._open: dict[int, _Open] = {}
        self._carried: dict[str, Change] = {}
        """user -> changes that wait for the next hop of a redirect, with the redirect that carries them"""
        self._workers: dict[int, tuple[Worker, int]] = {}
        self._last = started.t

    def take(self, event: Event) -> None:
        self._last = event.t
        match event:
            case AppLoaded():
                self._run.loads[event.load] = Load(began=event.began, ended=event.t)
            case WorkerStarted():
                self._workers[event.worker] = ((event.worker, event.generation), event.load)
            case RequestSent():
                self._sent(event)
            case ResponseReceived() | RequestFailed():
                self._ended(event)
            case OutsideChanged():
                self._run.outside.append(event)
            case ValueSeen():
                self._run.seen[event.step, event.key] = event.value

    def finish(self) -> Run:
        for opened in self._open.values():
            self._close(opened, self._last, None)
        for user in tuple(self._carried):
            self._give_up(user)
        return self._run

    def _sent(self, event: RequestSent) -> None:
        worker: Worker | None = None
        load: int | None = None
        if event.worker is not None:
            worker, load = self._workers.get(event.worker, ((event.worker, 0), None))
        effects = tuple(effect for effect in event.effects if effect.kind != Kind.READ)
        opened = _Open(event, worker, load, effects, event.t, event.expect)
        if event.composed and (carried := self._carried.pop(event.user, None)):
            opened.effects, opened.began = carried.effects, carried.began
            opened.expect = event.expect or carried.by.sent.expect
        self._give_up(event.user)
        self._open[event.step] = opened

    def _ended(self, event: ResponseReceived | RequestFailed) -> None:
        if opened := self._open.pop(event.step, None):
            self._close(opened, event.t, event if isinstance(event, ResponseReceived) else None)

    def _close(self, opened: _Open, ended: float, answer: ResponseReceived | None) -> None:
        exchange = Exchange(
            sent=opened.sent,
            answer=answer,
            worker=opened.worker,
            load=opened.load,
            ended=ended,
            outcome=_outcome(answer, opened.expect),
        )
        self._run.exchanges.append(exchange)
        change = Change(effects=opened.effects, began=opened.began, by=exchange)
        if answer and answer.status in _REPEATED and exchange.outcome is Outcome.OK:
            self._carried[opened.sent.user] = change
        else:
            self._run.changes.append(change)

    def _give_up(self, user: str) -> None:
        """Nobody followed the redirect: whether the change was made is not known."""
        if carried := self._carried.pop(user, None):
            self._run.changes.append(replace(carried, by=replace(carried.by, outcome=Outcome.INFO)))


def _outcome(answer: ResponseReceived | None, expect: tuple[int, ...]) -> Outcome:
    if answer is None:
        return Outcome.INFO
    if answer.status in expect:
        return Outcome.FAIL
    return Outcome.OK if 200 <= answer.status < 400 else Outcome.INFO
