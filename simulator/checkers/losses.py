"""Lost items in words: never seen, flickers, late, vanished.

Rule: the sub-kind comes from all reads that had to show the item and those that did, in order of time. The
sentence names who added it, where, and which answers show it and which do not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from simulator.checkers.finding import Anomaly, Finding
from simulator.checkers.lives import Life
from simulator.checkers.variable import Variable, shown
from simulator.checkers.words import Words, number
from simulator.history.operation import Operation

MOST_PER_ITEM = 10
"""So many answers are marked for one lost item; an application that loses everything loses it in each answer."""


class Loss(NamedTuple):
    """A complete read that leaves out an item that was certainly in."""

    life: Life
    read: Operation


class Story(NamedTuple):
    """What became of one lost item, for the sentence."""

    sub_kind: str
    tail: str


def findings_of(variable: Variable, words: Words, losses: Sequence[Loss]) -> Iterator[Finding]:
    """One finding for each answer that misses an item, the first `MOST_PER_ITEM` of each."""
    missed: dict[str, list[Loss]] = defaultdict(list)
    for loss in losses:
        missed[loss.life.item].append(loss)
    seen: dict[str, list[Operation]] = defaultdict(list)
    for read in variable.reads if missed else ():
        for item in missed.keys() & set(shown(read)):
            seen[item].append(read)
    for item, ones in missed.items():
        story = _story([one.read for one in ones], seen[item])
        own = any(one.read.user == ones[0].life.add.user for one in ones)
        for loss in ones[:MOST_PER_ITEM]:
            yield _finding(variable, words, loss, story, own)


def _story(missed: Sequence[Operation], seen: Sequence[Operation]) -> Story:
    if not seen:
        return Story("never seen", "; no answer ever showed it")
    order = sorted([(r.began, True, r) for r in seen] + [(r.began, False, r) for r in missed], key=lambda e: e[:2])
    changes = sum(a[1] != b[1] for a, b in pairwise(order))
    there = {number(r) for r in seen}
    apart = not there & {number(r) for r in missed}
    last_seen, first_missed = max(seen, key=lambda r: r.began), min(missed, key=lambda r: r.began)
    if changes == 1 and order[0][1]:
        reloaded = last_seen.load != first_missed.load
        if reloaded or not apart:
            return Story("vanished", "; it was there before" + (" the reload" if reloaded else ""))
    elif changes == 1 and not apart:
        return Story("late", f"; it came {min(r.ended for r in seen) - first_missed.began:.3g} s later")
    numbers = sorted(one for one in there if one is not None)
    shows = " and ".join(f"worker {one}" for one in numbers) if apart and numbers else "another answer"
    return Story("flickers", f"; {shows} {'show' if apart and len(numbers) > 1 else 'shows'} it")


def _finding(variable: Variable, words: Words, loss: Loss, story: Story, own: bool) -> Finding:
    life, read = loss
    seen = (life.first,) if life.first is not None and life.first is not read else ()
    return variable.finding(
        Anomaly.LOST_WRITE,
        read,
        expected=life.item,
        got=read.value,
        why=f"{words.value(life.item)} is missing: {words.who(life.add)} added it{words.where(life.add)}, and "
        f"{words.answer(read)} does not show it{story.tail}",
        sub_kind=story.sub_kind,
        own_write=own,
        same_worker=life.add.worker == read.worker if life.add.worker and read.worker else None,
        witnesses=(life.add, *seen, read),
    )
