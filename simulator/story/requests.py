"""Request lines: `POST /cart item=VALUE [x-id: 7] auth ann:pw -> $id expect 409 adds cart`."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from simulator.story import template
from simulator.story.line import Keep, Request
from simulator.story.mistakes import Mistake
from simulator.story.verbs import VERBS, Clause, Names, parse_clause
from simulator.story.words import Word

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_KEEP = re.compile(rf"\$(?P<name>{template.KEPT_NAME})(?:=(?P<path>\S+))?")
_FIELD = re.compile(r"(?P<name>[^=\s]+)=(?P<value>.*)", re.DOTALL)
_HELP = 'A field is name=value; a value with blanks is written name="two words".'


@dataclass(slots=True)
class _Parts:
    """What has been read of a request line so far."""

    names: Names
    fields: list[tuple[str, str]] = field(default_factory=list)
    json: str | None = None
    headers: list[tuple[str, str]] = field(default_factory=list)
    auth: tuple[str, str] | None = None
    expect: list[int] = field(default_factory=list)
    keeps: list[Keep] = field(default_factory=list)
    clauses: list[Clause] = field(default_factory=list)


def parse_request(words: Sequence[Word], names: Names) -> tuple[Request, tuple[Clause, ...]]:
    """The request of a line (words after the user's name) and what it declares. Raises Mistake."""
    texts = [word.text for word in words]
    method, path = _method_and_path(texts)
    parts = _Parts(names)
    at = 2
    while at < len(texts):
        at = _part(parts, texts, at)
    if parts.fields and parts.json is not None:
        raise Mistake("a request has form fields or a JSON body, not both")
    request = Request(
        method=method,
        path=path,
        fields=tuple(parts.fields),
        json=parts.json,
        headers=tuple(parts.headers),
        auth=parts.auth,
        expect=tuple(parts.expect),
        keeps=tuple(parts.keeps),
    )
    return request, tuple(parts.clauses)


def _method_and_path(texts: Sequence[str]) -> tuple[str, str]:
    method = texts[0]
    if method not in METHODS:
        raise Mistake(f'"{method}" is no method of HTTP', got=method, known=METHODS)
    if len(texts) < 2:
        raise Mistake(f"after {method} comes a path", do=f"{method} /view")
    if not texts[1].startswith("/"):
        raise Mistake(f'the path "{template.shown(texts[1])}" does not begin with "/"', do=f"{method} /{texts[1]}")
    return method, texts[1]


def _part(parts: _Parts, texts: list[str], at: int) -> int:
    """Read what begins at `texts[at]`; the place after it."""
    word = texts[at]
    if word in VERBS:
        clause, at = parse_clause(texts, at, parts.names)
        parts.clauses.append(clause)
        return at
    if word in ("->", "auth", "expect"):
        return _with_argument(parts, texts, at)
    if word.startswith("{"):
        parts.json = _json(word, parts.json)
    elif word.startswith("["):
        parts.headers.append(_header(word))
    elif match := _FIELD.fullmatch(word):
        parts.fields.append((match["name"], match["value"]))
    else:
        raise Mistake(
            f'"{template.shown(word)}" is not understood', got=word, known=(*VERBS, "expect", "auth"), do=_HELP
        )
    return at + 1


def _with_argument(parts: _Parts, texts: list[str], at: int) -> int:
    if at + 1 == len(texts):
        raise Mistake(f'after "{texts[at]}" something is missing')
    argument = texts[at + 1]
    match texts[at]:
        case "->":
            parts.keeps.append(_keep(argument))
        case "auth":
            parts.auth = _auth(argument)
        case _:
            parts.expect.extend(_status(word) for word in argument.split(","))
    return at + 2


def _json(text: str, before: str | None) -> str:
    if before is not None:
        raise Mistake("a request has one JSON body, this has two")
    try:
        json.loads(template.fill(text, lambda _: "0"))
    except ValueError as error:
        raise Mistake(f"this is not JSON: {error}", do='Names and texts stand in double quotes: {"id": 1}') from None
    return text


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text[1:-1].partition(":")
    if not colon or not name.strip():
        raise Mistake(f'"{text}" is no header', do="A header is written [x-user-id: alice].")
    return name.strip(), value.strip()


def _auth(text: str) -> tuple[str, str]:
    user, colon, password = text.partition(":")
    if not colon:
        raise Mistake(f'"auth" is followed by user:password, not by "{text}"')
    return user, password


def _keep(text: str) -> Keep:
    match = _KEEP.fullmatch(text)
    if match is None:
        raise Mistake(f'"->" is followed by $name or $name=path, not by "{text}"')
    return Keep(name=match["name"], path=match["path"] or match["name"])


def _status(text: str) -> int:
    if not (text.isdigit() and 100 <= int(text) <= 599):
        raise Mistake(f'"expect" is followed by a status such as 409, not by "{text}"')
    return int(text)
