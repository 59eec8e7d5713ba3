"""From the events of a run to the rows that a person reads: labels instead of tokens, one line an answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit

from simulator.checkers.finding import Anomaly, Finding
from simulator.checkers.meaning import words_of
from simulator.events import (
    AppRaised,
    Event,
    LifecycleChanged,
    OutsideChanged,
    RequestFailed,
    RequestSent,
    ResponseReceived,
)
from simulator.history.operation import WORLD, Value
from simulator.result import ShownStep
from simulator.story.tokens import show

OPERATOR = "operator"
_LONG = re.compile(r"[\w-]{41,}")
"""A word that nobody reads: a CSRF token, a signature."""

Label: TypeAlias = Callable[[Value], str]
"""Puts labels in the place of tokens, in any text or value."""


def shown_steps(
    events: Sequence[Event], *, labels: Mapping[str, str], findings: Iterable[Finding] = ()
) -> tuple[ShownStep, ...]:
    """The steps of one run in the order in which they were taken; those of `findings` carry their marks."""
    named = partial(_named, labels)
    marks = _marks(findings, named)
    answers = {event.step: event for event in events if isinstance(event, ResponseReceived | RequestFailed)}
    raised = {event.step: event for event in events if isinstance(event, AppRaised)}
    rows: list[ShownStep] = []
    for event in events:
        match event:
            case RequestSent():
                rows.append(_request_row(event, answers.get(event.step), raised.get(event.step), marks, named))
            case OutsideChanged():
                rows.append(_outside_row(event.step, WORLD, named(event.what)))
            case LifecycleChanged():
                what = event.action if event.worker is None else f"{event.action} worker {event.worker}"
                rows.append(_outside_row(event.step, OPERATOR, what))
    return tuple(rows)


def mark_of(finding: Finding, label: Label) -> str:
    """The words behind the cross at the marked answer."""
    match finding.name:
        case Anomaly.LOST_WRITE:
            return f"{label(finding.expected)} is missing"
        case Anomaly.LEAK:
            return f"{label(finding.got)} shown to {finding.user}"
        case Anomaly.STALE_VALUE if isinstance(finding.got, str) and isinstance(finding.expected, str):
            return f"old: {label(finding.got)}, not {label(finding.expected)}"
        case Anomaly.STALE_VALUE:
            return f"old value, not {label(finding.expected)}" if finding.expected is not None else "old value"
        case Anomaly.DUPLICATE:
            return f"{label(finding.got)} twice"
        case _:
            return label(finding.sub_kind) or finding.name.value.replace("-", " ")


def _named(labels: Mapping[str, str], value: object) -> str:
    return show(str(value), labels)


def _marks(findings: Iterable[Finding], label: Label) -> dict[int, list[tuple[str, str]]]:
    marks: dict[int, list[tuple[str, str]]] = {}
    for finding in findings:
        mark = (finding.code, mark_of(finding, label))
        if mark not in marks.setdefault(finding.step, []):
            marks[finding.step].append(mark)
    return marks


def _request_row(
    sent: RequestSent,
    answer: ResponseReceived | RequestFailed | None,
    raised: AppRaised | None,
    marks: Mapping[int, Sequence[tuple[str, str]]],
    label: Label,
) -> ShownStep:
    found = marks.get(sent.step, ())
    return ShownStep(
        number=sent.step,
        user=sent.user,
        request=label(request_text(sent)),
        worker=sent.worker,
        answer=label(answer_text(answer, raised)),
        status=answer.status if isinstance(answer, ResponseReceived) else None,
        mark="; ".join(text for _, text in found),
        codes=tuple(dict.fromkeys(code for code, _ in found)),
        phase=sent.phase,
    )


def _outside_row(step: int, user: str, what: str) -> ShownStep:
    return ShownStep(number=step, user=user, request=what, worker=None, answer="")


def request_text(sent: RequestSent) -> str:
    """Method, path and the body in short: `POST /cart item=alice-1`."""
    parts = urlsplit(sent.url)
    path = unquote(parts.path) + (f"?{parts.query}" if parts.query else "")
    kind = _header(sent.headers, "content-type")
    if not sent.body:
        body = ""
    elif "form-urlencoded" in kind:
        fields = parse_qsl(sent.body.decode("utf-8", "replace"))
        body = " ".join(f"{name}={_LONG.sub(_begun, value)}" for name, value in fields)
    else:
        body = _one_line(sent.body.decode("utf-8", "replace"))
    return f"{sent.method} {path} {body}".rstrip()


def _begun(word: re.Match[str]) -> str:
    return f"{word[0][:8]}…"


def answer_text(answer: ResponseReceived | RequestFailed | None, raised: AppRaised | None = None) -> str:
    """What came back, in one line: JSON as it is, the visible words of a page, where a redirect leads."""
    if answer is None:
        return ""
    if isinstance(answer, RequestFailed):
        return answer.detail or answer.reason
    if answer.status >= 500 and raised is not None:
        return f"{status_text(answer.status)}: {raised.error}"
    location = _header(answer.headers, "location")
    if 300 <= answer.status < 400 and location:
        return f"{answer.status} to {location}"
    text = _body_text(answer)
    return text if answer.status < 400 else f"{status_text(answer.status)}"


def status_text(status: int) -> str:
    """`404 Not Found`."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _body_text(answer: ResponseReceived) -> str:
    text = answer.body.decode("utf-8", "replace")
    kind = _header(answer.headers, "content-type")
    if "json" in kind:
        try:
            return json.dumps(json.loads(text), ensure_ascii=False)
        except ValueError:
            return _one_line(text)
    return " ".join(words_of(text)) if "html" in kind and "<" in text else _one_line(text)


def _header(headers: Iterable[tuple[str, str]], name: str) -> str:
    return next((value for key, value in headers if key.lower() == name), "")


def _one_line(text: str) -> str:
    return " ".join(text.split())
