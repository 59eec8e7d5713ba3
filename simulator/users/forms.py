"""Forms as a browser sends them: hidden fields of the page, and the CSRF cookie as a header."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from html.parser import HTMLParser

import httpx

from simulator.proxy.transport import STREAMING

_CSRF_HEADERS: Mapping[str, str] = {
    "csrftoken": "X-CSRFToken",
    "XSRF-TOKEN": "X-XSRF-TOKEN",
    "csrf_token": "X-CSRF-Token",
    "_csrf": "X-CSRF-Token",
}
"""cookie -> header: Django and Starlette's add-ons, Angular's and axios's convention, and the common rest."""


def csrf_headers(cookies: httpx.Cookies) -> dict[str, str]:
    """The header for each CSRF cookie that is there."""
    return {
        _CSRF_HEADERS[cookie.name]: cookie.value
        for cookie in cookies.jar
        if cookie.name in _CSRF_HEADERS and cookie.value
    }


class FormMemory:
    """The hidden fields of every form that a user has seen: of those with the same target, the newest counts."""

    def __init__(self) -> None:
        self._hidden: dict[str, dict[str, str]] = {}

    def see(self, response: httpx.Response) -> None:
        """Look through an answer (a response hook of httpx). Streams are left alone."""
        is_page = response.headers.get("content-type", "").startswith("text/html")
        if is_page and not response.request.extensions.get(STREAMING) and b"<form" in response.read().lower():
            for action, fields in forms_in(response.text):
                self._hidden[_place(response.url.join(action))] = fields

    @property
    def memory(self) -> Hashable:
        """Equal for memories that give equal fields."""
        return tuple(sorted((place, tuple(sorted(fields.items()))) for place, fields in self._hidden.items()))

    def hidden(self, url: httpx.URL) -> dict[str, str]:
        """The hidden fields of the newest form that sends to `url`."""
        return dict(self._hidden.get(_place(url), {}))


def forms_in(page: str) -> list[tuple[str, dict[str, str]]]:
    """(action, hidden fields) of each form on an HTML page; an action of "" is the page itself."""
    parser = _FormParser()
    parser.feed(page)
    parser.close()
    return parser.forms


class _FormParser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []
        self._is_inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "form":
            self._is_inside = True
            self.forms.append((values.get("action") or "", {}))
        elif tag == "input" and self._is_inside and _is_hidden(values):
            self.forms[-1][1][values.get("name") or ""] = values.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_inside = False


def _place(url: httpx.URL) -> str:
    return f"{url.host}{url.path}"


def _is_hidden(values: Mapping[str, str | None]) -> bool:
    return (values.get("type") or "").lower() == "hidden" and bool(values.get("name"))
