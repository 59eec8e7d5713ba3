"""Two applications side by side, in one order: the same requests, other answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulator.checkers.finding import Verdict
from simulator.reports.layout import clean, columns, cut, indented, pad, width_of
from simulator.reports.style import Style
from simulator.reports.words import code_of, short_names
from simulator.result import Result, ShownStep

_LEAST_SIDE = 22


def comparison(results: Sequence[Result], style: Style) -> str:
    """The order that both have run (the first example's, where there is one) and the counts below it."""
    order = common_order(results)
    lines: list[str] = []
    if order is None:
        lines += indented("No order was run on all of them, so there are only counts.", style.width, "")
    else:
        sides = [steps_of(result, order) for result in results]
        lines += list(_sides(results, sides, order, style))
    return "\n".join([*lines, *_counts(results, style)]) + "\n"


def common_order(results: Sequence[Result]) -> str | None:
    """The first order (those of examples before others) whose steps every result can show."""
    examples = [[one.order for one in result.examples] for result in results]
    known = [
        [*own, *(one.order for one in result.shown if one.steps)] for own, result in zip(examples, results, strict=True)
    ]
    wanted = (order for orders in (*examples, *known) for order in orders)
    return next((order for order in wanted if all(order in orders for orders in known)), None)


def steps_of(result: Result, order: str) -> tuple[ShownStep, ...]:
    """The steps of one order: of `shown` if it is there (it has every mark), else of the example."""
    known = {example.order: example.steps for example in reversed(result.examples)}
    known |= {shown.order: shown.steps for shown in result.shown}
    return known.get(order, ())


def _sides(results: Sequence[Result], sides: Sequence[Sequence[ShownStep]], order: str, style: Style) -> Iterator[str]:
    longest = max(sides, key=len)
    heads = columns(
        [("#", "user", "request"), *((str(s.number), clean(s.user), clean(s.request)) for s in longest)], "rll"
    )
    heads = [f" {head}" for head in heads]
    left = max(width_of(f"order {order}"), *map(width_of, heads)) + 2
    rooms = _rooms(results, sides, style.width - left)
    if not rooms or any(_asked(side) != _asked(longest)[: len(side)] for side in sides):
        yield from _below(results, sides, order, style)
        return
    names = [cut(name, room, style.ellipsis) for name, room in zip(short_names(results), rooms, strict=True)]
    yield style.paint(_joined(pad(f"order {order}", left), names, rooms), "title")
    yield style.paint(_joined(pad(heads[0], left), ["w  answer"] * len(results), rooms), "quiet")
    for number, head in enumerate(heads[1:]):
        row = [side[number] if number < len(side) else None for side in sides]
        cells = [_cell(step, row, room, style) for step, room in zip(row, rooms, strict=True)]
        yield _joined(pad(head, left), cells, rooms)


def _rooms(results: Sequence[Result], sides: Sequence[Sequence[ShownStep]], width: int) -> list[int]:
    """How wide each side may be: as it needs, or all alike where that is too much. Empty: too narrow for sides."""
    width -= 2 * (len(results) - 1)
    wide = Style(width=1000)
    needs = [
        max(width_of(name), 9, *(width_of(_cell(step, side, 1000, wide)) + 3 for step in side))
        for name, side in zip(short_names(results), sides, strict=True)
    ]
    if sum(needs) <= width:
        return needs
    room = width // len(results)
    return [room] * len(results) if room >= _LEAST_SIDE else []


def _asked(side: Sequence[ShownStep]) -> tuple[tuple[str, str], ...]:
    return tuple((step.user, step.request) for step in side)


def _joined(left: str, cells: Sequence[str], rooms: Sequence[int]) -> str:
    return (left + "  ".join(pad(cell, room) for cell, room in zip(cells, rooms, strict=True))).rstrip()


def _cell(step: ShownStep | None, row: Sequence[ShownStep | None], room: int, style: Style) -> str:
    """Worker, answer and mark; a step that another application got wrong is marked as right here."""
    if step is None:
        return ""
    mark = _mark(step, style)
    if not mark and any(other and _mark(other, style) for other in row):
        mark = style.mark(Verdict.OK)
    worker = " " if step.worker is None else str(step.worker)
    answer = cut(clean(step.answer), room - 3 - (width_of(mark) + 1 if mark else 0), style.ellipsis)
    return f"{worker}  {answer}{' ' + mark if mark else ''}"


def _mark(step: ShownStep, style: Style) -> str:
    if step.mark or step.codes:
        return " ".join([style.mark(Verdict.PROBLEM), *step.codes])
    return ""


def _below(results: Sequence[Result], sides: Sequence[Sequence[ShownStep]], order: str, style: Style) -> Iterator[str]:
    yield style.paint(f"order {order}", "title")
    for result, side in zip(results, sides, strict=True):
        yield from ["", *indented(clean(result.app), style.width, "")]
        for number, step in enumerate(side):
            yield from indented(f"{clean(step.user)}  {clean(step.request)}", style.width, f"{step.number:>3}  ")
            row = [other[number] for other in sides if _asked(other[number : number + 1]) == _asked([step])]
            if step.worker is not None or step.answer:
                yield f"     {_cell(step, row, style.width - 5, style)}".rstrip()


def _counts(results: Sequence[Result], style: Style) -> Iterator[str]:
    """How many orders broke in each, with the sign of the verdict."""
    rows = [
        (
            style.mark(result.verdict),
            clean(result.app),
            f"{result.orders.failed} of {result.orders.run} orders broken",
            " ".join(dict.fromkeys(code_of(example.finding.name) for example in result.examples)),
        )
        for result in results
    ]
    claims = list(dict.fromkeys(result.orders.claim for result in results if result.orders.claim))
    yield ""
    yield from indented("; ".join(claims), style.width, "") if claims else ()
    for result, line in zip(results, columns(rows, "llrl", "  "), strict=True):
        if width_of(line) <= style.width:
            yield style.paint(line, str(result.verdict))
        else:
            yield from indented(line, style.width, "", "   ")
    yield from _reasons(results, style)


def _reasons(results: Sequence[Result], style: Style) -> Iterator[str]:
    """Why nothing can be said of an application, the first reason only."""
    for name, result in zip(short_names(results), results, strict=True):
        if result.verdict is Verdict.UNKNOWN and result.unknowns:
            first = result.unknowns[0]
            yield from indented(f"{name}: {first.what}", style.width, f"{style.mark(Verdict.UNKNOWN)} ", "  ")
            for why in first.why:
                yield from indented(clean(why), style.width, "     ")
