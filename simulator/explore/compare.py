"""Judges a story that declares nothing, by comparing worlds: same order, same tokens, stores put back.

*One worker* is what the development server shows: an answer that differs from it depends on the routing. With one
worker, an answer that a reload before the step changes is kept in the process, and one that differs from what the
user would see *alone* carries what only others' steps put there.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import dataclass, replace

from simulator.checkers.compared import compared
from simulator.checkers.finding import Anomaly, Finding
from simulator.checkers.meaning import Meaning
from simulator.explore.graph import Memory, Move, Next, Stores
from simulator.explore.heard import Heard, Unexplorable
from simulator.explore.machine import ForkedMachine
from simulator.explore.monitor import Way
from simulator.explore.scripts import Scripts
from simulator.story.schedule import Action, Lifecycle


@dataclass(frozen=True, slots=True)
class _Single:
    """A world with one worker, in which the story goes on beside the one that is judged."""

    programs: Hashable
    memory: Memory
    stores: Stores
    fresh: Memory


@dataclass(frozen=True, slots=True)
class _Seen:
    """`one`: one worker, same order. `alone`: for each user, one worker and nobody else (1 worker only).

    `shown`: what each request has answered so far with one worker, to know an old answer again.
    """

    one: _Single
    alone: tuple[_Single, ...] = ()
    shown: frozenset[tuple[bytes, Meaning]] = frozenset()


class Comparison:
    """The monitor of a story without keys. With `workers` 1 it looks for what a reload or other users change."""

    def __init__(self, machine: ForkedMachine, scripts: Scripts, *, workers: int) -> None:
        self._machine = machine
        self._scripts = scripts
        self._workers = workers

    def start(self) -> Hashable:
        """All worlds begin alike."""
        crew = self._machine.start(1)
        single = _Single(self._scripts.start(), crew.memories[0], crew.stores, crew.fresh)
        return _Seen(single, (single,) * len(self._scripts.users) if self._workers == 1 else ())

    def step(self, way: Way, move: Move, answer: Heard | None, seen: Hashable) -> tuple[Hashable, tuple[Finding, ...]]:
        """What the compared worlds are after this step, and in what its answer differs from theirs."""
        assert isinstance(seen, _Seen)
        if move.user is None:
            return seen, ()
        step = len(way) + 1
        after, expected = self._moved(seen.one, move.user, step)
        alone = list(seen.alone)
        if answer is None or answer.reply is None or expected is None:
            alone = [self._moved(one, move.user, step)[0] if one else one for one in alone]
            return replace(seen, one=after, alone=tuple(alone)), ()
        request = self._scripts.request(move.user, seen.one.programs)
        wanted = expected.sense
        found: list[Finding | None] = []
        if self._workers > 1:
            earlier = {shown for asked, shown in seen.shown if asked == request}
            found.append(self._compared(Anomaly.WORKER_DEPENDENT, move.user, step, wanted, answer, earlier))
        else:
            found.append(self._kept(seen.one, move.user, step, wanted))
            alone[move.user], by_himself = self._moved(alone[move.user], move.user, step)
            if by_himself is not None and by_himself.reply is not None:
                mine = by_himself.sense
                found.append(self._compared(Anomaly.CROSS_USER_INFLUENCE, move.user, step, mine, answer))
        shown = seen.shown | {(request, wanted)}
        return _Seen(after, tuple(alone), shown), tuple(one for one in found if one is not None)

    def _moved(self, single: _Single, user: int, step: int) -> tuple[_Single, Heard | None]:
        """The world after `user`'s next step in it, and the answer (None for anything but a request)."""
        kind = dict(self._scripts.able(single.programs)).get(user)
        match kind:
            case Next.REQUEST:
                served = self._machine.serve(
                    memory=single.memory, stores=single.stores, user=user, programs=single.programs, step=step
                )
                programs = self._scripts.after(user, single.programs, served.answer)
                return replace(single, programs=programs, memory=served.memory, stores=served.stores), served.answer
            case Next.CHANGE:
                heard, stores = self._machine.change(
                    stores=single.stores, user=user, programs=single.programs, step=step
                )
                programs = self._scripts.after(user, single.programs, heard)
                return replace(single, programs=programs, stores=stores), None
            case Lifecycle(action=action, worker=worker):
                return self._acted(single, user, action, worker), None
        return single, None

    def _acted(self, single: _Single, user: int, action: Action, worker: int | None) -> _Single:
        """What the operator does to the one worker; others do not exist."""
        programs = self._scripts.after(user, single.programs, None)
        if worker not in (None, 1):
            return replace(single, programs=programs)
        if action is Action.KILL:
            raise Unexplorable("the story kills the only worker")
        if action is Action.RECYCLE:
            memory, stores = self._machine.recycle(single.fresh, single.stores)
            return replace(single, programs=programs, memory=memory, stores=stores)
        crew = self._machine.reload(1, single.stores)
        return _Single(programs, crew.memories[0], crew.stores, crew.fresh)

    def _kept(self, before: _Single, user: int, step: int, wanted: Meaning) -> Finding | None:
        """Does a reload just before the step change its answer?"""
        crew = self._machine.reload(1, before.stores)
        _, heard = self._moved(_Single(before.programs, crew.memories[0], crew.stores, crew.fresh), user, step)
        return self._compared(Anomaly.KEPT_IN_PROCESS, user, step, wanted, heard)

    def _compared(
        self,
        name: Anomaly,
        user: int,
        step: int,
        wanted: Meaning,
        heard: Heard | None,
        earlier: Collection[Meaning] = (),
    ) -> Finding | None:
        if heard is None:
            return None
        return compared(
            name, step=step, user=self._scripts.users[user], wanted=wanted, got=heard.sense, earlier=earlier
        )
