"""What a worker remembers from before a write where no value in question shows it: a function's empty result.

The marked request is put once more, to a fresh worker in the place of the one that answered. Rule: only what a function
is remembered to have returned can be named (`functools.lru_cache`), where the fresh worker remembers the missing value
for the same arguments, and the marked one had something else from an earlier request. Any other variable may as well
have been set by the wrong answer as have led to it: with equal values before and after, looks cannot tell.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

from simulator.errors import AppError, OrderError
from simulator.explore.difference import Comparison, Pair, Suspect, suspects
from simulator.runner.examples import Proof
from simulator.runner.trials import Trials
from simulator.runner.watching import Held, Moment, Watching
from simulator.story.schedule import Action, Lifecycle

_CALL: Final = re.compile(r"[\w.]+\(.*\)", re.DOTALL)
"""The path of a remembered result: the function with its arguments."""


def kept(proof: Proof, moments: Sequence[Moment], tokens: Collection[str], player: Trials) -> tuple[Suspect, ...]:
    """The results that the marked worker has remembered too long, by one more replay of the order."""
    step, worker = proof.finding.step, proof.finding.worker or 0
    looks = {moment.step: moment.held.get(worker) for moment in moments}
    before, after = looks.get(step - 1), looks.get(step)
    if before is None or after is None or before.pid != after.pid or len(proof.schedule.turns) != step:
        return ()
    start = next(held for held in looks.values() if held is not None and held.pid == after.pid)
    if (fresh := _fresh(proof, worker, player)) is None:
        return ()
    pair = Pair(comparison=Comparison.KEPT, step=0, one=after, other=fresh)
    return tuple(
        one
        for one in suspects(pair, moments, tokens)
        if one.kind == "cache" and _CALL.fullmatch(one.path) and one.holds_token
        if start.marks.get(one.path) != before.marks.get(one.path) == after.marks.get(one.path)
    )


def _fresh(proof: Proof, worker: int, player: Trials) -> Held | None:
    """What a fresh worker holds that has answered the marked request."""
    *earlier, marked = proof.schedule.turns
    turns = (*earlier, Lifecycle(action=Action.RECYCLE, worker=worker), marked)
    watching = Watching(player.stage.launcher)
    with suppress(OrderError, AppError):
        player.one(replace(proof.schedule, turns=turns), proof.extent, watcher=watching, is_recorded=False)
    last = watching.moments[-1] if watching.moments else None
    return last.held.get(worker) if last is not None and last.served == worker else None
