"""What the application logged, printed and raised during a run (`-vv`): each line with its worker, step and user."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from simulator.events import AppRaised, Event, Logged, RequestFailed, RunStarted, WorkerExited
from simulator.reports.layout import cut, printable
from simulator.reports.style import Style


def logs(events: Iterable[Event], style: Style) -> str:
    """One line a record, tracebacks below theirs; empty where the application kept silent."""
    lines = [printable(line) for line in _lines(events)]
    return "".join(f"{cut(line, style.width, style.ellipsis).rstrip()}\n" for line in lines)


def _lines(events: Iterable[Event]) -> Iterator[str]:
    heading = ""
    for event in events:
        match event:
            case RunStarted():
                heading = f"order {event.order}"
            case _ if found := list(_of(event)):
                if heading:
                    yield heading
                    heading = ""
                yield from found


def _of(event: Event) -> Iterator[str]:
    match event:
        case Logged():
            first, *rest = event.message.splitlines() or [""]
            yield f"   {_where(event.worker, event.step)}{event.level} {event.logger}: {first}"
            yield from (f"      {line}" for line in rest)
        case AppRaised():
            yield f"   {_where(event.worker, event.step)}raised {event.error}"
            yield from (f"      {line}" for line in event.lines)
        case RequestFailed():
            yield f"   {_where(None, event.step)}no answer ({event.reason}): {event.detail}"
            yield from (f"      {line}" for line in event.where)
        case WorkerExited() if not event.wanted:
            yield f"   {_where(event.worker, event.step)}exited: {event.how}"


def _where(worker: int | None, step: int | None) -> str:
    parts = [f"worker {worker}" if worker is not None else "", f"step {step}" if step is not None else ""]
    return "".join(f"{part}  " for part in parts if part)
