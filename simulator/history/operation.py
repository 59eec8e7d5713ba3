"""Operations and histories: what the checkers judge, and nothing else.

Rule: one monotonic clock; an operation's interval [began, ended] encloses the work. `a` comes before `b` only
if a's effective end is smaller than b's beginning: equal times are concurrent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from simulator.story.keys import Key

WORLD = "world"
"""The outside source (a file, a table, the clock), a user like any other."""

Value: TypeAlias = str | int | tuple[str, ...] | None
Worker: TypeAlias = tuple[int, int]
"""Worker number and process id: a worker that was replaced is another worker."""


class Kind(StrEnum):
    """What a request does to a key."""

    READ = "read"
    WRITE = "write"
    DELETE = "delete"
    ADD = "add"
    REMOVE = "remove"
    INCREMENT = "increment"
    RESET = "reset"
    SHARE = "share"


class Outcome(StrEnum):
    """OK: answered and read to the end. FAIL: certainly not done. INFO: nobody knows; may still take effect."""

    OK = "ok"
    FAIL = "fail"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One request's effect on one key.

    `value`: the token written, added, removed or shared; what a read returned (a tuple of tokens for items,
    a token or None for registers, a number for counters); the amount of an increment. `result` is the number
    that an increment answered with. `of` is whose data it is. `load` numbers the load that the worker runs
    (an index into `History.loads`). `complete`: a read that shows the whole collection. `to`: the user that
    a share names (None: everyone). `step` is the request's number, 0 where unknown.
    """

    user: str
    of: str
    key: str
    kind: Kind
    value: Value
    began: float
    ended: float
    outcome: Outcome = Outcome.OK
    worker: Worker | None = None
    load: int | None = None
    complete: bool = True
    result: int | None = None
    based_on: str | None = None
    to: str | None = None
    step: int = 0

    @property
    def end(self) -> float:
        """The effective end: an operation of unknown outcome may still take effect at any later time."""
        return self.ended if self.outcome is Outcome.OK else math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One request and its answer as bytes see them: which tokens went out with it, and which came back.

    `shown` are tokens anywhere in the answer (status line, headers, body); `sent` are tokens that the user's
    own request carried (none for a redirect that the server composed).
    """

    step: int
    user: str
    worker: Worker | None
    began: float
    ended: float
    sent: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The program text was executed during [began, ended]."""

    began: float
    ended: float


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """All operations of one run, in order of their beginning, with what is needed to judge them.

    `loads` by number. `labels` are the names by which reports show tokens (`alice-1`). `notes` say, in plain
    words, which answers could not be read as declared: what they showed is in no operation.
    """

    keys: Mapping[str, Key]
    operations: tuple[Operation, ...]
    answers: tuple[Answer, ...] = ()
    loads: Mapping[int, Load] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    workers: int = 0
    notes: tuple[str, ...] = ()
