"""The users' programs as functions of the answers so far: run against remembered answers, never sent.

Rule: two places are one if every further request of the user would be the same. A text story's future depends on
its line, the cookies, the last forms and the kept `$names`; a Python program's on all answers it has read.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from simulator.explore.graph import Next
from simulator.explore.heard import Heard, Unexplorable
from simulator.explore.standing import Standing
from simulator.history.operation import Value
from simulator.proxy.call import Reply
from simulator.runner.looks import Look, look_of
from simulator.story.schedule import Lifecycle
from simulator.story.story import Story
from simulator.users.actor import Actor
from simulator.users.cast import OPERATOR, Cast
from simulator.users.pending import Pending, PendingChange, PendingLifecycle, PendingRequest

Kept = tuple[tuple[str, str], ...]
Said = tuple[tuple[str, Value], ...]
"""What the story's own code said about an answer: keys and values."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where everyone is: a place number for each user, and the `$names` that were kept so far."""

    users: tuple[int, ...]
    kept: Kept = ()


@dataclass(frozen=True, slots=True)
class _Place:
    """One user's place: what he has read, how many lines he has begun, and whether one is under way.

    `waited_s`: for how long he has let time go by.
    """

    user: int
    answers: tuple[Reply | None, ...]
    begun: int
    is_under_way: bool
    is_over: bool
    waited_s: float = 0.0


