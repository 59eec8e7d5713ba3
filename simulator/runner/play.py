"""One schedule from its first step to its last: who goes next, and what is written down.

Rule: nothing here is left to chance or to real time: the same schedule on the same stage gives the same events.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import httpx

from simulator.errors import WorkersimError
from simulator.events import Event, OutsideChanged, RequestFailed, RunEnded, RunStarted, ValueSeen
from simulator.history.operation import Value
from simulator.proxy.call import Call
from simulator.recorder import LogicalClock, MemorySink, Sink, Tee
from simulator.runner.looks import Look, look_of
from simulator.runner.owned import chance, now_s
from simulator.runner.plan import Way
from simulator.runner.serving import AtHome, Serving, Workers
from simulator.runner.stage import Stage
from simulator.runner.turns import Turns
from simulator.story.order_token import format_order
from simulator.story.scenario import Server
from simulator.story.schedule import Action, Lifecycle, Schedule, Turn
from simulator.users.actor import Actor
from simulator.users.cast import Cast
from simulator.users.pending import PendingChange, PendingLifecycle, PendingRequest

STORY, SWEEP, RELOAD_SWEEP = "story", "sweep", "reload-sweep"


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How far to go: on to the story's end once the schedule's turns are taken, and which looks to add."""

    to_the_end: bool = True
    sweep: bool = True
    reload: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """A program of the story raised, so this user took no further steps."""

    user: str
    step: int
    error: Exception


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """One schedule as it went, with all turns that were taken.

    `movers` are the users of these turns in order, `could_move` for each of them all who could have moved.
    """

    schedule: Schedule
    order: str
    events: tuple[Event, ...]
    movers: tuple[str, ...]
    could_move: tuple[tuple[str, ...], ...]
    stopped: tuple[Stopped, ...]


