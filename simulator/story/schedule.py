"""Schedules: all that has to be fixed for a run to repeat, and the token that names it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class LoadMode(StrEnum):
    """ONCE: load, then fork. PER_WORKER: fork, then load."""

    ONCE = "once"
    PER_WORKER = "per-worker"


class Action(StrEnum):
    """What an operator can do to the workers."""

    RELOAD = "reload"
    RECYCLE = "recycle"
    KILL = "kill"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One place in an order: `user` takes the next step, on `worker` where that is fixed (else: the routing)."""

    user: str
    worker: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """One place in an order at which the operator acts on `worker` (None: all)."""

    action: Action
    worker: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Order + routing + lifecycle events. `routing` is "round-robin", "sticky" or "random"; `first` is the
    worker with which round robin begins; `turns` may be shorter than the story (a prefix is run). `without` are the
    steps that nobody takes: (user, n) is the n-th line of this user in a text story, n from 1.
    """

    workers: int
    turns: tuple[Turn | Lifecycle, ...]
    routing: str = "round-robin"
    first: int = 1
    load: LoadMode = LoadMode.ONCE
    seed: int = 0
    without: tuple[tuple[str, int], ...] = ()
