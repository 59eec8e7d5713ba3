"""A record as a HAR 1.2 file for browser tools: one page for each user of a run."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from simulator import __version__
from simulator.events import Event, Headers, RequestFailed, RequestSent, ResponseReceived, RunStarted

HOST = "http://localhost"
"""Stands in front of addresses that are only paths: between proxy and worker there is no host."""


def har(events: Iterable[Event], *, began: datetime = datetime(1970, 1, 1, tzinfo=UTC)) -> str:
    """One JSON object. `began` is the time of day that the run's clock calls 0."""
    pages = _Pages(began=began)
    for event in events:
        pages.add(event)
    creator = {"name": "workersim", "version": __version__}
    log = {"version": "1.2", "creator": creator, "pages": list(pages.pages.values()), "entries": pages.entries}
    return json.dumps({"log": log}, ensure_ascii=True, indent=1) + "\n"


@dataclass(slots=True, kw_only=True)
class _Pages:
    began: datetime
    pages: dict[str, dict[str, Any]] = field(default_factory=dict)
    entries: list[dict[str, Any]] = field(default_factory=list)
    run: RunStarted | None = None
    sent: dict[int, RequestSent] = field(default_factory=dict)

    def add(self, event: Event) -> None:
        match event:
            case RunStarted():
                self.run = event
                self.sent.clear()
            case RequestSent():
                self.sent[event.step] = event
            case ResponseReceived() | RequestFailed():
                if (sent := self.sent.pop(event.step, None)) is not None:
                    self.entries.append(self._entry(sent, event))

    def _entry(self, sent: RequestSent, came: ResponseReceived | RequestFailed) -> dict[str, Any]:
        took_ms = max(round((came.t - sent.t) * 1000, 3), 0.0)
        entry = {
            "pageref": self._page(sent),
            "startedDateTime": self._time(sent.t),
            "time": took_ms,
            "request": _request(sent),
            "response": _response(came) if isinstance(came, ResponseReceived) else _no_response(),
            "cache": {},
            "timings": {"send": 0, "wait": took_ms, "receive": 0},
            "comment": f"step {sent.step}, worker {sent.worker}, {sent.phase}",
        }
        return entry if isinstance(came, ResponseReceived) else {**entry, "_error": f"{came.reason}: {came.detail}"}

    def _page(self, sent: RequestSent) -> str:
        number, order = (self.run.run, self.run.order) if self.run else (0, "")
        name = f"{number}-{sent.user}"
        title = f"{sent.user} in order {order}" if order else sent.user
        page = {"startedDateTime": self._time(sent.t), "id": name, "title": title, "pageTimings": {}}
        self.pages.setdefault(name, page)
        return name

    def _time(self, t: float) -> str:
        return (self.began + timedelta(seconds=t)).isoformat(timespec="milliseconds")


def _request(sent: RequestSent) -> dict[str, Any]:
    url = sent.url if "://" in sent.url else HOST + sent.url
    request: dict[str, Any] = {
        "method": sent.method,
        "url": url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _headers(sent.headers),
        "queryString": [_pair(*pair) for pair in parse_qsl(urlsplit(url).query, keep_blank_values=True)],
        "headersSize": -1,
        "bodySize": len(sent.body),
    }
    if sent.body:
        text = sent.body.decode("utf-8", "replace")
        request["postData"] = {"mimeType": _type(sent.headers), "params": [], "text": text}
    return request


def _response(came: ResponseReceived) -> dict[str, Any]:
    location = next((value for name, value in came.headers if name.lower() == "location"), "")
    cut = {"comment": "the record holds only the beginning"} if came.cut else {}
    content = {"size": len(came.body), "mimeType": _type(came.headers), **_content(came.body), **cut}
    phrase = HTTPStatus(came.status).phrase if came.status in set(HTTPStatus) else ""
    return _plain_response(came.status, phrase, _headers(came.headers), content, location, len(came.body))


def _no_response() -> dict[str, Any]:
    """Status 0 is how browsers write down that no answer came."""
    return _plain_response(0, "", [], {"size": 0, "mimeType": "x-unknown"}, "", -1)


def _plain_response(
    status: int, phrase: str, headers: list[dict[str, str]], content: dict[str, Any], location: str, size: int
) -> dict[str, Any]:
    return {
        "status": status,
        "statusText": phrase,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": headers,
        "content": content,
        "redirectURL": location,
        "headersSize": -1,
        "bodySize": size,
    }


def _content(body: bytes) -> dict[str, str]:
    try:
        return {"text": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"text": base64.b64encode(body).decode("ascii"), "encoding": "base64"}


def _headers(headers: Headers) -> list[dict[str, str]]:
    return [_pair(name, value) for name, value in headers]


def _pair(name: str, value: str) -> dict[str, str]:
    return {"name": name, "value": value}


def _type(headers: Headers) -> str:
    return next((value for name, value in headers if name.lower() == "content-type"), "application/octet-stream")
