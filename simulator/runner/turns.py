"""Whose turn it can be: the actors of a story, and what each still waits for."""

from __future__ import annotations

from collections.abc import Callable

from simulator.errors import OrderError, WorkersimError
from simulator.story.schedule import Lifecycle, Turn
from simulator.story.story import Story
from simulator.users.actor import Actor
from simulator.users.cast import Cast
from simulator.users.pending import PendingRequest


class Turns:
    """The turns that were taken, and who can take the next one. `stop` hears of programs that raise."""

    def __init__(self, story: Story, cast: Cast, *, stop: Callable[[str, Exception], None]) -> None:
        self._actors = cast.actors
        self._needs = story.needs
        self._stop = stop
        self._begun = dict.fromkeys(story.users, 0)
        self.movers: list[str] = []
        self.could_move: list[tuple[str, ...]] = []
        self._taken: list[Turn | Lifecycle] = []

    @property
    def taken(self) -> tuple[Turn | Lifecycle, ...]:
        """What happened so far, as a schedule has it."""
        return tuple(self._taken)

    def able(self) -> tuple[str, ...]:
        """All users who have a next step that can be taken now."""
        return tuple(user for user, actor in self._actors.items() if self._can_move(user, actor))

    def take(self, turn: Turn, act: Callable[[Actor, Turn], None]) -> None:
        """Let `turn.user` take the next step by `act`. Raises OrderError where there is none."""
        able = self.able()
        if turn.user not in able:
            raise OrderError(
                f"{turn.user} has no step left for turn {len(self._taken) + 1} of this order",
                why=(f"able to move: {', '.join(able) or 'nobody'}",),
            )
        actor = self._actors[turn.user]
        pending = actor.advance()
        if not (isinstance(pending, PendingRequest) and pending.composed):
            self._begun[turn.user] += 1
        self.movers.append(turn.user)
        self.could_move.append(able)
        self._taken.append(turn)
        act(actor, turn)

    def happened(self, event: Lifecycle) -> None:
        """The schedule's own event took place."""
        self._taken.append(event)

    def _can_move(self, user: str, actor: Actor) -> bool:
        if actor.is_over or not all(self._is_done(*need) for need in self._needs.get((user, self._begun[user]), ())):
            return False
        try:
            return actor.advance() is not None
        except WorkersimError:
            raise
        except Exception as error:
            self._stop(user, error)
            return False

    def _is_done(self, user: str, line: int) -> bool:
        """Has `user` finished his line with this number (from 0), redirects included?"""
        actor = self._actors[user]
        pending = None if actor.is_over or self._begun[user] <= line else actor.advance()
        is_under_way = isinstance(pending, PendingRequest) and pending.composed
        return self._begun[user] > line + is_under_way
