"""Which line of the application changes a variable, and which one reads it: line events, only where asked for.

After each line of the application's own code the variables' marks are compared (`launcher.memory`); the line that
ran in between made the change. A line reads a variable where its bytecode loads one of the variable's names.
Templates have lines too (`launcher.templates`). Runs inside the application's process.

Rule: a change is told with the line during which it happened, or with none; never with a likely one.
"""

from __future__ import annotations

import dis
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any, Final, TypeAlias

from simulator.launcher import templates
from simulator.launcher.line_events import monitor
from simulator.wire import Message

Marks: TypeAlias = Mapping[str, bytes]
Place: TypeAlias = tuple[str, int, str]
"""File, line and function."""

_LOOKING_S: Final = 0.5
"""Of processor time: what the comparisons of one request may take together, however busy the machine is. Then only
lines that load a name are compared.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A variable to watch. `names` are what a line that reads it loads, the surest first; `inside` is the only
    function (by its qualified name) where they count, if that is known."""

    path: str
    names: tuple[str, ...]
    inside: str = ""


@dataclass(slots=True)
class _Step:
    """What was noticed since the last report."""

    changes: list[tuple[str, Place | None]] = field(default_factory=list)
    reads: dict[tuple[str, str], Place] = field(default_factory=dict)
    looked_s: float = 0.0


class Lines:
    """Watches `wishes` from `begin` on. `marks_of` gives their marks now, `owns` says whose file it is."""

    def __init__(self, wishes: Iterable[Wish], *, marks_of: Callable[[], Marks], owns: Callable[[str], bool]) -> None:
        self._wishes = tuple(wishes)
        self._marks_of = marks_of
        self._owns = owns
        self._own: dict[str, bool] = {}
        self._loads: dict[CodeType, Mapping[int, frozenset[str]]] = {}
        self._marks: Marks = {}
        self._at: Place | None = None
        self._was_named = False
        self._is_certain = True
        self._is_monitored = False
        self._step = _Step()
        self._lock = threading.RLock()

    def begin(self) -> None:
        """From now on every line of the application's code is noticed."""
        self._marks = self._marks_of()
        self._is_monitored = sys.version_info >= (3, 12) and monitor(self)
        if not self._is_monitored:
            threading.settrace(self._trace)
            sys.settrace(self._trace)

    def pause(self) -> None:
        """Not in this thread, until `go_on`: what runs is a look of ours, and tracing takes far longer than it."""
        sys.settrace(None)

    def go_on(self) -> None:
        """After `pause`."""
        if not self._is_monitored:
            sys.settrace(self._trace)

    def report(self) -> Message:
        """What changed and what was read since the last report: `changed` by path (the last line, or None), `read`."""
        with self._lock:
            self._compare()
            self._at = None
            step, self._step = self._step, _Step()
        changed: dict[str, Place | None] = {}
        for path, place in step.changes:
            if place is not None or path not in changed:
                changed[path] = place
        return {"changed": changed, "read": {wish.path: self._read(step, wish) for wish in self._wishes}}

    def is_own(self, code: CodeType) -> bool:
        """Was this code written by the application's authors?"""
        file = code.co_filename
        if file not in self._own:
            path = os.path.abspath(file)
            self._own[file] = self._owns(path) and not file.startswith("<") and os.path.isfile(path)
        return self._own[file]

    def at(self, frame: FrameType, line: int) -> None:
        """`line` of `frame` is about to run, or goes on."""
        with self._lock:
            is_named = self._note_reads(frame, line)
            if is_named or self._was_named or self._step.looked_s < _LOOKING_S:
                self._compare()
            else:
                self._is_certain = False
            self._at = _place(frame, line)
            self._was_named = is_named

    def node(self, frame: FrameType) -> bool:
        """Is `frame` about to render a node of a Django template? It then reads what its line mentions."""
        if not templates.is_node(frame.f_code):
            return False
        found = templates.line_of_node(frame)
        if found is not None and self._owns(found[0]):
            with self._lock:
                for wish in self._wishes:
                    for name in found[2].intersection(wish.names):
                        self._step.reads[wish.path, name] = (found[0], found[1], "")
        return True

    def left(self, frame: FrameType) -> None:
        """`frame` is about to be left: what called it goes on, where that is the application's own."""
        with self._lock:
            outer = frame.f_back
            while outer is not None and not self.is_own(outer.f_code):
                outer = outer.f_back
            is_named = outer is not None and any(self._named(outer.f_code, outer.f_lineno))
            if is_named or self._was_named or self._step.looked_s < _LOOKING_S:
                self._compare()
            else:
                self._is_certain = False
            self._was_named = is_named
            self._at = _place(outer, outer.f_lineno) if outer else None

    def _compare(self) -> None:
        began = time.thread_time()
        now = self._marks_of()
        for wish in self._wishes:
            if now.get(wish.path) != self._marks.get(wish.path):
                self._step.changes.append((wish.path, self._at if self._is_certain else None))
        self._marks = now
        self._is_certain = True
        self._step.looked_s += time.thread_time() - began

    def _note_reads(self, frame: FrameType, line: int) -> bool:
        is_named = False
        for path, name in self._named(frame.f_code, line):
            template = templates.line_of(frame, line)
            if template is None or name in template[2]:
                self._step.reads[path, name] = _place(frame, line)
            is_named = True
        return is_named

    def _named(self, code: CodeType, line: int) -> Iterator[tuple[str, str]]:
        """The variables, and by which name, that `line` loads."""
        loads = self._loads.get(code)
        if loads is None:
            loads = self._loads[code] = loads_of(code)
        loaded = loads.get(line, frozenset())
        for wish in self._wishes:
            if not wish.inside or wish.inside == code.co_qualname:
                yield from ((wish.path, name) for name in loaded.intersection(wish.names))

    def _read(self, step: _Step, wish: Wish) -> Place | None:
        return next((step.reads[wish.path, name] for name in wish.names if (wish.path, name) in step.reads), None)

    def _trace(self, frame: FrameType, event: str, _: Any) -> Any:
        """For `sys.settrace`."""
        if self.node(frame) or not self.is_own(frame.f_code):
            return None
        if event == "return":
            self.left(frame)
        elif event != "exception":
            self.at(frame, frame.f_lineno)
        return self._trace


def _place(frame: FrameType, line: int) -> Place:
    template = templates.line_of(frame, line)
    code = frame.f_code
    return (code.co_filename, line, code.co_qualname) if template is None else (template[0], template[1], "")


def loads_of(code: CodeType) -> Mapping[int, frozenset[str]]:
    """line -> the names that are loaded on it: of variables and attributes, and texts (keys of dictionaries)."""
    found: dict[int, set[str]] = {}
    line = code.co_firstlineno
    for instruction in dis.get_instructions(code):
        positions = instruction.positions
        line = positions.lineno if positions is not None and positions.lineno is not None else line
        if instruction.opname.startswith("LOAD_"):
            names = instruction.argval if isinstance(instruction.argval, tuple) else (instruction.argval,)
            found.setdefault(line, set()).update(name for name in names if isinstance(name, str))
    return {number: frozenset(names) for number, names in found.items()}
