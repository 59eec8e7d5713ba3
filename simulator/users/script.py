"""Text stories as programs: the lines of one user, taken one after the other."""

from __future__ import annotations

import contextlib
from collections.abc import MutableMapping, Sequence
from typing import Any

import httpx

from simulator.story import paths
from simulator.story.line import Keep, Line, Request
from simulator.users.client import User
from simulator.users.gate import DECLARED, Declared, rest

_IN_THE_ADDRESS = frozenset({"GET", "HEAD"})
_SAFE = _IN_THE_ADDRESS | {"OPTIONS", "TRACE"}


def play_lines(user: User, lines: Sequence[Line], *, seed: int, kept: MutableMapping[str, str]) -> None:
    """Take the requests of `lines` as `user`. `kept` holds the `$names` of all users of the run.

    A request without an answer does not end the story: the person goes on with the next line. Raises StoryError
    where a line needs a `$name` that no answer gave.
    """
    for line in lines:
        filled = line.filled(seed=seed, kept=kept)
        if isinstance(filled.act, Request):
            with contextlib.suppress(httpx.RequestError):
                _keep(_send(user, filled, filled.act), filled.act.keeps, kept)
        rest()


def _send(user: User, line: Line, asked: Request) -> httpx.Response:
    declared = Declared(effects=line.effects, expect=asked.expect)
    return user.http.request(
        asked.method,
        user.address(asked.path),
        auth=asked.auth,
        extensions={DECLARED: declared},
        **_content(user, asked),
    )


def _content(user: User, asked: Request) -> dict[str, Any]:
    """The fields, body and headers, with what a browser adds to them."""
    headers = httpx.Headers() if asked.method in _SAFE else httpx.Headers(user.csrf())
    content: dict[str, Any] = {"headers": headers}
    if asked.json is not None:
        headers["content-type"] = "application/json"
        content["content"] = asked.json.encode()
    elif asked.method in _IN_THE_ADDRESS:
        content["params"] = list(asked.fields) or None
    elif fields := _grouped(asked.fields) | user.hidden(asked.path) | _grouped(asked.fields):  # the person's own first
        content["data"] = fields
    headers.update(asked.headers)
    return content


def _grouped(fields: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, value in fields:
        grouped.setdefault(name, []).append(value)
    return grouped


def _keep(response: httpx.Response, keeps: Sequence[Keep], kept: MutableMapping[str, str]) -> None:
    """Put the values that the line asks for into `kept`; what is not there is missed by the line that needs it."""
    if not keeps:
        return
    with contextlib.suppress(ValueError):
        document = response.json()
        for keep in keeps:
            with contextlib.suppress(LookupError):
                kept[keep.name] = str(paths.find(document, keep.path))
