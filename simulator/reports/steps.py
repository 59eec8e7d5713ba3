"""The numbered steps of an example: a table where there is room, blocks where there is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from simulator.checkers.finding import Verdict
from simulator.reports.layout import clean, columns, cut, indented, pad, width_of
from simulator.reports.style import Style
from simulator.result import ShownStep

PHASES: Mapping[str, str] = {
    "sweep": "at the end, everyone looks on every worker:",
    "reload-sweep": "after a reload, everyone looks again:",
}
_LEAST_ANSWER = 18
_WIDEST_REQUEST = 30


def table(steps: Sequence[ShownStep], style: Style, indent: str = "   ") -> list[str]:
    """The steps as lines of at most `style.width` columns."""
    rows = [("#", "user", "request", "worker"), *(_cells(step, style) for step in steps)]
    heads = [indent + line for line in columns(_fill(rows), "rllr", "  ")]
    room = style.width - max(map(width_of, heads)) - 4
    if room < _LEAST_ANSWER:
        return list(_blocks(steps, style, indent))
    return list(_lines(steps, heads, room, style))


def _cells(step: ShownStep, style: Style) -> tuple[str, str, str, str]:
    worker = "" if step.worker is None else str(step.worker)
    return str(step.number), clean(step.user), cut(clean(step.request), _WIDEST_REQUEST, style.ellipsis), worker


def _fill(rows: Sequence[tuple[str, str, str, str]]) -> list[tuple[str, str, str, str]]:
    """Worker numbers stand under the middle of their heading, not under its last letter."""
    return [(rows[0]), *((number, user, request, pad(worker, 4)) for number, user, request, worker in rows[1:])]


def _lines(steps: Sequence[ShownStep], heads: Sequence[str], room: int, style: Style) -> Iterator[str]:
    left = max(map(width_of, heads)) + 4
    answers = [cut(_answer(step), room, style.ellipsis) for step in steps]
    at = max((width_of(answer) for answer, step in zip(answers, steps, strict=True) if step.mark), default=0) + 2
    yield style.paint(f"{pad(heads[0], left - 2)}answer", "quiet")
    phase = "story"
    for step, head, answer in zip(steps, heads[1:], answers, strict=True):
        if step.phase != phase and step.phase in PHASES:
            yield style.paint(f"   {PHASES[step.phase]}", "quiet")
        phase = step.phase
        line = f"{pad(head, left - 2)}{answer}".rstrip()
        yield from _with_mark(line, step, left - 2, at, style) if step.mark else [line]


def _with_mark(line: str, step: ShownStep, left: int, at: int, style: Style) -> Iterator[str]:
    """The mark behind the answer where it fits, else on lines of its own below the answer."""
    mark = mark_of(step, style)
    beside = pad(line, left + at)
    if width_of(beside) + width_of(mark) <= style.width:
        yield beside + style.paint(mark, "problem")
        return
    yield line
    for part in indented(mark, style.width, " " * left, " " * (left + width_of(style.mark(Verdict.PROBLEM)) + 1)):
        yield style.paint(part, "problem")


def _blocks(steps: Sequence[ShownStep], style: Style, indent: str) -> Iterator[str]:
    phase = "story"
    for step in steps:
        if step.phase != phase and step.phase in PHASES:
            yield from indented(PHASES[step.phase], style.width, indent)
        phase = step.phase
        yield from indented(f"{clean(step.user)}  {clean(step.request)}", style.width, f"{step.number:>3}  ", "       ")
        worker = "" if step.worker is None else f"worker {step.worker}  "
        if worker or _answer(step):
            yield cut(f"     {worker}{_answer(step)}", style.width, style.ellipsis).rstrip()
        if step.mark:
            yield from (style.paint(line, "problem") for line in indented(mark_of(step, style), style.width, "     "))


def mark_of(step: ShownStep, style: Style) -> str:
    """The cross and its sentence."""
    return f"{style.mark(Verdict.PROBLEM)} {clean(step.mark)}"


def _answer(step: ShownStep) -> str:
    """The answer on one line; its status too, where that is not a plain success."""
    answer = clean(step.answer)
    if step.status is None or 200 <= step.status < 300 or answer.startswith(str(step.status)):
        return answer
    return f"{step.status} {answer}".rstrip()
