"""One finding for people: its steps with the marked answer, the guilty line and what each worker holds."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.checkers.finding import Anomaly, Verdict
from simulator.reports.layout import clean, columns, indented, width_of
from simulator.reports.steps import table
from simulator.reports.style import Style
from simulator.reports.words import clean_values, doubt, place_of, title
from simulator.result import Blame, Example, Place


def example_lines(example: Example, style: Style) -> list[str]:
    """The finding's name and order, its steps, the variable with each worker's copy, and what is in doubt."""
    lines = [_headline(example, style), *(table(example.steps, style) if example.steps else [])]
    is_explained = example.blame and example.blame.name and any(step.mark for step in example.steps)
    if example.finding.why and not is_explained:
        lines += indented(clean(example.finding.why), style.width, "   ")
    blame = list(_blame(example, style))
    lines += ["", *blame] if blame else []
    if example.finding.name is Anomaly.LEAK:
        lines += (
            ["   Meant for everyone? Then say so:  --shared"]
            if style.width >= 46
            else [
                "   Meant for everyone?",
                "   Then say so:  --shared",
            ]
        )
    return lines + (indented(doubt(example), style.width, "   ") if not example.proven else [])


def _headline(example: Example, style: Style) -> str:
    name = f"{style.mark(Verdict.PROBLEM)} {title(example)}"
    head = style.marked(Verdict.PROBLEM, title(example))
    if not example.order:
        return head
    order = f"order {example.order}"
    gap = style.width - width_of(name) - width_of(order)
    return f"{head}{' ' * gap}{order}" if gap >= 2 else f"{head}\n   {order}"


def _blame(example: Example, style: Style) -> Iterator[str]:
    blame = example.blame
    if blame is None:
        return
    if not blame.name and place_of(example) is None:
        yield from indented(f"The variable was not found: {blame.reason or 'nobody looked'}.", style.width, "   ")
        return
    yield from _places(blame, style)
    copies = _capital(blame.scope) or "The copies"
    if blame.name and not any(blame.name in place.text for place, _ in _named(blame)):
        copies = f"{blame.name}: {blame.scope or 'the copies'}"
    values = clean_values(example)
    line = f"   {copies}:  {values}" if values else f"   {copies}"
    if width_of(line) <= style.width:
        yield from [line] if values or blame.scope else []
        return
    yield from indented(f"{copies}:", style.width, "   ")
    for worker, value in blame.values:
        yield from indented(clean(value), style.width, f"      worker {worker}  ")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _named(blame: Blame) -> list[tuple[Place, str]]:
    """Where the variable is made, changed and read; a line that is two of these is named once."""
    named = [(blame.defined, ""), (blame.changed, "changed here"), (blame.read, "read here")]
    first: dict[tuple[str, int], tuple[Place, str]] = {}
    for place, remark in named:
        if place is not None:
            first.setdefault((place.file, place.line), (place, remark))
    return list(first.values())


def _places(blame: Blame, style: Style) -> Iterator[str]:
    named = _named(blame)
    wheres = [f"{place.file}:{place.line}" for place, _ in named]
    rows = [(where, clean(place.text), remark) for where, (place, remark) in zip(wheres, named, strict=True)]
    lines = ["   " + line for line in columns(rows, "lll", "   ")] if rows else []
    if max(map(width_of, lines), default=0) <= style.width:
        for where, line in zip(wheres, lines, strict=True):
            yield f"   {style.paint(where, 'place')}{line[3 + len(where) :]}"
        return
    for where, text, remark in rows:
        for part in indented(f"{where} {remark}", style.width, "   "):
            yield style.paint(part, "place")
        yield from indented(text, style.width, "      ")
