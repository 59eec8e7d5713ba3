"""What comes of a result: the report on stdout, the files that were asked for, and the exit code."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.checkers.finding import Verdict
from simulator.commands.console import Console
from simulator.commands.settings import Settings
from simulator.errors import ExitStatus, UsageError

if TYPE_CHECKING:
    from simulator.events import Event
    from simulator.result import Result

STATUS: Mapping[Verdict, ExitStatus] = {
    Verdict.OK: ExitStatus.OK,
    Verdict.PROBLEM: ExitStatus.PROBLEM,
    Verdict.UNKNOWN: ExitStatus.UNKNOWN,
}


def status_of(results: Sequence[Result]) -> ExitStatus:
    """The exit code of one or more results: a problem wins over what is unknown."""
    verdicts = {result.verdict for result in results}
    return next(STATUS[one] for one in (Verdict.PROBLEM, Verdict.UNKNOWN, Verdict.OK) if one in verdicts)


def show(result: Result, console: Console) -> None:
    """The report for people, or the one object of `--json`; with -vv what the workers logged, on stderr."""
    from simulator.reports.json import document
    from simulator.reports.terminal import report

    if console.is_json:
        console.show_json(document(result))
    else:
        console.show(report(result, console.style, verbosity=console.verbosity))
    if console.verbosity > 1:
        from simulator.reports.logs import logs

        console.err.write(logs(record_of([result]), console.err_style))


def record_of(results: Sequence[Result]) -> Sequence[Event]:
    """What was recorded of all results. Empty where there is no record."""
    from simulator.history.record import read

    events: list[Event] = []
    for name in dict.fromkeys(result.record for result in results if result.record is not None):
        with Path(name).open("rb") as lines:
            events += read(lines).events
    return events


def write_files(results: Sequence[Result], settings: Settings, console: Console) -> None:
    """The files that were asked for, told on stderr. Raises UsageError for one that cannot be written."""
    for name, text in _texts(results, settings):
        try:
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_text(text, encoding="utf-8")
        except OSError as error:
            raise UsageError(f"{name} cannot be written ({error.strerror})") from None
        console.note(f"Wrote {name}")


def _texts(results: Sequence[Result], settings: Settings) -> Iterator[tuple[str, str]]:
    """File name and content of every report that was asked for."""
    if settings.junit:
        from simulator.reports.junit import junit

        yield settings.junit, junit(results)
    if settings.sarif:
        from simulator.reports.sarif import sarif

        yield settings.sarif, sarif(results)
    if settings.html:
        from simulator.reports.html import page

        yield settings.html, page(results)
    if settings.trace:
        from simulator.reports.trace import trace

        events = record_of(results)
        yield settings.trace, trace(events, labels=_labels(events))
    if settings.har:
        from simulator.reports.har import har

        yield settings.har, har(record_of(results))


def _labels(events: Sequence[Event]) -> Mapping[str, str]:
    """Tokens and the names by which reports show them."""
    from simulator.history.from_events import histories

    return {token: label for history in histories(events) for token, label in history.labels.items()}


def tell_github(results: Sequence[Result], console: Console, *, cwd: Path) -> None:
    """In a GitHub workflow: a line for each finding on its line of code, and a table in the job's summary.

    `cwd` is the folder from which the places of the results are seen.
    """
    if os.environ.get("GITHUB_ACTIONS") != "true":
        return
    from simulator.reports.github import summary, workflow_commands

    folder = os.path.relpath(cwd, os.environ.get("GITHUB_WORKSPACE") or Path.cwd())
    # The runner reads workflow commands from both streams; stdout may belong to JSON.
    stream = console.err if console.is_json else console.out
    stream.write("".join(workflow_commands(result, folder=folder) for result in results))
    if path := os.environ.get("GITHUB_STEP_SUMMARY"):
        try:
            with Path(path).open("a", encoding="utf-8") as file:
                file.write(summary(results))
        except OSError as error:
            console.warn(f"the step summary {path} cannot be written ({error.strerror})")
