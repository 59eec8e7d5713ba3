"""The page without scripts and on paper: everything it shows, as headings and tables with captions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from simulator.reports.html.data import verdict_text
from simulator.reports.layout import clean, printable
from simulator.reports.words import doubt, place_of, short, title
from simulator.result import Example, Result, Row


def tables(results: Sequence[Result], data: Mapping[str, Any]) -> str:
    """HTML for the body. `data` is `data_of(results)`: the tables show the same steps, with the same limits."""
    return "\n".join(line for number, result in enumerate(results) for line in _result(result, data, number))


def _result(result: Result, data: Mapping[str, Any], number: int) -> Iterator[str]:
    side = data["sides"][number]
    yield f"<section><h2>{_text(result.app)}: {verdict_text(result)}</h2>"
    yield f"<p>{_text(result.title)}; {_text(result.orders.claim)}.</p>"
    if result.rows:
        yield from _counts(result.rows)
    for example in result.examples:
        yield from _finding(example)
    for unknown in result.unknowns:
        lines = " ".join((unknown.what, *unknown.why, *unknown.do))
        yield f"<p>? unknown: {_text(lines)}</p>"
    for token in data["orders"]:
        if token in side["orders"]:
            yield from _order(token, side["orders"][token], side["app"])
    for file in side["code"]:
        yield from _code(file)
    yield "</section>"


def _counts(rows: Sequence[Row]) -> Iterator[str]:
    names = tuple(dict.fromkeys(name for row in rows for name in row.failed)) or ("problems",)
    yield "<table><caption>How many orders showed what</caption><thead><tr><td></td>"
    yield "".join(f'<th scope="col">{_text(short(name))}</th>' for name in names) + "</tr></thead><tbody>"
    for row in rows:
        cells = "".join(f"<td>{row.failed.get(name, 0)} of {row.run}</td>" for name in names)
        yield f'<tr><th scope="row">{_text(row.label)}</th>{cells}</tr>'
    yield "</tbody></table>"


def _finding(example: Example) -> Iterator[str]:
    yield f"<h3>✗ {title(example)}, order {_text(example.order)}</h3>"
    place, blame = place_of(example), example.blame
    if example.finding.why:
        yield f"<p>{_text(example.finding.why)}</p>"
    if place is not None:
        yield f"<p><code>{_text(place.file)}:{place.line}</code> <code>{_text(place.text)}</code></p>"
    if blame is not None and blame.values:
        copies = "; ".join(f"worker {worker}: {clean(value)}" for worker, value in blame.values)
        yield f"<p>{_text(blame.name)}: {_text(blame.scope)}. {_text(copies)}</p>"
    if not example.proven:
        yield f"<p>{doubt(example)}</p>"


def _order(token: str, order: Mapping[str, Any], app: str) -> Iterator[str]:
    steps = order["steps"]
    cut = f" (the first {len(steps):,} of {order['in_all']:,} steps)" if len(steps) < order["in_all"] else ""
    has_memory = any(step["memory"] for step in steps)
    heads = ["#", "user", "request", "worker", "answer", "what is wrong", *(["memory after it"] if has_memory else [])]
    yield f'<table class="steps"><caption>{_text(app)}, order {_text(token)}{cut}</caption><thead><tr>'
    yield "".join(f'<th scope="col">{head}</th>' for head in heads) + "</tr></thead><tbody>"
    for step in steps:
        cells = [step["user"], step["request"], step["worker"] or "", step["answer"], _wrong(step)]
        cells += [_memory(step["memory"])] if has_memory else []
        row = "".join(f"<td>{_text(str(cell))}</td>" for cell in cells)
        yield f'<tr><th scope="row">{step["number"]}</th>{row}</tr>'
    yield "</tbody></table>"


def _wrong(step: Mapping[str, Any]) -> str:
    return f"✗ {' '.join([*step['codes'], step['mark']])}" if step["mark"] or step["codes"] else ""


def _memory(memory: Mapping[str, Sequence[Sequence[str]]]) -> str:
    parts = []
    for worker, pairs in memory.items():
        held = ", ".join(f"{name} = {value}" for name, value in pairs)
        parts.append(f"{'outside' if worker == '0' else f'worker {worker}'}: {held}")
    return "; ".join(parts)


def _code(file: Mapping[str, Any]) -> Iterator[str]:
    yield f"<table><caption>{_text(file['file'])}</caption><tbody>"
    for number, line, notes, _ in file["lines"]:
        remark = f"← {_text('; '.join(note for note, _ in notes))}" if notes else ""
        code = escape(printable(line))
        yield f'<tr><th scope="row">{number}</th><td><code>{code}</code></td><td>{remark}</td></tr>'
    yield "</tbody></table>"


def _text(text: str) -> str:
    return escape(clean(text))
