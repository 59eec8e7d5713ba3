"""Declarations: what a Python story says with a request about the keys it touches, as effects.

The keywords are those of the text form: `adds=cart[item]`, `writes=price[value]`, `reads=cart`. A tuple or list
declares several at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias, TypedDict

import httpx

from simulator.errors import StoryError
from simulator.events import Effect
from simulator.history.operation import Kind, Value
from simulator.story.keys import Key, Reference

Keys: TypeAlias = Key | Sequence[Key]
References: TypeAlias = Reference | Sequence[Reference]
Amounts: TypeAlias = Key | Reference | Sequence[Key | Reference]
Sees: TypeAlias = Callable[[httpx.Response], Value]


class Declarations(TypedDict, total=False):
    """Keywords that a request of a story takes beside httpx's own.

    of: whose data it is (default: the user's own). part: the page shows a part only. at: the path of the value
    in a JSON answer. to: the user that a share names (default: everyone). based_on: the token that a save was
    based on. sees: computes, from the answer, what it showed of the (one) key in `reads`. expect: a status, or
    several, that mean "certainly not done".
    """

    adds: References
    removes: References
    writes: References
    shares: References
    deletes: Keys
    resets: Keys
    reads: Keys
    increments: Amounts
    of: str | None
    part: bool
    at: str
    to: str | None
    based_on: str | None
    sees: Sees
    expect: int | Sequence[int]


class Options(Declarations, total=False):
    """The declarations, and what httpx takes with a request (see its documentation)."""

    content: Any
    data: Any
    files: Any
    json: Any
    params: Any
    headers: Any
    cookies: Any
    auth: Any
    follow_redirects: bool
    timeout: Any


_WITH_VALUE = {"adds": Kind.ADD, "removes": Kind.REMOVE, "writes": Kind.WRITE, "shares": Kind.SHARE}
_WITHOUT_VALUE = {"deletes": Kind.DELETE, "resets": Kind.RESET, "reads": Kind.READ}
NAMES = frozenset(Declarations.__annotations__)


def effects_of(said: Declarations) -> tuple[Effect, ...]:
    """The effects that `said` declares. Raises StoryError for a key where a value belongs, or the reverse."""
    return tuple(_effects(dict(said))) if said else ()


def expected(said: Declarations) -> tuple[int, ...]:
    """The statuses that mean "certainly not done"."""
    expect = said.get("expect", ())
    return (expect,) if isinstance(expect, int) else tuple(expect)


def seen_key(said: Declarations) -> str:
    """The one key that `sees=` speaks of. Raises StoryError."""
    keys = [key for key in _several(said.get("reads", ())) if isinstance(key, Key)]
    if len(keys) != 1:
        raise StoryError("sees= says what was seen of one key", do=("reads=cart, sees=lambda answer: ...",))
    return keys[0].name


def _effects(said: dict[str, Any]) -> Iterator[Effect]:
    of = said.get("of")
    for name, kind in _WITH_VALUE.items():
        for thing in _several(said.get(name, ())):
            reference = _reference(name, thing)
            to = said.get("to") if kind is Kind.SHARE else None
            based_on = said.get("based_on") if kind is Kind.WRITE else None
            yield Effect(kind=kind, key=reference.key.name, value=reference.value, of=of, to=to, based_on=based_on)
    for thing in _several(said.get("increments", ())):
        key, amount = (thing.key, thing.value) if isinstance(thing, Reference) else (_key("increments", thing), 1)
        yield Effect(kind=Kind.INCREMENT, key=key.name, value=amount, of=of, path=said.get("at", ""))
    for name, kind in _WITHOUT_VALUE.items():
        for thing in _several(said.get(name, ())):
            is_read = kind is Kind.READ
            yield Effect(
                kind=kind,
                key=_key(name, thing).name,
                of=of,
                complete=not (is_read and said.get("part", False)),
                path=said.get("at", "") if is_read else "",
            )


def _several(things: object) -> Iterable[object]:
    return things if isinstance(things, (list, tuple)) else (things,)


def _reference(name: str, thing: object) -> Reference:
    if isinstance(thing, Reference):
        return thing
    shown = thing.name if isinstance(thing, Key) else "cart"
    raise StoryError(f"{name}= needs a key with a value, not {thing!r}", do=(f"{name}={shown}[item]",))


def _key(name: str, thing: object) -> Key:
    if isinstance(thing, Key):
        return thing
    shown = thing.key.name if isinstance(thing, Reference) else "cart"
    raise StoryError(f"{name}= needs a key, not {thing!r}", do=(f"{name}={shown}",))
