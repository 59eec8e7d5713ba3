"""What each worker holds after each step of a schedule: asked for over the wire, between requests.

Rule: a worker is asked only while it serves nothing. A `Watching` is a sink of the run's events: each event that
begins something new tells that all before it is over.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from simulator.events import Event, LifecycleChanged, OutsideChanged, RequestFailed, RequestSent, RunEnded, WorkerExited
from simulator.launcher.handle import Worker
from simulator.launcher.launcher import Launcher
from simulator.wire import Message

CodePlace = tuple[str, int, str]
"""File, line and function."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What one worker process holds: by path a short value, a kind, and a mark that is equal for equal values.

    `changed`: the lines that did so since the look before, and `loads` which line loaded a name, by function, the
    latest at the end; `is_dear`: there was not time to look after each line. `modules` are the application's own with
    their files.
    """

    pid: int
    values: Mapping[str, str]
    kinds: Mapping[str, str]
    marks: Mapping[str, str]
    opaque: tuple[str, ...] = ()
    changed: Mapping[str, CodePlace | None] = field(default_factory=dict)
    loads: Sequence[tuple[str, str, CodePlace]] = ()
    is_dear: bool = False
    modules: Mapping[str, str] = field(default_factory=dict)

    def reading(self, names: Sequence[str], inside: str = "") -> CodePlace | None:
        """The last line that loaded the first of `names` that any did, in the function `inside` if that is given."""
        for name in names:
            for function, loaded, place in reversed(self.loads):
                if loaded == name and inside in ("", function):
                    return place
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """After `step` (0: before the first), what each worker holds. `served` is the worker that took the step.

    `is_before_event`: the workers are about to be replaced by the next step.
    """

    step: int
    held: Mapping[int, Held]
    served: int | None = None


class Watching:
    """Notes a `Moment` after each step; where it `has_lines`, with the lines that changed and loaded something.

    `names` are those of variables in question: with them lines are named even where looking is dear.
    """

    def __init__(self, launcher: Launcher, *, has_lines: bool = False, names: Collection[str] = ()) -> None:
        self._launcher = launcher
        self._watch = {"watch": sorted(names)} if has_lines else {}
        self.has_lines = has_lines
        self._held: dict[int, Held] = {}
        self._step = 0
        self._served: int | None = None
        self._is_over = False
        self.moments: list[Moment] = []

    def emit(self, event: Event) -> None:
        """`recorder.Sink`."""
        match event:
            case RequestSent(step=step, worker=worker):
                self._note()
                self._step, self._served, self._is_over = step, worker, False
            case OutsideChanged(step=step):
                self._note()
                self._step, self._served, self._is_over = step, None, False
            case WorkerExited(wanted=True, step=step) if step is not None:
                self._note()
                self._step, self._served, self._is_over = step, None, False
            case LifecycleChanged(step=step):
                self._step, self._served, self._is_over = step, None, False
                self._note()
            case RequestFailed():
                self._held.clear()
            case RunEnded(reason="done"):  # else a worker may be in the midst of a request
                self._note()

    def ask_all(self) -> Mapping[int, Held]:
        """What the workers that are there now hold."""
        return self._look(self._launcher.workers.values())

    def _note(self) -> None:
        if self._is_over:
            return
        self._is_over = True
        workers = self._launcher.workers
        self._held = {
            number: held for number, held in self._held.items() if number in workers and workers[number].pid == held.pid
        }
        new = [one for number, one in workers.items() if number not in self._held or number == self._served]
        self._held = {**self._held, **self._look(new)}
        self.moments.append(Moment(step=self._step, held=dict(sorted(self._held.items())), served=self._served))

    def _look(self, workers: Iterable[Worker]) -> dict[int, Held]:
        """What each holds that says so. They look at the same time."""
        asked, found = [], {}
        for worker in workers:
            with suppress(OSError):
                worker.look(values=True, **self._watch)
                asked.append(worker)
        for worker in asked:
            with suppress(OSError):
                if (memory := worker.seen()) is not None:
                    found[worker.number] = _held(worker.pid, memory)
        return found


def _held(pid: int, memory: Message) -> Held:
    lines: Mapping[str, Any] = memory.get("lines", {})
    return Held(
        pid=pid,
        values=memory["paths"],
        kinds=memory["kinds"],
        marks=memory["marks"],
        opaque=tuple(memory["opaque"]),
        changed=lines.get("changed", {}),
        loads=lines.get("loads", ()),
        is_dear=lines.get("is_dear", False),
        modules=memory.get("modules", {}),
    )