class Play:
    """One run of a plan's story on `stage`, as its `run`-th; `perform` does it.

    Our workers serve it, or else the development server `server`. `way` is the way to our workers, where it is not the
    plan's. Raises OrderError for a schedule that leaves out what is not there.
    """

    def __init__(
        self,
        stage: Stage,
        schedule: Schedule,
        *,
        run: int,
        sink: Sink | None = None,
        extent: Extent | None = None,
        server: Server | None = None,
        way: Way | None = None,
    ) -> None:
        self._stage = stage
        self._schedule = schedule
        self._story = stage.plan.story.without(schedule.without)
        self._run = run
        self._extent = extent or Extent()
        self._memory = MemorySink()
        self._sink: Sink = Tee(self._memory, sink) if sink is not None else self._memory
        self._clock = LogicalClock()
        self._looks: dict[tuple[str, str], Look] = {}
        self._stopped: list[Stopped] = []
        self._step = 0
        self._waited_s = 0.0
        self._asked: dict[str, int] = {}
        self._serving = self._served_by(server, way or stage.plan.way)

    @property
    def events(self) -> list[Event]:
        """What has happened so far."""
        return self._memory.events

    def _served_by(self, server: Server | None, way: Way) -> Serving:
        if server is None:
            return Workers(self._stage, self._schedule, way=way, clock=self._clock, sink=self._sink)
        return AtHome(self._stage, server, clock=self._clock, sink=self._sink)

    def perform(self) -> Played:
        """Set the stage, take the turns, look at the outcome. Raises AppError, StoreError and OrderError."""
        self._serving.set()
        self._sink.emit(self._started())
        reason = "interrupted"
        try:
            with self._serving.begin() as way, self._cast(way) as cast:
                turns = self._take_turns(cast)
                self._look_around(cast)
            reason = "done"
        finally:
            self._sink.emit(RunEnded(t=self._clock.now(), reason=reason))
        return Played(
            schedule=replace(self._schedule, turns=turns.taken),
            order=self._token(turns.taken),
            events=tuple(self.events),
            movers=tuple(turns.movers),
            could_move=tuple(turns.could_move),
            stopped=tuple(self._stopped),
        )

    def _started(self) -> RunStarted:
        plan, schedule = self._stage.plan, self._schedule
        return RunStarted(
            t=self._clock.now(),
            run=self._run,
            app=plan.target,
            workers=schedule.workers,
            load=schedule.load,
            order=self._token(schedule.turns),
            routing=schedule.routing,
            way=self._serving.way,
            seed=plan.seed,
            users=self._story.users,
            keys=tuple(key.plain() for key in self._story.keys),
        )

    def _token(self, turns: tuple[Turn | Lifecycle, ...]) -> str:
        return format_order(replace(self._schedule, turns=turns), self._story.letters)

    def _cast(self, way: httpx.BaseTransport) -> Cast:
        plan = self._stage.plan
        return Cast(self._story, way=way, cwd=plan.cwd, waits=self._wait, seed=plan.seed, witness=self._witness)

    # The story

    def _take_turns(self, cast: Cast) -> Turns:
        turns = Turns(self._story, cast, stop=self._stop)
        for turn in self._schedule.turns:
            if isinstance(turn, Lifecycle):
                self._change(turn)
                turns.happened(turn)
            else:
                turns.take(turn, self._continue)
        while self._extent.to_the_end and (able := turns.able()):
            turns.take(Turn(user=able[0]), self._continue)
        return turns

    def _continue(self, actor: Actor, turn: Turn) -> None:
        """Let the pending step of `actor` happen."""
        pending = actor.advance()
        match pending:
            case PendingRequest():
                self._remember(actor.user, pending)
                self._send(actor, pending, phase=STORY, worker=turn.worker)
            case PendingChange():
                self._outside(pending)
                self._resume(actor, actor.go_on)
            case PendingLifecycle():
                self._change(Lifecycle(action=pending.action, worker=pending.worker))
                self._resume(actor, actor.go_on)

    def _send(self, actor: Actor, pending: PendingRequest, *, phase: str, worker: int | None) -> None:
        self._step += 1
        self._asked[actor.user] = self._asked.get(actor.user, 0) + 1
        call = Call(
            user=actor.user,
            step=self._step,
            effects=pending.effects,
            expect=pending.expect,
            phase=phase,
            composed=pending.composed,
            worker=worker,
            now_s=now_s(self._stage.epoch_s, self._step, self._waited_s),
            chance=chance(self._stage.plan.seed, actor.user, self._asked[actor.user]),
        )
        self._resume(actor, lambda: actor.answer(call))

    def _resume(self, actor: Actor, go_on: Callable[[], None]) -> None:
        """A program that raises ends; the others go on. Errors of the run itself go up."""
        try:
            go_on()
        except WorkersimError:
            raise
        except Exception as error:
            self._stop(actor.user, error)

    def _stop(self, user: str, error: Exception) -> None:
        self._stopped.append(Stopped(user=user, step=self._step, error=error))

    def _outside(self, pending: PendingChange) -> None:
        self._step += 1
        began = self._clock.now()
        pending.act()
        self._sink.emit(
            OutsideChanged(
                t=self._clock.now(), step=self._step, began=began, what=pending.what, effects=pending.effects
            )
        )

    def _change(self, event: Lifecycle) -> None:
        self._step += 1
        self._serving.change(event, self._step)

    def _witness(self, step: int, key: str, value: Value) -> None:
        self._sink.emit(ValueSeen(t=self._clock.now(), step=step, key=key, value=value))

    def _wait(self, seconds: float) -> None:
        self._clock.wait(seconds)
        self._waited_s += seconds

    # The looks after the story

    def _remember(self, user: str, pending: PendingRequest) -> None:
        if (look := look_of(pending)) is not None:
            self._looks[user, pending.url] = look

    def _look_around(self, cast: Cast) -> None:
        """Not where a request was waited for in vain: each look could take as long, and would say as little."""
        if any(isinstance(event, RequestFailed) and event.reason == "timeout" for event in self.events):
            return
        if self._extent.sweep:
            self._sweep(cast, SWEEP)
        if self._extent.sweep and self._extent.reload:
            self._change(Lifecycle(action=Action.RELOAD))
            self._sweep(cast, RELOAD_SWEEP)

    def _sweep(self, cast: Cast, phase: str) -> None:
        """Every user reads every page that he was shown, on every worker."""
        for worker in self._serving.numbers():
            for actor in self._lookers(cast):
                while isinstance(pending := self._advanced(actor), PendingRequest):
                    self._send(actor, pending, phase=phase, worker=worker)
                actor.close()

    def _lookers(self, cast: Cast) -> Iterator[Actor]:
        for (user, _), look in self._looks.items():
            yield cast.look(user, look.ask)

    def _advanced(self, actor: Actor) -> object:
        try:
            return actor.advance()
        except httpx.RequestError:
            return None
