"""Redaction: secrets are replaced in events before anything is written down.

Rule: names stay, values go (`session=[removed]`), and the tokens inside a secret are kept
(`[removed:wsim...]`), since a leak may travel in a cookie: the history of a redacted record is the history of
the run. Redacting twice changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from simulator.events import Event, Headers, Logged, OutsideChanged, RequestFailed, RequestSent, ResponseReceived
from simulator.history.record import Header
from simulator.story.tokens import TOKEN_BYTES, tokens_in

SECRET_HEADERS = frozenset(
    {
        "authorization",
        "proxy-authorization",
        "x-api-key",
        "x-auth-token",
        "x-csrf-token",
        "x-csrftoken",
        "x-xsrf-token",
    }
)
"""Headers whose whole value is a secret; of Cookie and Set-Cookie only the values of the cookies are."""
SECRET_FIELDS = (
    "password",
    "password1",
    "password2",
    "passwd",
    "pwd",
    "secret",
    "client_secret",
    "api_key",
    "access_token",
    "refresh_token",
    "csrfmiddlewaretoken",
    "csrf_token",
    "csrf-token",
    "_csrf",
    "authenticity_token",
)
"""Names of form fields, of query parameters, of JSON members, of inputs and metas in pages."""

_HINTS = ("passw", "pwd", "secret", "token", "csrf", "api_key")

_COOKIE = re.compile(r"(?P<name>[^=;\s]+=)(?P<value>[^;]*)")
_AUTH_WORD = re.compile(r"(\bauth\s+[^\s:]+:)(\S+)")
_SECRET_ATTRIBUTE = re.compile(rb"""(\b(?:value|content)\s*=\s*)("[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE)


class Redaction:
    """Takes secrets out of events. `fields` and `headers` are names beyond the usual ones (`Story.secrets`)."""

    def __init__(self, *, fields: Iterable[str] = (), headers: Iterable[str] = ()) -> None:
        self._headers = SECRET_HEADERS | {name.lower() for name in headers}
        names = tuple(dict.fromkeys(name.lower() for name in (*SECRET_FIELDS, *fields)))
        # One of these is in every body that holds a secret field: a few quick searches spare the slow ones.
        rare = (name for name in names if not any(hint in name for hint in _HINTS))
        self._hints = tuple(hint.encode() for hint in (*_HINTS, *rare))
        self._patterns = _patterns("|".join(re.escape(name) for name in names).encode())

    def event(self, event: Event) -> Event:
        """The event without secrets; the same object where it holds none."""
        match event:
            case RequestSent():
                body, headers, url = self.data(event.body), self.headers(event.headers), self.text(event.url)
                if body is event.body and headers is event.headers and url is event.url:
                    return event
                return replace(event, body=body, headers=headers, url=url)
            case ResponseReceived():
                body, headers = self.data(event.body), self.headers(event.headers)
                if body is event.body and headers is event.headers:
                    return event
                return replace(event, body=body, headers=headers)
            case Logged():
                return replace(event, message=self.text(event.message))
            case OutsideChanged():
                return replace(event, what=self.text(event.what))
            case RequestFailed():
                return replace(event, detail=self.text(event.detail))
        return event

    def header(self, header: Header) -> Header:
        """The first line of a record without secrets in its story and its command."""
        texts = (header.story, header.command)
        story, command = (_AUTH_WORD.sub(rf"\1{_removed('')}", text) if "auth" in text else text for text in texts)
        return replace(header, story=self.text(story), command=self.text(command))

    def headers(self, headers: Headers) -> Headers:
        """Headers without the values of cookies and of secret headers."""
        changed: list[tuple[str, str]] | None = None
        for at, (name, value) in enumerate(headers):
            clean = self._value(name.lower(), value)
            if clean is not value:
                changed = changed or list(headers)
                changed[at] = (name, clean)
        return headers if changed is None else tuple(changed)

    def text(self, text: str) -> str:
        """Text (an address, a log line) without the values of secret fields."""
        if "=" not in text and '"' not in text:
            return text
        data = text.encode("utf-8", "surrogatepass")
        clean = self.data(data)
        return text if clean is data else clean.decode("utf-8", "surrogatepass")

    def data(self, data: bytes) -> bytes:
        """A body without the values of secret fields: form, multipart, JSON or page."""
        if b"=" not in data and b'"' not in data:  # each of the four has one of them
            return data
        lower = data.lower()
        for hint in self._hints:
            if hint in lower:
                break
        else:
            return data
        clean = data
        for pattern, clear in self._patterns:
            clean = pattern.sub(clear, clean)
        return clean

    def _value(self, name: str, value: str) -> str:
        if name == "cookie":
            return _COOKIE.sub(_without_value, value)
        if name == "set-cookie":
            return _COOKIE.sub(_without_value, value, count=1)
        return _removed(value) if name in self._headers else self.text(value)


def _removed(secret: str) -> str:
    """What stands in the place of a secret: without blanks, quotes and separators, so that every form stays valid."""
    tokens = ",".join(dict.fromkeys(tokens_in(secret)))
    return f"[removed:{tokens}]" if tokens else "[removed]"


def _removed_bytes(secret: bytes) -> bytes:
    tokens = b",".join(dict.fromkeys(TOKEN_BYTES.findall(secret)))
    return b"[removed:" + tokens + b"]" if tokens else b"[removed]"


def _without_value(match: re.Match[str]) -> str:
    return match["name"] + _removed(match["value"])


_Clear = Callable[[re.Match[bytes]], bytes]


def _patterns(names: bytes) -> tuple[tuple[re.Pattern[bytes], _Clear], ...]:
    """How each form writes a field, and how its value is replaced."""

    def compiled(pattern: bytes) -> re.Pattern[bytes]:
        return re.compile(pattern.replace(b"NAMES", b"(?:" + names + b")"), re.IGNORECASE | re.DOTALL)

    form = compiled(rb"((?:^|(?<=[?&;\s]))NAMES=)([^&\s\"'<>]+)")
    json = compiled(rb'("NAMES"\s*:\s*)("(?:[^"\\]++|\\.)*+"|[^\s,}\]"]++)')
    multipart = compiled(rb'(\bname="NAMES"[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n)(.*?)(?=\r?\n--)')
    page = compiled(rb"<(?:input|meta)\b[^>]*\bname\s*=\s*[\"']?NAMES[\"'\s/>][^>]*>?")
    return (form, _clear_rest), (json, _clear_json), (multipart, _clear_rest), (page, _clear_tag)


def _clear_rest(match: re.Match[bytes]) -> bytes:
    return match[1] + _removed_bytes(match[2])


def _clear_json(match: re.Match[bytes]) -> bytes:
    return match[1] + b'"' + _removed_bytes(match[2]) + b'"'


def _clear_tag(match: re.Match[bytes]) -> bytes:
    return _SECRET_ATTRIBUTE.sub(lambda found: found[1] + b'"' + _removed_bytes(found[2]) + b'"', match[0])
