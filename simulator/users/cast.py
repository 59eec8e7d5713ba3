"""The cast of a story: an actor for everyone who takes turns in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from simulator.history.operation import WORLD
from simulator.story.story import Story
from simulator.users.actor import Actor
from simulator.users.client import User, Witness, unrecorded
from simulator.users.script import play_lines
from simulator.users.world import Operator, World, play_operator, play_world

OPERATOR = Operator.name


class Cast:
    """Makes fresh actors of `story`, for one run of it.

    `way` sends the requests; `seed` gives the tokens; the world's files are relative to `cwd`, and its waiting
    is `waits(seconds)`. `kept` holds what text lines kept from answers (`-> $id`), for all users of the run.
    """

    def __init__(
        self,
        story: Story,
        *,
        way: httpx.BaseTransport,
        cwd: Path,
        waits: Callable[[float], None],
        seed: int = 0,
        witness: Witness = unrecorded,
    ) -> None:
        self.kept: dict[str, str] = {}
        self._story = story
        self._way = way
        self._cwd = cwd
        self._waits = waits
        self._seed = seed
        self._witness = witness
        self._clients: dict[str, User] = {}
        self.actors: dict[str, Actor] = {user: Actor(user, self._play(user)) for user in story.users}

    def client(self, user: str) -> User:
        """The client of `user`, with his cookies: also for looks beyond the story (the final sweep)."""
        if user not in self._clients:
            self._clients[user] = User(user, way=self._way, seed=self._seed, witness=self._witness)
        return self._clients[user]

    def look(self, user: str, program: Callable[[User], object]) -> Actor:
        """A further actor of `user`, who keeps his cookies: what he does after the story."""
        return Actor(user, lambda: program(self.client(user)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all programs and clients."""
        for actor in self.actors.values():
            actor.close()
        for client in self._clients.values():
            client.close()

    def _play(self, user: str) -> Callable[[], object]:
        if user == WORLD:
            return lambda: self._play_world(World(self._cwd, waits=self._waits, seed=self._seed))
        if user == OPERATOR:
            return lambda: self._play_operator(Operator())
        return lambda: self._play_user(self.client(user))

    def _play_user(self, client: User) -> None:
        if self._story.is_text:
            play_lines(client, self._story.lines_of(client.name), seed=self._seed, kept=self.kept)
        else:
            self._story.programs[client.name](client)

    def _play_world(self, world: World) -> None:
        if self._story.is_text:
            play_world(world, self._story.lines_of(WORLD), seed=self._seed, kept=self.kept)
        else:
            self._story.programs[WORLD](world)

    def _play_operator(self, operator: Operator) -> None:
        if self._story.is_text:
            play_operator(operator, self._story.lines_of(OPERATOR))
        else:
            self._story.programs[OPERATOR](operator)
