"""Which line of the application changes a variable, and which one loads a name: line events, only where asked for.

After each line of the application's own code the variables' marks are compared (`launcher.memory`); the line that
ran in between made the change. A line reads a variable where its bytecode loads one of the variable's names; which
those are is known afterwards, so all that are loaded are told.
Templates have lines too (`launcher.templates`). Runs inside the application's process.

Rule: a change is told with the line during which it happened, or with none; never with a likely one.
"""

from __future__ import annotations

import dis
import os
import sys
import threading
import time
from collections.abc import Callable, Collection, Mapping
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
lines that load one of the given names are compared.
"""
_LONGEST_NAME: Final = 80


@dataclass(slots=True)
class _Step:
    """What was noticed since the last report. `loads`: by function and name the last line, the latest at the end."""

    changes: list[tuple[str, Place | None]] = field(default_factory=list)
    loads: dict[tuple[str, str], Place] = field(default_factory=dict)
    looked_s: float = 0.0

    @property
    def is_dear(self) -> bool:
        """Has looking taken its time?"""
        return self.looked_s >= _LOOKING_S


class Lines:
    """Watches every line from `begin` on. `marks_of` gives the variables' marks now, `owns` says whose file it is.

    `names` are those by which the variables in question are loaded, as far as they are known.
    """

    def __init__(
        self, names: Collection[str] = (), *, marks_of: Callable[[], Marks], owns: Callable[[str], bool]
    ) -> None:
        self._names = frozenset(names)
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
        """What was noticed since the last report.

        `changed` is by path the last line that changed it (None: none of these, or nobody knows which); `loads` lists
        function, name and the last line there that loaded it, the latest at the end; `is_dear`: there was not time to
        look after each line.
        """
        with self._lock:
            self._compare()
            self._at = None
            step, self._step = self._step, _Step()
        changed: dict[str, Place | None] = {}
        for path, place in step.changes:
            if place is not None or path not in changed:
                changed[path] = place
        loads = [(function, name, place) for (function, name), place in step.loads.items()]
        return {"changed": changed, "loads": loads, "is_dear": step.is_dear}

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
            place = self._note_loads(frame, line)
            self._passed(frame, line, place)

    def node(self, frame: FrameType) -> bool:
        """Is `frame` about to render a node of a Django template? It then reads what its line mentions."""
        if not templates.is_node(frame.f_code):
            return False
        found = templates.line_of_node(frame)
        if found is not None and self._owns(found[0]):
            with self._lock:
                for name in found[2]:
                    self._note_load("", name, (found[0], found[1], ""))
        return True

    def left(self, frame: FrameType) -> None:
        """`frame` is about to be left: what called it goes on, where that is the application's own."""
        with self._lock:
            outer = frame.f_back
            while outer is not None and not self.is_own(outer.f_code):
                outer = outer.f_back
            line = outer.f_lineno if outer is not None else 0
            place = _place(outer, line, templates.line_of(outer, line)) if outer is not None else None
            self._passed(outer, line, place)

    def _passed(self, frame: FrameType | None, line: int, place: Place | None) -> None:
        """Whatever ran before `line` of `frame` (None: code that is not the application's) has run."""
        is_named = frame is not None and not self._names.isdisjoint(self._loads_at(frame.f_code, line))
        if is_named or self._was_named or not self._step.is_dear:
            self._compare()
        else:
            self._is_certain = False
        self._at = place
        self._was_named = is_named

    def _compare(self) -> None:
        began = time.thread_time()
        now, before = self._marks_of(), self._marks
        place = self._at if self._is_certain else None
        self._step.changes += (
            (path, place) for path in now.keys() | before.keys() if now.get(path) != before.get(path)
        )
        self._marks = now
        self._is_certain = True
        self._step.looked_s += time.thread_time() - began

    def _note_loads(self, frame: FrameType, line: int) -> Place:
        """Where that is."""
        names, template = self._loads_at(frame.f_code, line), templates.line_of(frame, line)
        place = _place(frame, line, template)
        for name in names if template is None else names & template[2]:
            self._note_load(frame.f_code.co_qualname, name, place)
        return place

    def _note_load(self, function: str, name: str, place: Place) -> None:
        self._step.loads.pop((function, name), None)
        self._step.loads[function, name] = place

    def _loads_at(self, code: CodeType, line: int) -> frozenset[str]:
        """The names that `line` loads."""
        if code not in self._loads:
            self._loads[code] = loads_of(code)
        return self._loads[code].get(line, frozenset())

    def _trace(self, frame: FrameType, event: str, _: Any) -> Any:
        """For `sys.settrace`."""
        if self.node(frame) or not self.is_own(frame.f_code):
            return None
        if event == "return":
            self.left(frame)
        elif event != "exception":
            self.at(frame, frame.f_lineno)
        return self._trace


def _place(frame: FrameType, line: int, template: templates.Line | None) -> Place:
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
            texts = (name for name in names if isinstance(name, str) and len(name) <= _LONGEST_NAME)
            found.setdefault(line, set()).update(texts)
    return {number: frozenset(names) for number, names in found.items()}
