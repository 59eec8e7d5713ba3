"""From an app's routes to what its users could do: a guess to start from, never a judgement."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.launcher.launcher import AppInfo

_PLACE = re.compile(r"<[^>]*>|\{[^}]*\}|\(\?P<[^>]*>[^)]*\)")
_NO_TEXT = re.compile(r"<(?:int|float|uuid)\b|\(\?P<[^>]*>\[?\\?[d0]")
_NOT_PAGES = re.compile(r"/(?:static|media|docs|redoc|openapi\.json|favicon\.ico|admin|healthz?|__debug__)\b")
_WRITING = ("POST", "PUT", "PATCH")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """Requests in the story's own form ("POST /add item=VALUE", "/view"); `others` are routes left over.

    `is_guarded`: forms are taken only from somebody who has seen a page of the app (CSRF).
    """

    writes: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    is_guarded: bool = False


Fields = Mapping[str, Sequence[tuple[str, str, bool]]]
"""What the view of a path reads (`launcher.fields`): where, the name, and whether any text will do."""


def guess(routes: Mapping[str, Sequence[str]], fields: Fields | None = None) -> Guess:
    """Paths, and the methods that each of them takes (none: its framework does not say)."""
    writes: list[str] = []
    reads: list[str] = []
    others: list[str] = []
    for path, methods in routes.items():
        places = _PLACE.findall(path)
        read = (fields or {}).get(path, ())
        writing = next((method for method in _WRITING if method in methods), "POST" if read else None)
        if _NOT_PAGES.match(path):
            continue
        if len(places) > 1 or any(_NO_TEXT.match(place) for place in places):
            others.append(path)
        elif places:
            filled = _PLACE.sub("VALUE", path, count=1)
            writes.append(f"{writing} {filled}" if writing and "GET" not in methods else filled)
        elif writing:
            writes += [f"{writing} {path}{filled}" for filled in _filled(read or (("form", "item", True),))]
            reads += [path] if "GET" in methods or not methods else []
        elif not methods or "GET" in methods:
            reads.append(path)
    return Guess(writes=tuple(dict.fromkeys(writes)), reads=tuple(dict.fromkeys(reads)), others=tuple(others))


def _filled(fields: Sequence[tuple[str, str, bool]]) -> Iterator[str]:
    """The fields with VALUE in the first that takes a text, and what most others will take; nothing without one."""
    first = next((name for _, name, is_text in fields if is_text), None)
    if first is None:
        return
    values = {name: "VALUE" if name == first else "text" if is_text else 1 for _, name, is_text in fields}
    kinds = {where for where, _, _ in fields}
    if kinds == {"json"}:
        yield f" {json.dumps(values)}"
    elif kinds == {"query"}:
        yield f"?{'&'.join(f'{name}={value}' for name, value in values.items())}"
    else:
        yield "".join(f" {name}={value}" for name, value in values.items())


def guessed(app: AppInfo) -> Guess:
    """The guess for an application that was asked for its routes."""
    found = guess({path: app.methods.get(path, ()) for path in app.routes}, app.fields)
    has_forms = any(where == "form" for fields in app.fields.values() for where, _, _ in fields)
    return replace(found, is_guarded=app.framework == "Django" and has_forms)


def pages_of(app: AppInfo) -> list[str]:
    """The routes that a person would think of."""
    return [path for path in app.routes if not _NOT_PAGES.match(path)]
