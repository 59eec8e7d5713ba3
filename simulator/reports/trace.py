"""A record as a Chrome trace (Perfetto opens it): a process for each worker, a thread for each user.

The form is the "JSON Object Format" of the Trace Event Format. Runs follow each other on one time line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from simulator.events import (
    AppLoaded,
    AppRaised,
    Event,
    LifecycleChanged,
    Logged,
    OutsideChanged,
    RequestFailed,
    RequestSent,
    ResponseReceived,
    RunStarted,
    WorkerExited,
)

OUTSIDE = 0
"""The process that stands for everything outside the workers."""
_THREADS = 100
"""Thread numbers of worker 2 begin after 200: Perfetto takes equal numbers of two processes for one thread."""
_GAP_S = 0.001
_MOST_TEXT = 500


def trace(events: Iterable[Event], *, labels: Mapping[str, str] | None = None) -> str:
    """One JSON object. `labels` are put in the place of tokens in answers."""
    timeline = _Timeline(labels or {})
    for event in events:
        timeline.add(event)
    # By time, and what began at the same time by length: readers put the shorter span inside the longer one.
    rows = sorted(timeline.rows, key=lambda row: (row["ts"], -row.get("dur", 0)))
    document = {"displayTimeUnit": "ms", "traceEvents": [*timeline.names(), *rows]}
    return json.dumps(document, ensure_ascii=True) + "\n"


class _Timeline:
    def __init__(self, labels: Mapping[str, str]) -> None:
        self.rows: list[dict[str, Any]] = []
        self._labels = labels
        self._threads: dict[tuple[int, str], int] = {}
        self._users: dict[str, int] = {}
        self._open: dict[int, RequestSent] = {}
        self._offset_s = self._latest_s = 0.0

    def add(self, event: Event) -> None:
        match event:
            case RunStarted():
                self._begin(event)
            case RequestSent():
                self._open[event.step] = event
            case ResponseReceived():
                body = self._text(event.body.decode("utf-8", "replace"))
                self._close(event.step, event.t, {"status": event.status, "answer": body})
            case RequestFailed():
                self._close(event.step, event.t, {"failed": event.reason, "detail": event.detail, "where": event.where})
            case _:
                self._add_other(event)
        self._latest_s = max(self._latest_s, self._offset_s + event.t)

    def _add_other(self, event: Event) -> None:
        match event:
            case AppLoaded():
                self._span("load", event.worker, "load", event.began, event.t, {"load": event.load})
            case OutsideChanged():
                self._span(self._text(event.what), OUTSIDE, "world", event.began, event.t, {"step": event.step})
            case LifecycleChanged():
                self._instant(event.action, "g", event.t, event.worker, "operator", {"step": event.step})
            case WorkerExited():
                self._instant(f"exited: {event.how}", "p", event.t, event.worker, "exit", {"wanted": event.wanted})
            case AppRaised():
                self._instant(event.error, "t", event.t, event.worker, self._user(event.step), {"lines": event.lines})
            case Logged():
                text = f"{event.level} {self._text(event.message)}"
                self._instant(text, "t", event.t, event.worker, event.user or "log", {"logger": event.logger})

    def names(self) -> Iterator[dict[str, Any]]:
        """Metadata: what Perfetto writes in front of each track."""
        for worker in sorted({pid for pid, _ in self._threads}):
            name = f"worker {worker}" if worker else "outside the workers"
            yield _meta("process_name", worker, 0, {"name": name})
            yield _meta("process_sort_index", worker, 0, {"sort_index": worker})
        for (worker, user), tid in self._threads.items():
            yield _meta("thread_name", worker, tid, {"name": user})

    def _begin(self, event: RunStarted) -> None:
        if self.rows:
            self._offset_s = self._latest_s + _GAP_S
        self._open.clear()
        args = {"run": event.run, "workers": event.workers, "load": event.load, "app": event.app}
        self._instant(f"order {event.order}", "g", event.t, OUTSIDE, "orders", args)

    def _close(self, step: int, ended: float, args: Mapping[str, Any]) -> None:
        sent = self._open.pop(step, None)
        if sent is not None:
            name = self._text(f"{sent.method} {sent.url}")
            more = {"step": step, "phase": sent.phase, **args}
            self._span(name, sent.worker, sent.user, sent.t, ended, more)

    def _user(self, step: int) -> str:
        sent = self._open.get(step)
        return sent.user if sent else "app"

    def _span(
        self, name: str, worker: int | None, user: str, began: float, ended: float, args: Mapping[str, Any]
    ) -> None:
        duration = max(_microseconds(ended - began), 1)
        self.rows.append({**self._row(name, "X", worker, user, began, args), "dur": duration})

    def _instant(
        self, name: str, scope: str, at: float, worker: int | None, user: str, args: Mapping[str, Any]
    ) -> None:
        self.rows.append({**self._row(name, "i", worker, user, at, args), "s": scope})

    def _row(
        self, name: str, phase: str, worker: int | None, user: str, at: float, args: Mapping[str, Any]
    ) -> dict[str, Any]:
        pid = worker if worker is not None else OUTSIDE
        number = self._users.setdefault(user, len(self._users) + 1)
        tid = self._threads.setdefault((pid, user), pid * _THREADS + number)
        ts = _microseconds(self._offset_s + at)
        return {"name": name, "cat": user, "ph": phase, "ts": ts, "pid": pid, "tid": tid, "args": dict(args)}

    def _text(self, text: str) -> str:
        for token, label in self._labels.items():
            text = text.replace(token, label)
        return text[:_MOST_TEXT]


def _microseconds(seconds: float) -> int:
    return round(seconds * 1_000_000)


def _meta(name: str, pid: int, tid: int, args: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": name, "ph": "M", "ts": 0, "pid": pid, "tid": tid, "args": dict(args)}
