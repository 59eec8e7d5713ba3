"""Stories: what each user does, in the order that this user does it, and the keys it is about."""

from __future__ import annotations

import string
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from simulator.errors import OrderError, StoryError
from simulator.story.declare import NAME
from simulator.story.keys import Key, Scope
from simulator.story.line import Line
from simulator.story.reader import OPERATOR, WORLD
from simulator.story.requests import METHODS
from simulator.story.text import parse, without_margin

Program: TypeAlias = Callable[[Any], object]
"""What one user does: a function over the client that the runner hands to it (`users.client`)."""

NAMES = ("alice", "bob", "carol", "dan")
_LETTERS = {WORLD: "w", OPERATOR: "o"}


@dataclass(frozen=True, slots=True, init=False)
class Story:
    """`Story(text)`, or `Story(users={"alice": function, ...}, keys=[cart])`.

    `users` are all who take turns, in order of appearance; "world" (the outside source) and "operator"
    (reloads, recycles, kills) are among them where the story has lines or a function for them. A text story
    has `lines`, one in Python has `programs`. `secrets` are names of fields whose values are never recorded.
    Raises StoryError.
    """

    users: tuple[str, ...]
    keys: tuple[Key, ...]
    lines: tuple[Line, ...] = ()
    secrets: tuple[str, ...] = ()
    text: str = ""
    programs: Mapping[str, Program] = field(default_factory=dict, hash=False)

    def __init__(
        self,
        text: str | None = None,
        /,
        *,
        users: Mapping[str, Program] | None = None,
        keys: Iterable[Key] = (),
        secrets: Iterable[str] = (),
    ) -> None:
        if (text is None) == (users is None):
            raise StoryError("a story is a text or functions for users, one of the two")
        if text is not None:
            if tuple(keys):
                raise StoryError("a text story declares its keys in the text", do=("cart: private items",))
            said = parse(text)
            self._set(
                users=tuple(dict.fromkeys(line.user for line in said.lines)),
                keys=said.keys,
                lines=said.lines,
                secrets=(*said.secrets, *secrets),
                text=without_margin(text),
            )
        else:
            programs = dict(users or {})
            _check(programs, tuple(keys))
            self._set(users=tuple(programs), keys=tuple(keys), secrets=tuple(secrets), programs=programs)

    def _set(
        self,
        *,
        users: tuple[str, ...],
        keys: tuple[Key, ...],
        lines: tuple[Line, ...] = (),
        secrets: tuple[str, ...] = (),
        text: str = "",
        programs: Mapping[str, Program] | None = None,
    ) -> None:
        values = {"users": users, "keys": keys, "lines": lines, "secrets": secrets, "text": text}
        for name, value in values.items():
            object.__setattr__(self, name, value)
        object.__setattr__(self, "programs", dict(programs or {}))

    @classmethod
    def from_paths(
        cls, *, write: str | None = None, read: str | None = None, shared: bool = False, users: int = 2
    ) -> Story:
        """The story of the two options: each user writes, then reads.

        `write` and `read` are paths ("/add/VALUE") or requests ("POST /add item=VALUE"). Raises StoryError.
        """
        if write is None and read is None:
            raise StoryError("a story needs something to write or to read", do=("--write /add/VALUE --read /view",))
        if write is not None and "VALUE" not in write:
            raise StoryError(
                f'"{write}" writes nothing that can be found again', do=("Put VALUE where the data goes: /add/VALUE",)
            )
        if not 1 <= users <= len(NAMES):
            raise StoryError(f"{users} users: 1 to {len(NAMES)} have names; a story file can have more")
        asked = [_request(write)] if write is not None else []
        asked += [f"{_request(read)} shows"] if read is not None else []
        story = cls("\n".join(f"{user}: {line}" for user in NAMES[:users] for line in asked))
        return story.shared() if shared else story

    @property
    def is_text(self) -> bool:
        return bool(self.lines)

    @property
    def people(self) -> tuple[str, ...]:
        """The users that send requests: all but the world and the operator."""
        return tuple(user for user in self.users if user not in (WORLD, OPERATOR))

    @property
    def letters(self) -> dict[str, str]:
        """letter -> user, for order tokens: the first letter of the name that is still free."""
        return letters(self.users)

    @property
    def count(self) -> int | None:
        """The number of steps, or None for a story in Python. Redirects may add steps in a run."""
        return len(self.lines) if self.is_text else None

    @property
    def steps(self) -> dict[str, int] | None:
        """user -> number of steps, or None where it is not known before a run."""
        return {user: len(self.lines_of(user)) for user in self.users} if self.is_text else None

    @property
    def needs(self) -> dict[tuple[str, int], tuple[tuple[str, int], ...]]:
        """(user, n) -> the steps (user, n) of others that come before that user's n-th step (n from 0)."""
        places = self._places()
        return {
            places[at]: tuple(places[need] for need in line.needs) for at, line in enumerate(self.lines) if line.needs
        }

    def _places(self) -> list[tuple[str, int]]:
        counts: dict[str, int] = {}
        places: list[tuple[str, int]] = []
        for line in self.lines:
            places.append((line.user, counts.setdefault(line.user, 0)))
            counts[line.user] += 1
        return places

    def lines_of(self, user: str) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.user == user)

    def key(self, name: str) -> Key:
        """The key of this name. Raises KeyError."""
        return {key.name: key for key in self.keys}[name]

    def shared(self) -> Story:
        """A copy in which everyone may see everyone's data."""
        return self._copy(keys=tuple(replace(key, scope=Scope.SHARED) for key in self.keys))

    def without(self, steps: Collection[tuple[str, int]]) -> Story:
        """A copy in which some steps are left out: (user, n) for the n-th line of this user, n from 1.

        The other lines keep their values and everyone keeps his letter. Raises OrderError where there is no such line.
        """
        if not steps:
            return self
        if not self.is_text:
            raise OrderError(
                "only steps of a text story can be left out",
                why=("A function goes on with the answers to all its requests.",),
            )
        places = [(user, number + 1) for user, number in self._places()]
        for user, number in steps:
            if (user, number) not in places:
                raise OrderError(f"{user} has no step {number} that could be left out")
        kept = [at for at, place in enumerate(places) if place not in steps]
        if not kept:
            raise OrderError("no step of the story is left")
        return self._copy(lines=tuple(self._moved(self.lines[at], kept) for at in kept))

    @staticmethod
    def _moved(line: Line, kept: Sequence[int]) -> Line:
        """The line among those at the places `kept`."""
        return replace(line, needs=tuple(kept.index(need) for need in line.needs if need in kept))

    def _copy(self, *, keys: tuple[Key, ...] | None = None, lines: tuple[Line, ...] | None = None) -> Story:
        copy = object.__new__(Story)
        copy._set(
            users=self.users,
            keys=self.keys if keys is None else keys,
            lines=self.lines if lines is None else lines,
            secrets=self.secrets,
            text=self.text,
            programs=self.programs,
        )
        return copy


