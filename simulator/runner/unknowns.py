"""Why a run says nothing: answers that were never there, requests without an answer, processes that died."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from simulator.events import AppRaised, Event, RequestFailed, RequestSent, ResponseReceived, RunStarted
from simulator.result import Unknown
from simulator.runner.shown import request_text, status_text
from simulator.story.tokens import show

ROUTE_WITHOUT_AT = re.compile(r"^\s*\w+\.(?:route|get|post|put|patch|delete)\(\s*[\"']/")
NUMBERS_SHOWN = 4


def failed_requests(events: Sequence[Event], labels: Mapping[str, str]) -> tuple[Unknown, ...]:
    """One Unknown for each request that never got a whole answer, the same place and reason only once."""
    found: dict[tuple[str, str], Unknown] = {}
    sent: dict[int, RequestSent] = {}
    for event in events:
        match event:
            case RunStarted():
                sent.clear()
            case RequestSent():
                sent[event.step] = event
            case RequestFailed() if event.step in sent:
                request = sent[event.step]
                found.setdefault((event.reason, request.user), _failed(request, event, labels))
    return tuple(found.values())


def _failed(request: RequestSent, failed: RequestFailed, labels: Mapping[str, str]) -> Unknown:
    return Unknown(
        what=f"{request.user}'s step {request.step}, {show(request_text(request), labels)}, {failed.detail}",
        why=tuple(f"worker {request.worker} is at {place}" for place in failed.where[:1]) + failed.where[1:3],
        do=_advice(failed.reason),
    )


def _advice(reason: str) -> tuple[str, ...]:
    if reason == "timeout":
        return ("The worker was stopped. Longer limit: --timeout 30",)
    if reason == "worker-died":
        return ("Connections and threads opened at import often break after the fork.", "Try: --load per-worker")
    return ()


def nothing_read(
    events: Sequence[Event], *, routes: Sequence[str], source: Mapping[str, Sequence[str]]
) -> Unknown | None:
    """The Unknown for a run in which no answer was a page that the story wanted, or None.

    `routes` are the paths that the application knows; `source` its files' lines, by name.
    """
    statuses = Counter(event.status for event in events if isinstance(event, ResponseReceived))
    total = statuses.total()
    if not total or any(status < 400 for status in statuses):
        return None
    status, count = statuses.most_common(1)[0]
    amount = f"all {total}" if count == total else f"{count} of {total}"
    known = f"the app knows: {', '.join(routes[:NUMBERS_SHOWN])}" if routes else "the app knows no paths at all"
    errors = tuple(dict.fromkeys(event.error for event in events if isinstance(event, AppRaised)))
    return Unknown(
        what=f"{amount} answers were {status_text(status)}, so nothing was checked",
        why=(known,) if status == 404 else errors[:2],
        do=tuple(_missing_at(source)) if status == 404 else (),
    )


def _missing_at(source: Mapping[str, Sequence[str]]) -> Iterable[str]:
    """Where a route is registered as a plain call: the decorator's `@` was forgotten."""
    for file, lines in source.items():
        numbers = [
            number
            for number, line in enumerate(lines, start=1)
            if ROUTE_WITHOUT_AT.match(line) and lines[number : number + 1] and lines[number].lstrip().startswith("def ")
        ]
        if numbers:
            places = " and ".join(f":{number}" for number in numbers[:NUMBERS_SHOWN])
            yield f'In {file}{places} "app.route(...)" has no "@" in front of it.'
