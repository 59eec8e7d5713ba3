"""What differs between two answers to one request of one schedule: left out of comparisons, and named.

Rule: where two runs of one schedule differ it is by what nobody owns (a process id, a clock in C code). It is looked
for in each answer itself, not at places learned from another one: where a list is longer, it stands elsewhere.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from typing import Any, TypeAlias

from simulator.checkers.meaning import Meaning, frozen, meaning

MASK = "…"
"""Stands for what was left out."""
_PIECES = re.compile(rb"\w+|\W")

Headers: TypeAlias = Sequence[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it travelled."""

    status: int
    headers: Headers
    body: bytes

    @property
    def meaning(self) -> Meaning:
        """What a person takes from it."""
        return meaning(self.status, self.headers, self.body)


def masked(one: Meaning, other: Meaning) -> Meaning:
    """`one` without what differs in `other`."""
    if one == other:
        return one
    return replace(
        one,
        location=one.location if one.location == other.location else MASK,
        cookies=one.cookies & other.cookies,
        body=frozen(_masked(one.document, other.document, "", [])),
    )


def masked_bytes(one: Answer, other: Answer) -> Hashable:
    """The whole of `one` without what differs in `other`, to be compared and no more."""
    headers = tuple((name, value if (name, value) in other.headers else MASK) for name, value in one.headers)
    if one.body == other.body:
        return (one.status, headers, one.body)
    mine, theirs = _PIECES.findall(one.body), _PIECES.findall(other.body)
    return (one.status, headers, tuple(_sequence(mine, theirs)))


def noise(one: Answer, other: Answer) -> tuple[str, ...]:
    """The names of what differs: a path into JSON, the word before it in a text, a field, a header, a cookie."""
    mine, theirs = one.meaning, other.meaning
    names: list[str] = []
    _masked(mine.document, theirs.document, "", names)
    if not names and one.body != other.body:
        ours, others = _hidden(one.body), _hidden(other.body)
        names += [f"`{name}` in the form" for name, value in ours.items() if others.get(name) != value]
        names = names or ["the source of the page"]
    names += [_header(name, value) for name, value in one.headers if (name, value) not in other.headers]
    return tuple(dict.fromkeys(names))


def _masked(one: Any, other: Any, at: str, names: list[str]) -> Any:
    """The document with masks; `names` is told of each."""
    if one == other:
        return one
    match one, other:
        case dict(), dict():
            return {
                name: _masked(value, other[name], f"{at}.{name}" if at else str(name), names)
                for name, value in one.items()
                if name in other
            }
        case list(), list() if len(one) == len(other):
            return [_masked(a, b, f"{at}[{n}]", names) for n, (a, b) in enumerate(zip(one, other, strict=True))]
        case list(), list():
            names.append(f"`{at}`" if at else "the list")
            return _sequence(
                [json.dumps(item, sort_keys=True) for item in one], [json.dumps(i, sort_keys=True) for i in other]
            )
        case tuple(), tuple():
            words = _sequence(one, other)
            names.extend(_beside(words))
            return tuple(words)
    names.append(f"`{at}`" if at else "the answer")
    return MASK


def _sequence(one: Sequence[Any], other: Sequence[Any]) -> list[Any]:
    """`one` with a mask for each run that `other` has not."""
    kept: list[Any] = []
    for kind, a, b, _, _ in difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        kept += one[a:b] if kind == "equal" else [MASK]
    return kept


def _beside(words: Sequence[str]) -> Iterator[str]:
    for at, word in enumerate(words):
        if word == MASK:
            yield f'what follows "{words[at - 1]}"' if at else "the first word"


def _header(name: bytes, value: bytes) -> str:
    if name.lower() == b"set-cookie":
        return f"the cookie {value.partition(b'=')[0].decode('latin-1')}"
    return f"the header {name.decode('latin-1')}"


def _hidden(body: bytes) -> dict[str, str]:
    reader = _Hidden()
    reader.feed(body.decode("utf-8", "replace"))
    return reader.fields


class _Hidden(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "input" and values.get("type") == "hidden":
            self.fields[values.get("name") or ""] = values.get("value") or ""
