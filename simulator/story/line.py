"""Lines: the steps of a story in text form, parsed, with holes for what is only known in a run."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias
from urllib.parse import quote

from simulator.errors import StoryError
from simulator.events import Effect
from simulator.story import template
from simulator.story.schedule import Lifecycle
from simulator.story.tokens import token

LookUp: TypeAlias = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """`-> $name=path`: the value at `path` of the JSON answer is kept for later lines of anyone."""

    name: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a user asks. `fields` are form fields (of the address for GET and HEAD, else of the body), `json` is
    the text of a JSON body, `auth` is (user, password), `expect` are statuses that mean "certainly not done".
    """

    method: str
    path: str
    fields: tuple[tuple[str, str], ...] = ()
    json: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    auth: tuple[str, str] | None = None
    expect: tuple[int, ...] = ()
    keeps: tuple[Keep, ...] = ()

    def filled(self, look_up: LookUp) -> Request:
        """The same request with its holes filled, each value escaped for its place."""

        def plain(text: str) -> str:
            return template.fill(text, look_up)

        return replace(
            self,
            path=template.fill(self.path, lambda name: quote(look_up(name), safe="")),
            fields=tuple((name, plain(value)) for name, value in self.fields),
            json=None if self.json is None else template.fill(self.json, lambda name: json.dumps(look_up(name))[1:-1]),
            headers=tuple((name, plain(value)) for name, value in self.headers),
            auth=None if self.auth is None else (plain(self.auth[0]), plain(self.auth[1])),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteFile:
    """The world writes `text` to `file`, replacing what it held."""

    file: str
    text: str

    def filled(self, look_up: LookUp) -> WriteFile:
        return replace(self, text=template.fill(self.text, look_up))


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSql:
    """The world runs `statement` on the SQLite file `file` and commits."""

    file: str
    statement: str

    def filled(self, look_up: LookUp) -> RunSql:
        return replace(self, statement=template.fill(self.statement, lambda name: look_up(name).replace("'", "''")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """The run's clock moves on by `wait_s` seconds."""

    wait_s: float


Act: TypeAlias = Request | WriteFile | RunSql | Wait | Lifecycle


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One step. `number` and `text` are those of the story's text. `value` is the label that VALUE stands for
    ("" without one). `effects` hold labels where a run has tokens. `needs` are the places (in `Story.lines`)
    of other users' lines that must have been taken before: those that keep a `$name` used here.
    """

    number: int
    text: str
    user: str
    act: Act
    effects: tuple[Effect, ...] = ()
    value: str = ""
    needs: tuple[int, ...] = ()

    def filled(self, *, seed: int, kept: Mapping[str, str]) -> Line:
        """The line as it is in a run: tokens for labels, the values of `kept` (by name, without `$`) for names.

        Raises StoryError if a name was not kept (the answer had no such value).
        """

        def look_up(name: str) -> str:
            if not name.startswith("$"):
                return token_of(name, seed=seed)
            if name[1:] in kept:
                return kept[name[1:]]
            raise StoryError(f"line {self.number}: {name} has no value: no answer so far gave one", why=(self.text,))

        act = self.act if isinstance(self.act, Wait | Lifecycle) else self.act.filled(look_up)
        return replace(self, act=act, effects=tuple(_with_token(effect, seed) for effect in self.effects))

    @property
    def shown(self) -> str:
        """What the step asks, in one line with labels: `POST /cart item=alice-1`."""
        match self.act:
            case Request() as asked:
                body = " ".join(f"{name}={value}" for name, value in asked.fields) or asked.json or ""
                return template.shown(f"{asked.method} {asked.path} {body}".rstrip())
            case WriteFile() as written:
                return template.shown(f"write {written.file} {written.text}")
            case RunSql() as run:
                return template.shown(f"sql {run.file} {run.statement}")
            case Wait() as wait:
                return f"wait {wait.wait_s:g}s"
            case Lifecycle() as event:
                return event.action if event.worker is None else f"{event.action} {event.worker}"


def token_of(name: str, *, seed: int) -> str:
    """The token behind a label (`alice-1`)."""
    user, _, counter = name.rpartition("-")
    return token(seed=seed, user=user, counter=int(counter))


def _with_token(effect: Effect, seed: int) -> Effect:
    return replace(effect, value=token_of(effect.value, seed=seed)) if isinstance(effect.value, str) else effect
