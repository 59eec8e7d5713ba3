"""The world and the operator: users that change what is outside the workers, or the workers themselves."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, MutableMapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Unpack

from simulator.errors import StoryError
from simulator.events import Effect
from simulator.history.operation import WORLD
from simulator.story.line import Line, RunSql, Wait, WriteFile
from simulator.story.schedule import Action, Lifecycle
from simulator.story.tokens import token
from simulator.users.declared import Declarations, effects_of
from simulator.users.gate import rest, wait
from simulator.users.pending import PendingChange, PendingLifecycle

_LOCK_PATIENCE_S = 5.0
_TEXT_SHOWN = 60


class World:
    """Writes files and tables beside the application; paths are relative to `cwd`. `waits(seconds)` lets time pass."""

    name = WORLD

    def __init__(self, cwd: Path, *, waits: Callable[[float], None], seed: int = 0) -> None:
        self._cwd = cwd
        self._waits = waits
        self._seed = seed
        self._tokens = 0

    def token(self) -> str:
        """A fresh value that nobody else has."""
        self._tokens += 1
        return token(seed=self._seed, user=self.name, counter=self._tokens)

    def write(self, file: str, text: str, **said: Unpack[Declarations]) -> None:
        """Replace what `file` holds by `text`."""
        self.change(_writes(file, text), lambda: self._write(file, text), effects_of(said))

    def sql(self, file: str, statement: str, **said: Unpack[Declarations]) -> None:
        """Run `statement` on the SQLite file `file`, and commit."""
        self.change(f"sql {file} {statement}", lambda: self._sql(file, statement), effects_of(said))

    def wait(self, seconds: float) -> None:
        """Let `seconds` go by."""
        self.change(f"wait {seconds:g}s", lambda: self._waits(seconds), (), wait_s=seconds)

    def change(self, what: str, act: Callable[[], None], effects: tuple[Effect, ...], *, wait_s: float = 0.0) -> None:
        """Carry out `act`, which may let `wait_s` seconds go by, when the turn comes."""
        wait(PendingChange(what=what, effects=effects, act=act, wait_s=wait_s))

    def take(self, line: Line) -> None:
        """Take a line of a text story."""
        match line.act:
            case WriteFile(file=file, text=text):
                self.change(_writes(file, text), lambda: self._write(file, text), line.effects)
            case RunSql(file=file, statement=statement):
                self.change(f"sql {file} {statement}", lambda: self._sql(file, statement), line.effects)
            case Wait(wait_s=seconds):
                self.wait(seconds)

    def _write(self, file: str, text: str) -> None:
        try:
            (self._cwd / file).write_text(text, encoding="utf-8")
        except OSError as error:
            raise StoryError(f"the world cannot write {file}", why=(error.strerror or str(error),)) from None

    def _sql(self, file: str, statement: str) -> None:
        path = self._cwd / file
        if not path.exists():
            raise StoryError(f"the world finds no database {file}", do=("Its path is relative to the application's.",))
        try:
            with closing(sqlite3.connect(path, timeout=_LOCK_PATIENCE_S)) as database, database:
                database.execute(statement)
        except sqlite3.Error as error:
            raise StoryError(f"the world cannot change {file}", why=(statement, str(error))) from None


def _writes(file: str, text: str) -> str:
    """What is written, as far as it fits on a line."""
    words = " ".join(text.split())
    return f"write {file} {words if len(words) <= _TEXT_SHOWN else words[:_TEXT_SHOWN] + '...'}".rstrip()


class Operator:
    """Asks the runner to reload the application, or to recycle or kill a worker."""

    name = "operator"

    def reload(self) -> None:
        """A new load, and new workers."""
        self.do(Lifecycle(action=Action.RELOAD))

    def recycle(self, worker: int) -> None:
        """A fresh process in place of `worker`."""
        self.do(Lifecycle(action=Action.RECYCLE, worker=worker))

    def kill(self, worker: int) -> None:
        """No process in place of `worker`."""
        self.do(Lifecycle(action=Action.KILL, worker=worker))

    def do(self, event: Lifecycle) -> None:
        """Have `event` happen when the turn comes."""
        wait(PendingLifecycle(action=event.action, worker=event.worker))


def play_world(world: World, lines: Sequence[Line], *, seed: int, kept: MutableMapping[str, str]) -> None:
    """Take the world's lines of a text story."""
    for line in lines:
        world.take(line.filled(seed=seed, kept=kept))
        rest()


def play_operator(operator: Operator, lines: Sequence[Line]) -> None:
    """Take the operator's lines of a text story."""
    for line in lines:
        if isinstance(line.act, Lifecycle):
            operator.do(line.act)
