"""One step at a time, forwards and backwards, with a guess before each answer.

Rule: where nobody can be asked (stdin has ended), the rest is shown without asking.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from typing import TextIO

from simulator.commands.console import Console
from simulator.reports import replay
from simulator.reports.predict import Question, question
from simulator.result import ShownStep

KEYS = "Enter = next, b = back, q = quit"


class _Move(Enum):
    NEXT = auto()
    BACK = auto()
    QUIT = auto()


class Stepper:
    """Shows `steps` on a console and reads what the person types from `keys`."""

    def __init__(self, steps: Sequence[ShownStep], console: Console, keys: TextIO) -> None:
        self._steps = steps
        self._console = console
        self._keys = keys
        self._has_ended = False

    def run(self) -> None:
        """Until the last step, or until the person has had enough."""
        index = 0
        while index < len(self._steps):
            move = self._step(index)
            if move is _Move.QUIT:
                return
            index = max(index - 1, 0) if move is _Move.BACK else index + 1

    def _step(self, index: int) -> _Move:
        style = self._console.style
        self._console.show(replay.asked(self._steps, index, style))
        asking = question(self._steps, index)
        if asking is not None and not self._has_ended:
            self._console.show(replay.predicted(self._steps, index, style))
            typed = self._typed("   > ")
            if typed in ("b", "q"):
                return _move(typed)
            self._console.show(_remark(asking, typed))
        self._console.show(replay.answered(self._steps, index, style))
        if index + 1 == len(self._steps) or self._has_ended:
            self._console.show("\n" if index + 1 < len(self._steps) else "")
            return _Move.NEXT
        return _move(self._typed(f"{KEYS} > "))

    def _typed(self, prompt: str) -> str:
        """One line, lower case; "" for Enter and where stdin has ended."""
        self._console.out.write(prompt)
        self._console.out.flush()
        line = self._keys.readline()
        self._has_ended = not line
        if not line or not self._keys.isatty():
            self._console.out.write("\n")
        return line.strip().lower()


def _move(typed: str) -> _Move:
    return {"b": _Move.BACK, "q": _Move.QUIT}.get(typed, _Move.NEXT)


def _remark(asking: Question, typed: str) -> str:
    if not typed.isdigit():
        return ""
    return "   right" if int(typed) - 1 == asking.right else "   no:"