class Scripts:
    """The programs of `story`; the world's files are relative to `cwd`."""

    def __init__(self, story: Story, *, cwd: Path, seed: int) -> None:
        self.users = story.users
        self._story = story
        self._cwd = cwd
        self._seed = seed
        self._places: list[_Place] = []
        self._numbers: dict[Hashable, int] = {}
        self._pending: dict[tuple[int, Kept], Pending | None] = {}
        self._after: dict[tuple[int, Kept, Heard | None], tuple[int, Kept]] = {}
        self._looks: dict[tuple[int, Kept], tuple[PendingRequest, ...]] = {}
        self._told: dict[tuple[int, Kept, Heard | None], Said] = {}
        self._saying: list[tuple[str, Value]] = []
        self._standing = Standing()
        steps = story.steps or {}
        self._lines = tuple(steps.get(user, -1) for user in story.users)
        users = {user: at for at, user in enumerate(story.users)}
        self._needs = {
            (users[user], line): tuple((users[other], before) for other, before in others)
            for (user, line), others in story.needs.items()
        }

    def start(self) -> Places:
        """Everyone before the first step."""
        return Places(
            tuple(
                self._number((user, "start"), _Place(user, (), 0, False, self._lines[user] == 0))
                for user in range(len(self._story.users))
            )
        )

    @property
    def names_workers(self) -> bool:
        """May the operator act on a certain worker?"""
        acts = [line.act for line in self._story.lines_of(OPERATOR)]
        return any(isinstance(act, Lifecycle) and act.worker is not None for act in acts) or (
            not self._story.is_text and OPERATOR in self.users
        )

    def able(self, programs: Hashable) -> Sequence[tuple[int, Next | Lifecycle]]:
        """Who can move, and how."""
        assert isinstance(programs, Places)
        found = []
        for user in range(len(programs.users)):
            if self._is_ready(user, programs) and (pending := self.pending(user, programs)) is not None:
                found.append((user, _kind(pending)))
        return found

    def pending(self, user: int, programs: Hashable) -> Pending | None:
        """What `user` does next; None: his program is over."""
        assert isinstance(programs, Places)
        at = (programs.users[user], programs.kept)
        if at not in self._pending:
            self._pending[at] = self._found(*at)
        return self._pending[at]

    def close(self) -> None:
        """End all programs. They are run again where more is asked."""
        self._standing.close()

    def _found(self, number: int, kept: Kept) -> Pending | None:
        place = self._places[number]
        if place.is_over:
            return None
        cast = self._cast_at(number, kept)
        pending = cast.actors[self.users[place.user]].pending
        self._standing.keep((number, kept), cast)
        return pending

    def sent(self, user: int, programs: Hashable) -> int:
        """How many requests `user` has sent so far."""
        assert isinstance(programs, Places)
        return len(self._places[programs.users[user]].answers)

    def waited_s(self, programs: Hashable) -> float:
        """For how long the world has let time go by so far, in seconds."""
        assert isinstance(programs, Places)
        return sum(self._places[number].waited_s for number in programs.users)

    def told(self, user: int, programs: Hashable, answer: Heard) -> Heard:
        """The answer with what the story's own code says that it showed (`sees=`)."""
        assert isinstance(programs, Places)
        self.after(user, programs, answer)
        return answer.seen(self._told[programs.users[user], programs.kept, answer])

    def request(self, user: int, programs: Hashable) -> bytes:
        """The bytes of the next request of `user`; equal for equal requests."""
        pending = self.pending(user, programs)
        return pending.fingerprint if isinstance(pending, PendingRequest) else b""

    def after(self, user: int, programs: Hashable, answer: Heard | None) -> Places:
        """Where everyone is once `user` has read `answer`."""
        assert isinstance(programs, Places)
        key = (programs.users[user], programs.kept, answer)
        if key not in self._after:
            self._after[key] = self._moved(programs.users[user], programs.kept, answer)
            self._told[key] = tuple(self._saying)
        number, kept = self._after[key]
        users = programs.users
        return Places((*users[:user], number, *users[user + 1 :]), kept)

    def looks(self, programs: Hashable) -> Iterator[tuple[int, PendingRequest]]:
        """For each page that each user was shown, the request that asks for it once more."""
        assert isinstance(programs, Places)
        for user, number in enumerate(programs.users):
            if (number, programs.kept) not in self._looks:
                self._looks[number, programs.kept] = tuple(self._looked(self._places[number], programs.kept))
            for pending in self._looks[number, programs.kept]:
                yield user, pending

    def _looked(self, place: _Place, kept: Kept) -> Iterator[PendingRequest]:
        """The user after all his answers asks again for the pages that he read."""
        if self.users[place.user] not in self._story.people:
            return
        cast = self._cast()
        actor = cast.actors[self.users[place.user]]
        pages: dict[str, Look] = {}
        for reply in place.answers:
            cast.kept.update(kept)
            pending = self._advanced(actor)
            if isinstance(pending, PendingRequest) and (look := look_of(pending)) is not None:
                pages[pending.url] = look
            self._continue(actor, reply)
        with cast:
            for look in pages.values():
                looker = cast.look(actor.user, look.ask)
                pending = looker.advance()
                looker.close()
                if isinstance(pending, PendingRequest):
                    yield pending

    def _cast(self) -> Cast:
        return Cast(self._story, way=_Nobody(), cwd=self._cwd, waits=_no_waiting, seed=self._seed, witness=self._hear)

    def _hear(self, step: int, key: str, value: Value) -> None:  # noqa: ARG002
        self._saying.append((key, value))

    def _is_ready(self, user: int, programs: Places) -> bool:
        place = self._places[programs.users[user]]
        needs = () if place.is_under_way else self._needs.get((user, place.begun), ())
        return all(self._has_done(self._places[programs.users[other]], line) for other, line in needs)

    @staticmethod
    def _has_done(place: _Place, line: int) -> bool:
        return place.begun > line + place.is_under_way

    def _moved(self, number: int, kept: Kept, answer: Heard | None) -> tuple[int, Kept]:
        place, reply = self._places[number], answer.reply if answer is not None else None
        cast = self._cast_at(number, kept)
        actor = cast.actors[self.users[place.user]]
        self._saying.clear()
        try:
            self._continue(actor, reply)
        except BaseException:
            cast.close()
            raise
        begun = place.begun + (not place.is_under_way)
        is_under_way = isinstance(actor.pending, PendingRequest) and actor.pending.composed
        is_over = actor.is_over or (begun == self._lines[place.user] and not is_under_way)
        waited_s = place.waited_s + (answer.waited_s if answer is not None else 0.0)
        moved = _Place(place.user, (*place.answers, reply), begun, is_under_way, is_over, waited_s)
        after = self._number(self._future(moved, cast, actor), moved), tuple(sorted(cast.kept.items()))
        self._standing.keep(after, cast)
        return after

    def _future(self, place: _Place, cast: Cast, actor: Actor) -> Hashable:
        """Equal for places with equal futures; after the end there are the looks, with the user's cookies."""
        user = self.users[place.user]
        if not self._story.is_text:
            return (place.user, tuple((r.status, tuple(r.headers), r.body) if r else None for r in place.answers))
        if user not in self._story.people:
            return (place.user, place.begun)
        hop = actor.pending.fingerprint if place.is_under_way and isinstance(actor.pending, PendingRequest) else b""
        return (place.user, place.begun, hop, cast.client(user).memory)

    def _cast_at(self, number: int, kept: Kept) -> Cast:
        """A cast whose actor stands at the place, with his next step pending."""
        place = self._places[number]
        cast = self._standing.take((number, kept)) or self._replayed(place, kept)
        try:
            self._advanced(cast.actors[self.users[place.user]])
        except BaseException:
            cast.close()
            raise
        return cast

    def _replayed(self, place: _Place, kept: Kept) -> Cast:
        cast = self._cast()
        actor = cast.actors[self.users[place.user]]
        for reply in place.answers:
            cast.kept.update(kept)
            self._advanced(actor)
            self._continue(actor, reply)
        cast.kept.clear()
        cast.kept.update(kept)
        return cast

    def _advanced(self, actor: Actor) -> Pending | None:
        try:
            return actor.advance()
        except Exception as error:
            raise Unexplorable(f"{actor.user}'s story stopped: {error}") from error

    def _continue(self, actor: Actor, reply: Reply | None) -> None:
        try:
            if reply is None:
                actor.go_on()
            else:
                actor.recall(reply)
        except Exception as error:
            raise Unexplorable(f"{actor.user}'s story stopped: {error}") from error

    def _number(self, future: Hashable, place: _Place) -> int:
        if future not in self._numbers:
            self._numbers[future] = len(self._places)
            self._places.append(place)
        return self._numbers[future]


class _Nobody(httpx.BaseTransport):
    """Where requests go while a program is only remembered: nowhere."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        raise AssertionError(f"{request.method} {request.url} was sent while remembering")


def _no_waiting(seconds: float) -> None:
    """While remembering, no time passes."""


def _kind(pending: Pending) -> Next | Lifecycle:
    match pending:
        case PendingChange():
            return Next.CHANGE
        case PendingLifecycle(action=action, worker=worker):
            return Lifecycle(action=action, worker=worker)
    return Next.REQUEST
