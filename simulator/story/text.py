"""The text form of a story: keys first, then one line for each step (docs/stories.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from simulator.errors import StoryError
from simulator.story import template
from simulator.story.declare import NAME, RESERVED, parse_key
from simulator.story.keys import Key
from simulator.story.line import Line
from simulator.story.mistakes import Mistake
from simulator.story.reader import OPERATOR, WORLD, Reader
from simulator.story.requests import METHODS
from simulator.story.verbs import Names
from simulator.story.words import cut

IMPLICIT_KEY = Key(name="data")
"""The key of a story that declares none and has lines with `shows`."""

SECRET = "secret"
"""The name of the line that lists fields whose values are never recorded: `secret: pin, card`."""

_LINE = re.compile(r"(?P<name>[^\s:#/]+)\s*:(?!/)\s*(?P<rest>.*)")
_NUMBERED = re.compile(r".*-\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """A line that says something: `name: rest`, and the rest cut into words."""

    number: int
    text: str
    name: str
    rest: str
    words: tuple[str, ...]

    @property
    def is_step(self) -> bool:
        first, second = self.words[0], self.words[1] if len(self.words) > 1 else ""
        return (
            self.name in (WORLD, OPERATOR)
            or first.startswith("/")
            or first.upper() in METHODS
            or second.startswith("/")
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a story's text says. `secrets` are names of fields whose values are never recorded."""

    keys: tuple[Key, ...]
    lines: tuple[Line, ...]
    secrets: tuple[str, ...]


def parse(text: str) -> Parsed:
    """The keys and the steps of a story. Raises StoryError, with number and text of the line, for any mistake."""
    everything = tuple(_sources(text))
    sources = tuple(source for source in everything if source.name != SECRET)
    steps = tuple(source for source in sources if source.is_step)
    declared = _declared(source for source in sources if not source.is_step)
    if not steps:
        raise StoryError("the story has no steps", do=("A step is a line such as  alice: GET /view",))
    is_implicit = not declared and any("shows" in source.words for source in steps)
    keys = {IMPLICIT_KEY.name: IMPLICIT_KEY} if is_implicit else declared
    users = tuple(dict.fromkeys(source.name for source in steps))
    names = Names(keys=keys, users=users, default=next(iter(keys.values())) if len(keys) == 1 else None)
    reader = Reader(names, implicit=IMPLICIT_KEY if is_implicit else None)
    for source in steps:
        with _on_line(source.number, source.text):
            reader.read(source.number, source.text, source.name, source.rest)
    secrets = tuple(word.strip(",") for source in everything if source.name == SECRET for word in source.words)
    return Parsed(keys=tuple(keys.values()), lines=tuple(reader.lines), secrets=secrets)


def without_margin(text: str) -> str:
    """The text without the blanks with which all its lines begin; `textwrap.dedent` is slow with megabytes."""
    lines = [line if line.strip(" \t") else "" for line in text.split("\n")]
    margins = [line[: len(line) - len(line.lstrip(" \t"))] for line in lines if line]
    first, last = min(margins, default=""), max(margins, default="")
    same = next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
    return "\n".join(line[same:] for line in lines)


def _sources(text: str) -> Iterator[_Source]:
    for number, raw in enumerate(text.removeprefix("\ufeff").splitlines(), start=1):
        line = raw.strip()
        if line and not line.startswith("#"):
            with _on_line(number, line):
                yield replace(_source(line), number=number)


def _source(line: str) -> _Source:
    if template.OPEN in line or template.CLOSE in line:
        raise Mistake(f"the brackets {template.OPEN} and {template.CLOSE} cannot be used in a story")
    match = _LINE.fullmatch(line)
    if match is None:
        raise Mistake('a line begins with a name and ":"', do="alice: GET /view   or   cart: private items")
    name = match["name"]
    if not NAME.fullmatch(name) or name.lower() in RESERVED or _NUMBERED.fullmatch(name):
        raise Mistake(f'"{name}" cannot be a name', do="Names begin with a letter and do not end in -1, -2 ...")
    words = tuple(word.text for word in cut(match["rest"]))
    if not words:
        raise Mistake(f'after "{name}:" comes a step or what kind of key it is')
    return _Source(number=0, text=line, name=name, rest=match["rest"], words=words)


def _declared(sources: Iterator[_Source]) -> dict[str, Key]:
    keys: dict[str, Key] = {}
    for source in sources:
        with _on_line(source.number, source.text):
            if source.name in keys:
                raise Mistake(f'the key "{source.name}" is declared twice')
            keys[source.name] = parse_key(source.name, source.words)
    return keys


@contextmanager
def _on_line(number: int, line: str) -> Iterator[None]:
    """Turns what is wrong inside into a StoryError about this line."""
    try:
        yield
    except Mistake as mistake:
        raise mistake.on(number, line) from None
    except ValueError as error:
        raise Mistake(str(error)).on(number, line) from None
