"""Events of a run, written by hand: a recorder for tests of what is computed from events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from simulator.events import (
    AppLoaded,
    Effect,
    Event,
    Headers,
    LifecycleChanged,
    OutsideChanged,
    RequestFailed,
    RequestSent,
    ResponseReceived,
    RunEnded,
    RunStarted,
    ValueSeen,
    WorkerStarted,
)
from simulator.story.keys import Key
from simulator.story.tokens import token

A1, A2, B1, W1 = (
    token(seed=0, user=user, counter=counter)
    for user, counter in (("alice", 1), ("alice", 2), ("bob", 1), ("world", 1))
)


def adds(value: str, key: str = "cart", of: str | None = None) -> Effect:
    return Effect(kind="add", key=key, value=value, of=of)


def writes(value: str, key: str = "price", of: str | None = None) -> Effect:
    return Effect(kind="write", key=key, value=value, of=of)


def reads(key: str = "cart", path: str = "", *, complete: bool = True) -> Effect:
    return Effect(kind="read", key=key, path=path, complete=complete)


@dataclass
class Tape:
    """One run; the clock ticks once for each event."""

    keys: Sequence[Key] = (Key(name="cart"),)
    workers: int = 2
    first_pid: int = 100
    events: list[Event] = field(default_factory=list)
    step: int = 0

    def __post_init__(self) -> None:
        self.events.append(
            RunStarted(
                t=self.now(),
                run=1,
                app="app:app",
                workers=self.workers,
                load="once",
                order="2:ab",
                routing="round-robin",
                way="direct",
                seed=0,
                users=("alice", "bob"),
                keys=tuple(key.plain() for key in self.keys),
            )
        )
        self.load(1)

    def now(self) -> float:
        return float(len(self.events))

    def load(self, number: int, generation: int = 0) -> None:
        self.events.append(AppLoaded(t=self.now(), load=number, began=self.now() - 0.5, worker=None))
        for worker in range(1, self.workers + 1):
            self.start(worker, generation, number)

    def start(self, worker: int, generation: int, load: int) -> None:
        pid = self.first_pid + len(self.events)
        self.events.append(WorkerStarted(t=self.now(), worker=worker, generation=generation, pid=pid, load=load))

    def reload(self, number: int) -> None:
        self.step += 1
        self.events.append(
            LifecycleChanged(t=self.now(), step=self.step, began=self.now(), action="reload", worker=None)
        )
        self.load(number, generation=number - 1)

    def send(
        self,
        user: str,
        *effects: Effect,
        worker: int | None = 1,
        url: str = "/view",
        method: str = "GET",
        headers: Headers = (),
        body: bytes = b"",
        expect: tuple[int, ...] = (),
        composed: bool = False,
    ) -> int:
        self.step += 1
        self.events.append(
            RequestSent(
                t=self.now(),
                step=self.step,
                user=user,
                worker=worker,
                method=method,
                url=url,
                headers=headers,
                body=body,
                effects=effects,
                expect=expect,
                phase="story",
                composed=composed,
            )
        )
        return self.step

    def answer(
        self,
        body: str | bytes = b"",
        *,
        status: int = 200,
        headers: Headers = (),
        cut: bool = False,
        step: int | None = None,
    ) -> None:
        self.events.append(
            ResponseReceived(
                t=self.now(),
                step=step or self.step,
                status=status,
                headers=headers,
                body=body.encode() if isinstance(body, str) else body,
                cut=cut,
                took_s=0.0,
            )
        )

    def fail(self, reason: str = "timeout") -> None:
        self.events.append(RequestFailed(t=self.now(), step=self.step, reason=reason, detail="", where=()))

    def world(self, *effects: Effect) -> None:
        self.step += 1
        self.events.append(
            OutsideChanged(t=self.now(), step=self.step, began=self.now() - 0.5, what="write", effects=effects)
        )

    def sees(self, key: str, value: str | int | tuple[str, ...] | None) -> None:
        self.events.append(ValueSeen(t=self.now(), step=self.step, key=key, value=value))

    def end(self) -> list[Event]:
        self.events.append(RunEnded(t=self.now(), reason="done"))
        return self.events
