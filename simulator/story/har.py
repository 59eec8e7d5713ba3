"""A browser's recorded visit (HAR 1.2) as the requests that the application itself served.

Rule: pictures, styles, programs and other hosts are left out; what was not recorded is not made up.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urljoin, urlsplit

from simulator.errors import StoryError

BROWSER = "alice"
"""Who sits at the browser."""

_PAGES = ("text/html", "application/json", "text/plain", "application/xhtml")
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request of the visit and what came back. `fields` are those of a form, `json` is a JSON body.

    `followed`: the browser was sent here by the answer before.
    """

    user: str
    method: str
    path: str
    status: int
    page: str
    fields: tuple[tuple[str, str], ...] = ()
    json: str | None = None
    followed: bool = False

    @property
    def visible(self) -> str:
        """The page without its tags; of JSON, its texts without their names."""
        try:
            return "\n".join(texts_in(json.loads(self.page)))
        except ValueError:
            return _TAG.sub(" ", self.page)


def texts_in(value: Any) -> Iterator[str]:
    """All texts in a JSON value, names of members not counted."""
    match value:
        case str():
            yield value
        case dict() | list():
            for entry in value.values() if isinstance(value, dict) else value:
                yield from texts_in(entry)


def read_har(text: str) -> tuple[tuple[Asked, ...], int]:
    """The requests in their order, and how many entries were left out. Raises StoryError if it is no HAR file."""
    entries = _entries(text)
    asked = tuple(_asked(entries))
    return asked, len(entries) - len(asked)


def _entries(text: str) -> Sequence[Mapping[str, Any]]:
    try:
        log = json.loads(text)["log"]
        entries = sorted(log["entries"], key=lambda entry: str(entry["startedDateTime"]))
        return _of_first_run(entries) if log["creator"]["name"] == "workersim" else entries
    except (ValueError, KeyError, TypeError):
        raise StoryError(
            "this is no HAR file", do=("In a browser: developer tools, Network, Save all as HAR with content.",)
        ) from None


def _of_first_run(entries: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Our own files hold every run, with the looks after each; pages are called `1-alice`."""
    runs = [str(entry["pageref"]).partition("-")[0] for entry in entries]
    first = [entry for entry, run in zip(entries, runs, strict=True) if run == runs[0]]
    return [entry for entry in first if str(entry.get("comment", "")).endswith("story")]


def _asked(entries: Sequence[Mapping[str, Any]]) -> Iterator[Asked]:
    """The requests to the application that is visited first."""
    origin = ""
    sent_to: dict[str, str] = {}
    for entry in entries:
        request, response = entry.get("request") or {}, entry.get("response") or {}
        address = urlsplit(str(request.get("url", "")))
        if not _is_page(request, response):
            continue
        origin = origin or f"{address.scheme}://{address.netloc}"
        if f"{address.scheme}://{address.netloc}" != origin:
            continue
        user, fields_and_json = _user(entry), _body(request.get("postData") or {})
        followed = request["method"] == "GET" and sent_to.pop(user, "") == address.geturl()
        if target := response.get("redirectURL"):
            sent_to[user] = urljoin(address.geturl(), target)
        yield Asked(
            user=user,
            method=request["method"],
            path=(address.path or "/") + (f"?{address.query}" if address.query else ""),
            status=int(response.get("status") or 0),
            page="" if target else _text(response.get("content") or {}),
            fields=fields_and_json[0],
            json=fields_and_json[1],
            followed=followed,
        )


def _is_page(request: Mapping[str, Any], response: Mapping[str, Any]) -> bool:
    if request.get("method") in ("HEAD", "OPTIONS", "CONNECT", None):
        return False
    kind = str((response.get("content") or {}).get("mimeType", ""))
    return kind.startswith(_PAGES) or bool(response.get("redirectURL")) or response.get("status") == 204


def _user(entry: Mapping[str, Any]) -> str:
    """Whose page it is, where the file says so."""
    match = re.fullmatch(r"\d+-([A-Za-z][\w-]*)", str(entry.get("pageref", "")))
    return match[1] if match else BROWSER


def _text(content: Mapping[str, Any]) -> str:
    return "" if content.get("encoding") == "base64" else unescape(str(content.get("text", "")))


def _body(posted: Mapping[str, Any]) -> tuple[tuple[tuple[str, str], ...], str | None]:
    kind, text = str(posted.get("mimeType", "")), str(posted.get("text", ""))
    if kind.startswith("application/json"):
        try:
            return (), json.dumps(json.loads(text), ensure_ascii=False)
        except ValueError:
            return (), None
    if kind.startswith("application/x-www-form-urlencoded") and text:
        # Browsers differ in whether `params` are decoded; the text is as it was sent.
        return tuple(parse_qsl(text, keep_blank_values=True)), None
    params = [(one["name"], str(one.get("value", ""))) for one in posted.get("params") or () if "name" in one]
    return tuple((unquote_plus(name), unquote_plus(value)) for name, value in params), None
