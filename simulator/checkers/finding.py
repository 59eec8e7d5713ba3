"""Findings and verdicts: what the checkers say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from simulator.history.operation import Operation, Value


class Verdict(StrEnum):
    """Three values: unknown is never ok."""

    OK = "ok"
    PROBLEM = "problem"
    UNKNOWN = "unknown"


class Anomaly(StrEnum):
    """The names of findings. Slugs of the field; `CODES` holds their short codes."""

    STALE_VALUE = "stale-value"
    LOST_WRITE = "lost-write"
    LEAK = "cross-user-leak"
    LOST_UPDATE = "lost-update"
    FLIP_FLOP = "flip-flop"
    FUTURE = "future-value"
    PHANTOM = "phantom"
    NOT_CONSTANT = "not-constant"
    DUPLICATE = "duplicate"
    FORK = "fork"
    WENT_BACK = "went-back"
    WRONG_ORDER = "wrong-order"
    NOT_LINEARIZABLE = "not-linearizable"
    WORKER_DEPENDENT = "worker-dependent"
    CROSS_USER_INFLUENCE = "cross-user-influence"
    KEPT_IN_PROCESS = "kept-in-process"


CODES: Mapping[Anomaly, str] = {name: f"W{number:03}" for number, name in enumerate(Anomaly, start=1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One anomaly in one history.

    `step`, `user`, `worker` are those of the marked answer (the read or request at which it shows). `expected`
    and `got` are tokens or values; `why` is one sentence in plain words with labels instead of tokens;
    `witnesses` are the operations that prove it, in order. `owner` is whose data it is (leaks: whose token
    was shown). `sub_kind` refines the name ("never seen", "flickers", "late", "vanished" for lost writes;
    "count out of bounds", "same number handed out twice", "two saves of the same base" for lost updates).
    `own_write`: the reader had written it himself. `age_s`: for how long the value had been replaced.
    `experience` tells what it meant to a user ("alice had already seen alice-1, and now it is gone").
    """

    name: Anomaly
    key: str
    step: int
    user: str
    worker: int | None
    expected: Value = None
    got: Value = None
    owner: str | None = None
    why: str = ""
    sub_kind: str = ""
    own_write: bool = False
    same_worker: bool | None = None
    age_s: float | None = None
    witnesses: tuple[Operation, ...] = ()
    experience: str = ""

    @property
    def code(self) -> str:
        return CODES[self.name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What a verdict of one variable is worth: which pairs of workers were exercised.

    `pairs[(w1, w2)]` counts reads on w2 that were obliged to show a write acknowledged on w1; w1 = -1 stands for
    writes from outside the workers. `looks[w]` counts reads of the owner's on a worker on which another user had
    written before (private keys). `writes` are acknowledged changes, `reads` complete reads; `looked` if a read
    did not end before the first acknowledged change began.
    """

    key: str
    of: str | None
    pairs: Mapping[tuple[int, int], int] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    looks: Mapping[int, int] = field(default_factory=dict)
    writes: int = 0
    reads: int = 0
    looked: bool = False
    private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the checkers say of one history. `missing` are the reasons for an unknown, in plain words;
    `undecided` are those of them that no further run of the same story can make up for.

    `causes` names, per key, the coarsest copy model that explains it ("each worker has its own copy").
    `predicted` is, per key, the share of reads that this cause makes go wrong with N workers, or None;
    `observed` is the share that did.
    """

    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    missing: tuple[str, ...] = ()
    causes: Mapping[str, str] = field(default_factory=dict)
    predicted: Mapping[str, float | None] = field(default_factory=dict)
    observed: Mapping[str, float] = field(default_factory=dict)
    undecided: tuple[str, ...] = ()
