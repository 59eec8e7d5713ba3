"""Which variables differ, and which of them is to blame: from what workers held, and nothing else.

Five comparisons: *copies*: what the worker that was told held, and what the one that answered held; *steps*: one
worker before and after another user's step; *loads*: a worker, and one that is loaded now; *kept*: a worker, and a
fresh one that was asked the same (`explore.kept`); *each load*: a worker, and one of another load, both still fresh.
Rule: what is only likely is not named: where several variables fit equally well, all of them are told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from simulator.runner.watching import Held, Moment
from simulator.story.tokens import tokens_in

_SURROUNDINGS = ("environment", "library", "context variable")
_NOISE = ("logging levels", ", expiry)")


class Comparison(StrEnum):
    """What was compared."""

    COPIES = "copies"
    STEPS = "steps"
    LOADS = "loads"
    EACH_LOAD = "each load"
    KEPT = "kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two looks that should agree, or of which the second should not hold what `teller` brought.

    `step` is the one whose effect is looked for (0: the load). `changed` are the paths that it changed.
    """

    comparison: Comparison
    step: int
    one: Held
    other: Held
    changed: frozenset[str] = frozenset()

    @property
    def differing(self) -> frozenset[str]:
        """The paths whose values are not the same on both sides."""
        return differing(self.one, self.other)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A variable that differs. `rank`: smaller is surer; equal ranks cannot be told apart.

    `holds_token`: one side holds the value that is missing, old or somebody else's, and the other does not.
    """

    path: str
    kind: str
    pair: Pair
    holds_token: bool
    is_changed: bool
    changed_at: int

    @property
    def rank(self) -> tuple[bool, bool, int, int]:
        foreign = 2 if self.path.endswith(_NOISE) else int(self.kind in _SURROUNDINGS)
        return (not self.holds_token, not self.is_changed, foreign, -self.changed_at)


def differing(one: Held, other: Held) -> frozenset[str]:
    """The paths whose marks are not the same in both looks."""
    return frozenset(
        path for path in one.marks.keys() | other.marks.keys() if one.marks.get(path) != other.marks.get(path)
    )


def pairs(moments: Sequence[Moment], *, step: int, worker: int, sources: Sequence[int]) -> Iterator[Pair]:
    """What to compare to explain the answer of `worker` in `step`, the most telling first.

    `sources` are the steps that sent the value in question; without any, all earlier steps are looked at.
    """
    before = _before(moments, step)
    if before is None or (held := before.held.get(worker)) is None:
        return
    earlier = [moment for moment in moments if moment.step < step and moment.served is not None]
    told = [moment for moment in earlier if moment.step in sources] or list(reversed(earlier))
    own = [moment for moment in moments if moment.step == step and moment.served == worker and step in sources]
    for moment in told:
        assert moment.served is not None
        after = moment.held.get(moment.served)
        previous = _before(moments, moment.step)
        was = previous.held.get(moment.served) if previous is not None else None
        if after is None or was is None or was.pid != after.pid:
            continue
        changed = differing(was, after)
        if after.pid == held.pid:
            yield Pair(comparison=Comparison.STEPS, step=moment.step, one=after, other=was, changed=changed)
        else:
            yield Pair(comparison=Comparison.COPIES, step=moment.step, one=after, other=held, changed=changed)
    for moment in own:
        yield Pair(comparison=Comparison.STEPS, step=step, one=moment.held[worker], other=held)


def load_pair(moments: Sequence[Moment], *, step: int, worker: int, fresh: Held) -> Pair | None:
    """`worker` after `step` beside a worker that is loaded now: what differs was fixed when the first was loaded,
    or kept since."""
    now = next((moment for moment in moments if moment.step == step), None)
    if now is None or worker not in now.held:
        return None
    held = now.held[worker]
    start = moments[0].held.get(worker, held)
    changed = differing(start, fresh) | (differing(start, held) & differing(held, fresh))
    return Pair(comparison=Comparison.LOADS, step=0, one=held, other=fresh, changed=frozenset(changed))


def other_load(moments: Sequence[Moment], *, step: int, worker: int) -> Pair | None:
    """`worker` before `step` beside a process that differed when both were first seen: what each load makes anew."""
    before = _before(moments, step)
    first: dict[int, Held] = {}
    for moment in moments:
        for held in moment.held.values():
            first.setdefault(held.pid, held)
    if before is None or worker not in before.held:
        return None
    one = first.pop(before.held[worker].pid)
    other = next((held for held in first.values() if differing(one, held)), None)
    if other is None:
        return None
    return Pair(comparison=Comparison.EACH_LOAD, step=0, one=one, other=other, changed=differing(one, other))


def suspects(pair: Pair, moments: Sequence[Moment], tokens: Collection[str]) -> tuple[Suspect, ...]:
    """The variables that differ in `pair`, the surest first. `tokens` are the values in question."""
    found = []
    for path in pair.differing:
        kind = pair.one.kinds.get(path) or pair.other.kinds.get(path, "")
        sides = [set(tokens_in(held.values.get(path, ""))) & set(tokens) for held in (pair.one, pair.other)]
        found.append(
            Suspect(
                path=path,
                kind=kind,
                pair=pair,
                holds_token=sides[0] != sides[1],
                is_changed=path in pair.changed,
                changed_at=_changed_at(path, moments),
            )
        )
    return tuple(sorted(found, key=lambda one: (one.rank, one.path)))


def surest(ranked: Sequence[Suspect]) -> tuple[Suspect, ...]:
    """Those that nothing is surer than; of two, one of which is a part of the other, only the part."""
    first = [one for one in ranked if one.rank == ranked[0].rank]
    return tuple(
        one for one in first if not any(other.path != one.path and other.path.startswith(one.path) for other in first)
    )


def _before(moments: Sequence[Moment], step: int) -> Moment | None:
    """The last moment before `step`; where workers were replaced, that after the replacement."""
    return next((moment for moment in reversed(moments) if moment.step < step), None)


def _changed_at(path: str, moments: Sequence[Moment]) -> int:
    """The last step that changed `path` on the worker that took it; 0 for none."""
    for before, after in zip(reversed(moments[:-1]), reversed(moments[1:]), strict=True):
        if after.served is None or after.served not in before.held or after.served not in after.held:
            continue
        if before.held[after.served].marks.get(path) != after.held[after.served].marks.get(path):
            return after.step
    return 0
