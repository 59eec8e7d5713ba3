"""Answers by meaning: what a person or a program would take from them, and in what two of them differ.

Rule: only what does not depend on time, chance or the server's own book-keeping belongs to a meaning: the status,
where a redirect leads, the kind of content, which cookies are set (not their values), and the body as JSON, as
form fields or as the words of a text.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl

_SILENT = frozenset({"script", "style", "head"})
SHOWN = 3
"""How many differences are named."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """`body` is a hashable form of what `document` holds: parsed JSON, form fields, or words."""

    status: int
    location: str
    content_type: str
    cookies: frozenset[str]
    body: Hashable

    @property
    def document(self) -> Any:
        """The body as plain lists, mappings and values."""
        return _thawed(self.body)


def meaning(status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> Meaning:
    """The meaning of an answer."""
    fields = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers]
    first = dict(reversed(fields))
    kind = first.get("content-type", "").partition(";")[0].strip().lower()
    cookies = frozenset(value.partition("=")[0] for name, value in fields if name == "set-cookie")
    return Meaning(status, first.get("location", ""), kind, cookies, frozen(_document(kind, body)))


def _document(kind: str, body: bytes) -> Any:
    text = body.decode("utf-8", "replace")
    if "json" in kind:
        try:
            return json.loads(text)
        except ValueError:
            return text
    if "form-urlencoded" in kind:
        return dict(parse_qsl(text, keep_blank_values=True))
    return tuple(words_of(text) if "html" in kind else text.split())


def words_of(page: str) -> list[str]:
    """The words of an HTML page, with the values of its visible fields."""
    reader = _Words()
    reader.feed(page)
    reader.close()
    return reader.words


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self._silent += tag in _SILENT
        if tag in ("input", "option") and values.get("type") != "hidden" and values.get("value"):
            self.words += (values["value"] or "").split()

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in _SILENT

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words += data.split()


def frozen(value: Any) -> Hashable:
    """A document as something hashable."""
    match value:
        case dict():
            return ("mapping", tuple(sorted((str(name), frozen(item)) for name, item in value.items())))
        case list():
            return ("list", tuple(frozen(item) for item in value))
        case tuple():
            return ("words", value)
        case bool() | None:
            return ("value", repr(value))
    return ("value", value)


def _thawed(frozen: Any) -> Any:
    kind, value = frozen
    match kind:
        case "mapping":
            return {name: _thawed(item) for name, item in value}
        case "list":
            return [_thawed(item) for item in value]
    return value


def difference(expected: Meaning, got: Meaning) -> str:
    """In what `got` differs from `expected`, in a few words; empty where they mean the same."""
    if expected == got:
        return ""
    if expected.status != got.status:
        return f"status {got.status} instead of {expected.status}"
    if expected.location != got.location:
        return f"leads to {got.location or 'nowhere'} instead of {expected.location or 'nowhere'}"
    said = list(_said(expected.document, got.document, ""))
    if said:
        more = f" and {len(said) - SHOWN} more" if len(said) > SHOWN else ""
        return "; ".join(said[:SHOWN]) + more
    if expected.cookies != got.cookies:
        ours, theirs = (", ".join(sorted(one.cookies)) or "none" for one in (expected, got))
        return f"sets cookies {theirs} instead of {ours}"
    return f"{got.content_type or 'no type'} instead of {expected.content_type or 'no type'}"


def _said(expected: Any, got: Any, at: str) -> Iterable[str]:
    if expected == got:
        return
    match expected, got:
        case dict(), dict():
            yield from _mappings(expected, got, at)
        case (list(), list()) | (tuple(), tuple()):
            yield from _sequences(expected, got, at)
        case _:
            yield f"{_at(at)}{_short(got)} instead of {_short(expected)}"


def _mappings(expected: Mapping[str, Any], got: Mapping[str, Any], at: str) -> Iterable[str]:
    for name in expected:
        if name in got:
            yield from _said(expected[name], got[name], f"{at}.{name}" if at else name)
        else:
            yield f"{_at(at)}{name} is missing"
    yield from (f"{_at(at)}{name} is there too" for name in got if name not in expected)


def _sequences(expected: Sequence[Any], got: Sequence[Any], at: str) -> Iterable[str]:
    ours, theirs = [_short(item) for item in expected], [_short(item) for item in got]
    for kind, a, b, c, d in difflib.SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        match kind:
            case "delete":
                yield f"{_at(at)}{' '.join(ours[a:b])} is missing"
            case "insert":
                yield f"{_at(at)}{' '.join(theirs[c:d])} is there too"
            case "replace":
                yield f"{_at(at)}{' '.join(theirs[c:d])} instead of {' '.join(ours[a:b])}"


def _at(place: str) -> str:
    return f"{place}: " if place else ""


def _short(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
