"""Why a run says nothing: answers that were never there, requests without an answer, processes that died."""

from __future__ import annotations

import re
import shlex
import traceback
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from simulator.events import AppRaised, Event, RequestFailed, RequestSent, ResponseReceived
from simulator.history.operation import Kind
from simulator.result import Unknown
from simulator.runner.play import Stopped
from simulator.runner.shown import request_text, status_text
from simulator.runner.trials import Trial
from simulator.story.tokens import show

ROUTE_WITHOUT_AT = re.compile(r"^\s*\w+\.(?:route|get|post|put|patch|delete)\(\s*[\"']/")
NUMBERS_SHOWN = 4
FIRST_REFUSAL = 400
_FIELDS = "Have a story written with the fields that the app's views read:"
_ADVICE = {status_text(403): "Forms guarded against CSRF want their page seen first. Have a story written that does:"}
CHANGES = frozenset({Kind.ADD, Kind.WRITE, Kind.INCREMENT})


def failed_requests(trials: Iterable[Trial]) -> tuple[Unknown, ...]:
    """One Unknown for each user and reason for which a request never got a whole answer."""
    found: dict[tuple[str, str], Unknown] = {}
    for trial in trials:
        sent = {event.step: event for event in trial.played.events if isinstance(event, RequestSent)}
        for event in trial.played.events:
            if isinstance(event, RequestFailed) and event.reason != "refused":
                request = sent[event.step]
                found.setdefault((event.reason, request.user), _failed(request, event, trial.history.labels))
    return tuple(found.values())


def stopped_programs(trials: Iterable[Trial]) -> tuple[Unknown, ...]:
    """One Unknown for each user whose program raised."""
    found: dict[str, Unknown] = {}
    for trial in trials:
        for stopped in trial.played.stopped:
            if stopped.user not in found:
                found[stopped.user] = _stopped(stopped, trial.history.labels)
    return tuple(found.values())


def _stopped(stopped: Stopped, labels: Mapping[str, str]) -> Unknown:
    frames = traceback.extract_tb(stopped.error.__traceback__)
    ours = Path(__file__).parents[1]
    own = [
        frame for frame in frames if ours not in Path(frame.filename).parents and "site-packages" not in frame.filename
    ]
    why = tuple(f"{Path(frame.filename).name}:{frame.lineno}   {frame.line}" for frame in own[-1:])
    error = "".join(traceback.format_exception_only(stopped.error)).strip()
    return Unknown(
        what=f"{stopped.user}'s story stopped after step {stopped.step}",
        why=(*why, show(error, labels)),
        do=("The steps that were left were not taken, so nothing can be said about them.",),
    )


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
    errors = tuple(dict.fromkeys(event.error for event in events if isinstance(event, AppRaised)))
    return Unknown(
        what=f"{amount} answers were {status_text(status)}, so nothing was checked",
        why=(_known(routes),) if status == 404 else errors[:2],
        do=tuple(_missing_at(source)) if status == 404 else (),
    )


def nothing_stored(trials: Iterable[Trial], *, target: str, routes: Sequence[str]) -> Unknown | None:
    """The Unknown for a key of which every request that should have changed it was refused, or None.

    `target` names the application, `routes` are the paths that it knows.
    """
    refused: dict[str, tuple[str, str]] = {}
    done: set[str] = set()
    errors: dict[str, None] = {}
    for trial in trials:
        sent = {event.step: event for event in trial.played.events if isinstance(event, RequestSent)}
        for event in trial.played.events:
            if isinstance(event, AppRaised):
                errors[event.error] = None
            elif isinstance(event, ResponseReceived):
                request = sent[event.step]
                said = f"{request.method} {urlsplit(request.url).path}", status_text(event.status)
                for key in {effect.key for effect in request.effects if effect.kind in CHANGES}:
                    refused.setdefault(key, said)
                    if event.status < FIRST_REFUSAL:
                        done.add(key)
    untouched = next((key for key in refused if key not in done), None)
    if untouched is None:
        return None
    path, status = refused[untouched]
    return Unknown(
        what=f"no request that stores {untouched} was accepted ({path} was {status}), so nothing was checked",
        why=(_known(routes),) if status == status_text(404) else tuple(errors)[:2],
        do=(_ADVICE.get(status, _FIELDS), f"  workersim init {shlex.quote(target)}"),
    )


def _known(routes: Sequence[str]) -> str:
    if not routes:
        return "which paths the app knows, its framework tells only when it serves"
    more = " ..." if len(routes) > NUMBERS_SHOWN else ""
    return f"the app knows: {', '.join(routes[:NUMBERS_SHOWN])}{more}"


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
