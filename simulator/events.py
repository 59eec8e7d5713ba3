"""What happens in a run, as frozen values: one event is one line of the record.

Rule: an event holds only plain values (str, int, float, bool, bytes, None, tuples and mappings of them), so
that every event can be written as one JSON object and read back as the same event (`history.record`).
Times (`t`, `began`) are seconds on the run's one clock (`recorder.clock`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

Headers: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a request is declared to do to one key: an operation before its answer is known.

    `kind` is a `history.operation.Kind` value. `value` is the token written, added or removed (None for
    reads), the amount of an increment, or None. `of` is whose data it is (None: the user's own).
    `complete` says that a read shows the whole collection. `path` says where a read or an increment finds
    its number or value in a JSON answer ("" = tokens in the text / the whole body). `based_on` is the token
    that a save was based on, `to` the user that a share names (None: everyone).
    """

    kind: str
    key: str
    value: str | int | None = None
    of: str | None = None
    complete: bool = True
    path: str = ""
    based_on: str | None = None
    to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of all events; `t` is when it was noticed."""

    t: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted(Event):
    """A schedule begins on fresh workers and equal stores.

    `keys` are the story's declarations as plain mappings (`story.keys.Key.plain()`); `order` is the order
    token that repeats the run; `way` is "direct", "http" or "external".
    """

    run: int
    app: str
    workers: int
    load: str
    order: str
    routing: str
    way: str
    seed: int
    users: tuple[str, ...]
    keys: tuple[Mapping[str, object], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppLoaded(Event):
    """The program text was executed, from `began` to `t`, by the zygote (`worker` None) or by one worker.

    `load` numbers the loads of a run from 1.
    """

    load: int
    began: float
    worker: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerStarted(Event):
    """A worker process is ready to serve. `generation` counts the processes that had this number before it."""

    worker: int
    generation: int
    pid: int
    load: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerExited(Event):
    """A worker process is gone. `how` is e.g. "exit code 1" or "SIGKILL"; `wanted` if the schedule asked for it."""

    worker: int
    pid: int
    how: str
    wanted: bool
    step: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSent(Event):
    """Just before the first byte of a request is sent.

    `step` numbers the requests of a run from 1. `phase` is "story", "sweep" (the final look of every user on
    every worker) or "reload-sweep". `expect` are the statuses that mean "certainly not done".
    `composed` is true where the server, not the user, wrote the address (a redirect that is being followed).
    """

    step: int
    user: str
    worker: int | None
    method: str
    url: str
    headers: Headers
    body: bytes
    effects: tuple[Effect, ...]
    expect: tuple[int, ...]
    phase: str
    composed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseReceived(Event):
    """Just after the last byte of the answer was read.

    `cut` is true where the body is longer than the recorder keeps. `took_s` is the real time from the first
    byte sent, in seconds; it is not part of the history. In the replay of an example, whose lines are watched, it is
    longer.
    """

    step: int
    status: int
    headers: Headers
    body: bytes
    cut: bool
    took_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFailed(Event):
    """No whole answer came. `reason` is "timeout", "worker-died", "cut-short", "refused" (no worker is there to
    take the request) or "too-large" (its headers are).

    `where` are lines that say what the worker was doing (the user's own frames, innermost first).
    """

    step: int
    reason: str
    detail: str
    where: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueSeen(Event):
    """The story says itself what its request of `step` showed of `key` (Python stories: `sees=`)."""

    step: int
    key: str
    value: str | int | tuple[str, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideChanged(Event):
    """The world changed something outside the workers, from `began` to `t`."""

    step: int
    began: float
    what: str
    effects: tuple[Effect, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LifecycleChanged(Event):
    """The operator (or the schedule) did `action`: "reload", "recycle" or "kill", from `began` to `t`."""

    step: int
    began: float
    action: str
    worker: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged(Event):
    """A log record, a print or a warning of a worker; `step` and `user` where it was written during a request."""

    worker: int | None
    step: int | None
    user: str | None
    level: str
    logger: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AppRaised(Event):
    """An exception in the application during `step`; `lines` is the traceback, the app's frames only."""

    step: int
    worker: int
    error: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTouched(Event):
    """The application opened a file for writing, or a database, at `path`.

    `kept` is true where the run puts it back, so that the next run starts equal.
    """

    worker: int | None
    step: int | None
    path: str
    kept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected(Event):
    """The application is connected to `peer`: the address of a server, or a program that it has pipes to.

    `where` is the application's line that connected ("" where that is not known). `is_shared`: that was before the
    workers were forked, so that all of them use one connection.
    """

    worker: int | None
    step: int | None
    peer: str
    where: str
    is_shared: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded(Event):
    """The schedule is over. `reason` is "done", "interrupted" or what stopped it."""

    reason: str
