"""From an app's routes to what its users could do: a guess to start from, never a judgement."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_PLACE = re.compile(r"<[^>]*>|\{[^}]*\}|\(\?P<[^>]*>[^)]*\)")
_NOT_PAGES = re.compile(r"/(?:static|media|docs|redoc|openapi\.json|favicon\.ico|admin|healthz?|__debug__)\b")
_WRITING = ("POST", "PUT", "PATCH")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """Requests in the story's own form ("POST /add item=VALUE", "/view"); `others` are routes left over."""

    writes: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


def guess(routes: Iterable[str]) -> Guess:
    """Routes are paths, with their methods before them where they are known ("GET,POST /add")."""
    writes: list[str] = []
    reads: list[str] = []
    others: list[str] = []
    for methods, path in (_split(route) for route in routes):
        places = _PLACE.findall(path)
        writing = next((method for method in _WRITING if method in methods), None)
        if _NOT_PAGES.match(path) or len(places) > 1:
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


def _split(route: str) -> tuple[Sequence[str], str]:
    methods, _, path = route.rpartition(" ")
    return [method.upper() for method in re.split(r"[,|/ ]+", methods) if method], path if path.startswith(
        "/"
    ) else f"/{path}"
