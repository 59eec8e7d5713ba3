"""From an app's routes to what its users could do: a guess to start from, never a judgement."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.launcher.launcher import AppInfo

_PLACE = re.compile(r"<[^>]*>|\{[^}]*\}|\(\?P<[^>]*>[^)]*\)")
_NO_TEXT = re.compile(r"<(?:int|float|uuid)\b|\(\?P<[^>]*>\[?\\?[d0]")
_NOT_PAGES = re.compile(r"/(?:static|media|docs|redoc|openapi\.json|favicon\.ico|admin|healthz?|__debug__)\b")
_WRITING = ("POST", "PUT", "PATCH")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """Requests in the story's own form ("POST /add item=VALUE", "/view"); `others` are routes left over."""

    writes: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


def guess(routes: Mapping[str, Sequence[str]]) -> Guess:
    """Paths, and the methods that each of them takes (none: its framework does not say)."""
    writes: list[str] = []
    reads: list[str] = []
    others: list[str] = []
    for path, methods in routes.items():
        places = _PLACE.findall(path)
        writing = next((method for method in _WRITING if method in methods), None)
        if _NOT_PAGES.match(path):
            continue
        if len(places) > 1 or any(_NO_TEXT.match(place) for place in places):
            others.append(path)
        elif places:
            filled = _PLACE.sub("VALUE", path, count=1)
            writes.append(f"{writing} {filled}" if writing and "GET" not in methods else filled)
        elif writing:
            writes.append(f"{writing} {path} item=VALUE")
            reads += [path] if "GET" in methods else []
        elif not methods or "GET" in methods:
            reads.append(path)
    return Guess(writes=tuple(dict.fromkeys(writes)), reads=tuple(dict.fromkeys(reads)), others=tuple(others))


def routes_of(app: AppInfo) -> Mapping[str, Sequence[str]]:
    """What `guess` takes."""
    return {path: app.methods.get(path, ()) for path in app.routes}