def letters(users: Iterable[str]) -> dict[str, str]:
    """letter -> user; "w" is the world and "o" the operator, whether they take part or not."""
    found: dict[str, str] = {}
    for user in users:
        letter: str = _LETTERS.get(user) or _free_letter(user, found)
        found[letter] = user
    return found


def _free_letter(user: str, taken: Mapping[str, str]) -> str:
    own = [letter for letter in user.lower() if letter in string.ascii_lowercase]
    candidates: list[str] = [*own, *string.ascii_lowercase]
    for letter in candidates:
        if letter not in taken and letter not in _LETTERS.values():
            return letter
    raise StoryError("a story has at most 24 users besides the world and the operator")


def _request(text: str) -> str:
    """A path or a request, as a request. Raises StoryError."""
    if text.startswith("/"):
        return f"GET {text}"
    if text.partition(" ")[0] not in METHODS:
        raise StoryError(f'"{text}" is neither a path nor a request', do=("Write /view, or GET /view",))
    return text


def _check(programs: Mapping[str, Program], keys: tuple[Key, ...]) -> None:
    if not programs:
        raise StoryError("a story needs at least one user")
    for user, program in programs.items():
        if not NAME.fullmatch(user):
            raise StoryError(f'"{user}" cannot be a name', do=("Names begin with a letter.",))
        if not callable(program):
            raise StoryError(f"what {user} does is not a function: {program!r}")
    names = [key.name for key in keys]
    if len(set(names)) != len(names):
        raise StoryError("two keys of the story have the same name", why=(", ".join(names),))
