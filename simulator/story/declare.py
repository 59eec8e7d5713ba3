"""Declaring keys: helpers for stories in Python, and the key lines of a story's text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from simulator.errors import StoryError
from simulator.story.keys import Key, KeyKind, Scope
from simulator.story.mistakes import Mistake
from simulator.story.verbs import EVERYONE, VERBS

NAME = re.compile(r"[A-Za-z][\w-]*")
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_FLAGS = {"volatile": ("volatile", True), "open": ("closed", False), "cas": ("cas", True)}
KEY_WORDS = (*KeyKind, *Scope, *_FLAGS, "fresh", "initial")
RESERVED = frozenset({*VERBS, "part", "of", "with", "at", "by", EVERYONE, "expect", "auth"})


def items(name: str, *, shared: bool = False, fresh: str | float = 0.0, **more: Any) -> Key:
    """A collection whose order means nothing: a cart, tags, a to-do list.

    `fresh`: how old an answer may be: seconds, "5s", or "load" (read once per load on purpose).
    `more`: further fields of `Key` (volatile=, closed=, unique=, cas=, initial=).
    Raises StoryError for a name or a freshness that cannot be.
    """
    return _key(KeyKind.ITEMS, name, shared, fresh, more)


def ordered(name: str, *, shared: bool = False, fresh: str | float = 0.0, **more: Any) -> Key:
    """A list: a page on which order means order of arrival (a log, a chat)."""
    return _key(KeyKind.LIST, name, shared, fresh, more)


def register(name: str, *, shared: bool = False, fresh: str | float = 0.0, **more: Any) -> Key:
    """One value that is replaced whole: a price, a setting."""
    return _key(KeyKind.REGISTER, name, shared, fresh, more)


def counter(name: str, *, shared: bool = False, fresh: str | float = 0.0, **more: Any) -> Key:
    """A number that is counted up and down: visits, stock."""
    return _key(KeyKind.COUNTER, name, shared, fresh, more)


def document(name: str, *, shared: bool = False, fresh: str | float = 0.0, **more: Any) -> Key:
    """One value that people load, edit and save; with `cas=True` a save over a changed base must be refused."""
    return _key(KeyKind.DOCUMENT, name, shared, fresh, more)


def _key(kind: KeyKind, name: str, shared: bool, fresh: str | float, more: dict[str, Any]) -> Key:
    try:
        fresh_fields = freshness(fresh) if isinstance(fresh, str) else {"fresh_s": float(fresh)}
        _check_name(name)
    except Mistake as mistake:
        raise StoryError(f"key {name}: {mistake.reason}", do=mistake.do) from None
    return Key(name=name, kind=kind, scope=Scope.SHARED if shared else Scope.PRIVATE, **fresh_fields, **more)


def freshness(word: str) -> dict[str, Any]:
    """The fields of `Key` for "request", "load" or a duration ("5s", "500ms", "2m"). Raises Mistake."""
    if word == "request":
        return {"fresh_s": 0.0, "constant_per_load": False}
    if word == "load":
        return {"constant_per_load": True}
    return {"fresh_s": seconds(word)}


def seconds(word: str) -> float:
    """A duration in seconds: "6s", "500ms", "2m". Raises Mistake."""
    match = _DURATION.fullmatch(word)
    if match is None:
        raise Mistake(
            f'"{word}" is not a time', got=word, known=("request", "load"), do="Times are written 5s, 500ms or 2m."
        )
    return float(match[1]) * _SECONDS[match[2]]


def parse_key(name: str, words: tuple[str, ...]) -> Key:
    """The key of a line `name: private items fresh 5s`. Raises Mistake."""
    _check_name(name)
    fields: dict[str, Any] = {}
    rest = iter(words)
    for word in rest:
        fields.update(_key_fields(word.rstrip(":,").lower(), rest))
    if isinstance(fields.get("initial"), str) and fields.get("kind") is KeyKind.COUNTER:
        fields["initial"] = _number(fields["initial"])
    return Key(name=name, **fields)


def _key_fields(word: str, rest: Iterator[str]) -> dict[str, Any]:
    if word in tuple(KeyKind):
        return {"kind": KeyKind(word)}
    if word in tuple(Scope):
        return {"scope": Scope(word)}
    if word in _FLAGS:
        return dict([_FLAGS[word]])
    if word == "fresh":
        return freshness(_next(rest, "fresh", "request, load or a time (5s)"))
    if word == "initial":
        return {"initial": _next(rest, "initial", "the value at the start")}
    raise Mistake(
        f'"{word}" is nothing that a key can be',
        got=word,
        known=KEY_WORDS,
        do="A key is  cart: private items   and a step is  alice: GET /view",
    )


def _next(rest: Iterator[str], word: str, what: str) -> str:
    found = next(rest, None)
    if found is None:
        raise Mistake(f'after "{word}" comes {what}')
    return found.rstrip(",")


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise Mistake(f'a counter begins with a whole number, not with "{text}"') from None


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise Mistake(f'"{name}" cannot be a name', do="Names begin with a letter; letters, digits, _ and - follow.")
    if name.lower() in RESERVED:
        raise Mistake(f'"{name}" has a meaning of its own in stories, so no key or user can be called that')
