"""One step at a time: who asks, which worker answers, what each worker holds, and what came back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from simulator.checkers.finding import Verdict
from simulator.reports.layout import clean, cut, indented, pad, side_by_side, width_of
from simulator.reports.predict import question
from simulator.reports.steps import mark_of
from simulator.reports.style import Style
from simulator.result import ShownStep

OUTSIDE = 0
"""The number under which `ShownStep.memory` keeps what is outside the workers."""


def asked(steps: Sequence[ShownStep], index: int, style: Style) -> str:
    """The step's first lines: its number, its user, its request."""
    step = steps[index]
    head = f"step {index + 1} of {len(steps)}"
    lines = indented(f"{clean(step.user)}  {clean(step.request)}", style.width, f"{head}   ", "   ")
    return "\n".join([style.paint(lines[0], "title"), *lines[1:]]) + "\n"


def predicted(steps: Sequence[ShownStep], index: int, style: Style) -> str:
    """The prediction question with its numbered choices; empty where there is nothing to ask."""
    asking = question(steps, index)
    if asking is None:
        return ""
    choices = [f"{number}) {clean(choice)}" for number, choice in enumerate(asking.choices, 1)]
    line = f"   {asking.text}   {'   '.join(choices)}"
    if width_of(line) <= style.width:
        return line + "\n"
    return (
        "\n".join([f"   {asking.text}", *(cut(f"   {each}", style.width, style.ellipsis) for each in choices)]) + "\n"
    )


def answered(steps: Sequence[ShownStep], index: int, style: Style) -> str:
    """The worker that answered, what every worker holds after it, and the answer with its mark."""
    step = steps[index]
    before = steps[index - 1].memory if index else {}
    memory = list(_memory(step, before))
    which = [f"which worker? {step.worker}"] if step.worker is not None else []
    room = style.width - 3
    lines = side_by_side(which, memory, "      ") if which and memory else [*which, *memory]
    if max(map(width_of, lines), default=0) > room:
        lines = [*which, *(part for line in memory for part in indented(line, room, "", "      "))]
    lines = [f"   {line}".replace("\u00a0", " ") for line in lines]
    if step.worker is not None:
        lines += _answer(step, style)
    return "\n".join(lines) + "\n" if lines else ""


def _memory(step: ShownStep, before: Mapping[int, tuple[tuple[str, str], ...]]) -> Iterator[str]:
    widest = max((len(_owner(number)) for number in step.memory), default=0)
    for number in sorted(step.memory, key=lambda worker: (worker == OUTSIDE, worker)):
        known = dict(before.get(number, ()))
        for name, value in step.memory[number]:
            remark = "   <-\u00a0changed" if known.get(name) != value and (known or before) else ""
            remark = remark or (
                "   <-\u00a0this\u00a0one\u00a0answers" if number == step.worker and len(step.memory) > 1 else ""
            )
            yield f"{pad(_owner(number), widest)}  {clean(name)} = {clean(value)}{remark}"


def _owner(number: int) -> str:
    return "outside" if number == OUTSIDE else f"worker {number}"


def _answer(step: ShownStep, style: Style) -> Iterator[str]:
    line = cut(f"   answer {clean(step.answer)}", style.width, style.ellipsis).rstrip()
    if not step.mark:
        yield line
        return
    mark = mark_of(step, style)
    together = f"{pad(line, 24)}{mark}"
    if width_of(line) < 23 and width_of(together) <= style.width:
        yield pad(line, 24) + style.paint(mark, str(Verdict.PROBLEM))
        return
    yield line
    yield from (style.paint(part, str(Verdict.PROBLEM)) for part in indented(mark, style.width, "   "))
