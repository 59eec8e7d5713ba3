"""One request as the proxy takes it, what the story says about it, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import unquote

from simulator.events import Effect, Headers

RawHeaders: TypeAlias = list[tuple[bytes, bytes]]

STEP_HEADER = b"x-workersim-step"
"""Travels with scripted requests up to the application, so that a person's own tracing can join."""

HEADER_LIMIT = 64 * 1024
"""Bytes of headers that clients and servers in the wild still take (Apache 8 KiB, nginx 32 KiB, httpx 100 KiB)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What is known about a request beside its bytes.

    `step` None: the dealer numbers it. `worker` None: the routing decides. `expect` are the statuses that mean
    "certainly not done"; `composed`: the server, not the user, wrote the address. `now_s` (since 1970)
    and `chance` (a seed) are what the worker's own clock and entropy are during the request.
    """

    user: str
    step: int | None = None
    effects: tuple[Effect, ...] = ()
    expect: tuple[int, ...] = ()
    phase: str = "story"
    composed: bool = False
    worker: int | None = None
    now_s: float | None = None
    chance: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """An ASGI scope of plain values and the body; `more`: the rest of the body follows later."""

    scope: dict[str, Any]
    body: bytes = b""
    more: bool = False

    @property
    def method(self) -> str:
        """The HTTP method; GET for a WebSocket, which begins as one."""
        method: str = self.scope.get("method", "GET")
        return method

    @property
    def url(self) -> str:
        """The address as the request line has it: path and query."""
        query = self.scope["query_string"]
        target: bytes = self.scope["raw_path"] + b"?" + query if query else self.scope["raw_path"]
        return target.decode("latin-1")


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer."""

    status: int
    headers: RawHeaders
    body: bytes


class NoAnswer(Exception):
    """No whole answer came. `reason` is "timeout", "worker-died", "cut-short", "refused" (no worker
    is there to take the request) or "too-large".

    `where` are lines that say what the worker was doing, innermost frame first.
    """

    def __init__(self, reason: str, detail: str, where: tuple[str, ...] = ()) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.where = where


def http_scope(*, method: str, target: bytes, headers: RawHeaders, scheme: str = "http") -> dict[str, Any]:
    """The ASGI scope of a scripted request, without what is as usual (`wire.USUAL`), however it travels.

    `target` is path and query as the request line has them.
    """
    raw_path, _, query = target.partition(b"?")
    scope: dict[str, Any] = {
        "type": "http",
        "method": method,
        "path": unquote(raw_path.decode("ascii")),
        "raw_path": raw_path,
        "query_string": query,
        "headers": headers,
    }
    if scheme != "http":
        scope["scheme"] = scheme
    return scope


def header_size(headers: RawHeaders) -> int:
    """Bytes of all names and values."""
    return sum([len(name) + len(value) for name, value in headers])


def readable(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Headers as text, byte for byte."""
    return tuple([(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers])
