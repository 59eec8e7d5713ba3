"""Verbs: what a line declares that it does to a key (`adds cart`, `shows part of cart`, `shares cart with bob`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simulator.story.keys import Key, KeyKind
from simulator.story.mistakes import Mistake

EVERYONE = "everyone"
WRITING = frozenset({"adds", "writes"})
"""Verbs after which VALUE is a fresh value."""
POINTING = frozenset({"removes", "shares"})
"""Verbs after which VALUE is the user's newest value."""

_MANY = frozenset({KeyKind.ITEMS, KeyKind.LIST})
_ONE = frozenset({KeyKind.REGISTER, KeyKind.DOCUMENT})
_COUNT = frozenset({KeyKind.COUNTER})
VERBS: Mapping[str, tuple[str, frozenset[KeyKind]]] = {
    "adds": ("add", _MANY),
    "removes": ("remove", _MANY),
    "writes": ("write", _ONE),
    "deletes": ("delete", _ONE),
    "increments": ("increment", _COUNT),
    "resets": ("reset", _COUNT | _MANY),
    "shows": ("read", _MANY | _ONE | _COUNT),
    "shares": ("share", _MANY | _ONE),
}
"""verb -> the operation's kind, and the kinds of keys that can be used with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One verb with its key. `of`: whose data; `to`: who is shared with (None: everyone); `amount` of an
    increment; `path` into a JSON answer; `complete`: shows all of it.
    """

    verb: str
    key: Key
    of: str | None = None
    to: str | None = None
    amount: int = 1
    path: str = ""
    complete: bool = True

    @property
    def kind(self) -> str:
        return VERBS[self.verb][0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What a clause may speak of. `default` is the key of a bare `shows` (None: it has to be named)."""

    keys: Mapping[str, Key]
    users: Sequence[str]
    default: Key | None


def parse_clause(words: Sequence[str], at: int, names: Names) -> tuple[Clause, int]:
    """The clause that begins with the verb at `words[at]`, and the place after it. Raises Mistake."""
    verb, at = words[at], at + 1
    complete = True
    if verb == "shows" and words[at : at + 1] == ["part"]:
        complete, at = False, at + 1
        at += words[at : at + 1] == ["of"]
    key, at = _key(verb, words, at, names)
    details: dict[str, str] = {}
    while at < len(words) and words[at] in _DETAILS[verb]:
        if at + 1 == len(words):
            raise Mistake(f'after "{words[at]}" something is missing')
        details[words[at]], at = words[at + 1], at + 2
    return _clause(verb, key, complete, details, names), at


_DETAILS: Mapping[str, frozenset[str]] = {
    "adds": frozenset({"of"}),
    "removes": frozenset({"of"}),
    "writes": frozenset({"of"}),
    "deletes": frozenset({"of"}),
    "increments": frozenset({"of", "by", "at"}),
    "resets": frozenset({"of"}),
    "shows": frozenset({"of", "at"}),
    "shares": frozenset({"of", "with"}),
}


def _key(verb: str, words: Sequence[str], at: int, names: Names) -> tuple[Key, int]:
    word = words[at] if at < len(words) else ""
    if word in names.keys:
        return names.keys[word], at + 1
    if verb == "shows" and names.default is not None and not _is_a_name(word):
        return names.default, at
    if not names.keys:
        raise Mistake(f'the story has no key "{word}"', do=f"Declare it at the top:  {word or 'cart'}: private items")
    known = ", ".join(names.keys)
    if not word or not _is_a_name(word):
        raise Mistake(f'after "{verb}" comes the name of a key: {known}')
    raise Mistake(f'there is no key "{word}"', got=word, known=names.keys, do=f"The story's keys: {known}.")


def _is_a_name(word: str) -> bool:
    """Can this word only be the name of a key, after `shows`?"""
    return word.isidentifier() and word not in VERBS and word not in ("expect", "auth", "of", "at")


def _clause(verb: str, key: Key, complete: bool, details: Mapping[str, str], names: Names) -> Clause:
    _check_kind(verb, key)
    for name in (details.get("of"), details.get("with")):
        if name not in (None, EVERYONE, *names.users):
            raise Mistake(f'nobody is called "{name}" in this story', got=name or "", known=names.users)
    if verb == "shares" and "with" not in details:
        raise Mistake('"shares" needs a person', do=f"shares {key.name} with bob, or: with {EVERYONE}")
    to = details.get("with")
    return Clause(
        verb=verb,
        key=key,
        of=details.get("of"),
        to=None if to == EVERYONE else to,
        amount=_amount(details.get("by", "1")),
        path=details.get("at", ""),
        complete=complete,
    )


def _check_kind(verb: str, key: Key) -> None:
    if key.kind in VERBS[verb][1]:
        return
    fitting = ", ".join(name for name, (_, kinds) in VERBS.items() if key.kind in kinds)
    raise Mistake(f'"{verb}" does not go with {key.name}, which is of kind {key.kind}', do=f"Those that do: {fitting}.")


def _amount(word: str) -> int:
    try:
        return int(word)
    except ValueError:
        raise Mistake(f'"by" is followed by a whole number, not by "{word}"') from None
