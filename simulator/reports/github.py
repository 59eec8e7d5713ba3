"""GitHub Actions: a line for each finding that puts it on the guilty line, and a table for the step summary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from simulator.checkers.finding import Verdict
from simulator.reports.layout import clean
from simulator.reports.sarif import message
from simulator.reports.words import place_of, title
from simulator.result import Example, Result

MARKS = {Verdict.OK: "✅ ok", Verdict.PROBLEM: "❌ problem", Verdict.UNKNOWN: "❔ unknown"}

_LITERAL = str.maketrans(
    {sign: f"\\{sign}" for sign in "\\`*_{}[]()#+!~$"} | {sign: f"&#{ord(sign)};" for sign in "&<>|@"}
)


def workflow_commands(result: Result, *, folder: str = "") -> str:
    """Workflow commands for stdout, a line each. `folder` is where the app's files are, seen from the repository."""
    lines = [_annotation(result, example, folder) for example in result.examples]
    for unknown in result.unknowns:
        text = " ".join((unknown.what, *unknown.why, *unknown.do))
        lines.append(f"::warning title=workersim unknown::{_data(clean(text))}")
    return "".join(f"{line}\n" for line in lines)


def summary(results: Sequence[Result]) -> str:
    """Markdown for the file that GITHUB_STEP_SUMMARY names."""
    return "\n".join([*_table(results), *_details(results)]) + "\n"


def _annotation(result: Result, example: Example, folder: str) -> str:
    place = place_of(example)
    where = {"file": str(PurePosixPath(folder) / place.file), "line": str(place.line)} if place else {}
    properties = ",".join(f"{name}={_property(value)}" for name, value in {**where, "title": title(example)}.items())
    return f"::error {properties}::{_data(message(result, example))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(clean(text)).replace(":", "%3A").replace(",", "%2C")


def _table(results: Sequence[Result]) -> Iterator[str]:
    yield from ("### workersim", "", "| app | verdict | orders | findings |", "| --- | --- | --- | --- |")
    for result in results:
        orders = f"{result.orders.failed:,} of {result.orders.run:,} fail"
        found = ", ".join(dict.fromkeys(title(example) for example in result.examples)) or "none"
        yield f"| {_cell(result.app)} | {MARKS[result.verdict]} | {orders} | {found} |"


def _details(results: Sequence[Result]) -> Iterator[str]:
    for result in results:
        for example in result.examples:
            order = f", order `{example.order}`" if example.order else ""
            yield from ("", f"**{title(example)}** in `{_code(result.app)}`{order}", "")
            yield from ("| # | user | request | worker | answer | |", "| --- | --- | --- | --- | --- | --- |")
            for step in example.steps:
                worker = "" if step.worker is None else str(step.worker)
                mark = f"❌ {_cell(step.mark)}" if step.mark else ""
                cells = (str(step.number), step.user, step.request, worker, step.answer)
                yield f"| {' | '.join(map(_cell, cells))} | {mark} |"
            place = place_of(example)
            if place is not None:
                yield from ("", f"`{_code(place.file)}:{place.line}` `{_code(place.text)}`")
        for unknown in result.unknowns:
            yield from ("", f"❔ {_cell(unknown.what)}")


def _cell(text: str) -> str:
    """Text as text: nothing in it is markup, and it stays in its cell."""
    return clean(text)[:200].translate(_LITERAL)


def _code(text: str) -> str:
    return clean(text).replace("`", "'")[:200]
