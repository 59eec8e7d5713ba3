"""The prediction question: before an answer is shown, a person chooses among answers that could be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.result import ShownStep

MOST_CHOICES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`text` asks about the step's user; `choices[right]` is what really came."""

    text: str
    choices: tuple[str, ...]
    right: int


def question(steps: Sequence[ShownStep], index: int) -> Question | None:
    """The question before `steps[index]`; None where nothing else than the real answer suggests itself.

    The wrong choices are what others were answered, the nearest first, so that nothing is offered that the
    application would never say. Choices stand in an order that does not give the answer away.
    """
    step = steps[index]
    others = [other for other in (*reversed(steps[:index]), *steps[index + 1 :]) if other.worker is not None]
    answers = dict.fromkeys(other.answer for other in others if other.answer and other.answer != step.answer)
    if step.worker is None or not answers or index == 0:
        return None
    choices = sorted([step.answer or "(an empty page)", *list(answers)[: MOST_CHOICES - 1]], key=_plainly)
    return Question(
        text=f"What will {step.user} see?",
        choices=tuple(choices),
        right=choices.index(step.answer or "(an empty page)"),
    )


def _plainly(answer: str) -> tuple[int, str]:
    return len(answer), answer
