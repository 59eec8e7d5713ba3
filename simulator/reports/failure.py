"""A result as the text of a failed test: everything a log needs, in plain ASCII signs and without colour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulator.checkers.finding import Verdict
from simulator.reports.layout import clean, columns, cut
from simulator.reports.words import clean_values, heading, place_of, share
from simulator.result import Example, Result

WIDTH = 100
"""A log may be wider than a terminal, but no single answer or value fills it."""


def failure(result: Result, *, pin: str = "", replay: str = "") -> str:
    """The text, without a line feed at its end; empty for a result that is ok.

    `pin` and `replay` are lines that work when pasted, with `{order}` where the order goes.
    """
    if result.verdict is Verdict.OK:
        return ""
    blocks = ["\n".join(_example(example, result, pin, replay)) for example in result.examples]
    for unknown in result.unknowns:
        lines = [f"unknown: {unknown.what}", *(f"   {clean(why)}" for why in unknown.why), *unknown.do]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def _example(example: Example, result: Result, pin: str, replay: str) -> Iterator[str]:
    yield heading(example) + (f" ({share(result, example)} fail)" if example.order else "")
    yield from _steps(example)
    place, values = place_of(example), cut(clean_values(example), WIDTH, "...")
    if place is not None:
        yield "      ".join(part for part in (f"{place.file}:{place.line}: {clean(place.text)}", values) if part)
    if replay and example.order:
        yield f"replay: {replay.replace('{order}', example.order)}"
    if pin and example.order:
        yield f"pin:    {pin.replace('{order}', example.order)}"


def _steps(example: Example) -> Iterator[str]:
    rows: list[Sequence[str]] = []
    for step in example.steps:
        worker = "" if step.worker is None else f"worker {step.worker}"
        mark = f"<- {cut(clean(step.mark), WIDTH, '...')}" if step.mark else ""
        answer = cut(clean(step.answer), 40, "...")
        rows.append((str(step.number), clean(step.user), cut(clean(step.request), 40, "..."), worker, answer, mark))
    yield from (f"   {line}" for line in columns(rows, "rlllll"))
