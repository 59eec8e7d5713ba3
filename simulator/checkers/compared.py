"""What two worlds' answers to one request differ in, as a finding: for stories that declare nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from simulator.checkers.finding import Anomaly, Finding
from simulator.checkers.meaning import Meaning, difference
from simulator.story.tokens import tokens_in

ANYTHING = "answers"
"""The name under which answers are compared as a whole: the key of a story that declares none."""

_INSTEAD: Mapping[Anomaly, str] = {
    Anomaly.WORKER_DEPENDENT: "with one worker the same steps give another answer",
    Anomaly.KEPT_IN_PROCESS: "without the reload the same steps give another answer",
    Anomaly.CROSS_USER_INFLUENCE: "without the other users the same steps give another answer",
}


def compared(
    name: Anomaly, *, step: int, user: str, wanted: Meaning, got: Meaning, earlier: Collection[Meaning] = ()
) -> Finding | None:
    """The finding `name` at this step of `user`, or None where both answers mean the same.

    `earlier`: what the same request was answered before in the world that gave `wanted`; one of them again is an
    old answer.
    """
    if wanted == got:
        return None
    said = difference(wanted, got)
    missing = [token for token in _tokens(wanted) if token not in _tokens(got)]
    kind = ""
    if name is Anomaly.WORKER_DEPENDENT:
        kind = "lost" if missing else "stale" if got in earlier else ""
    return Finding(
        name=name,
        key=ANYTHING,
        step=step,
        user=user,
        worker=None,
        expected=missing[0] if missing else None,
        why=f"{_INSTEAD[name]}: {said}",
        sub_kind=": ".join(part for part in (kind, said) if part),
    )


def _tokens(one: Meaning) -> tuple[str, ...]:
    return tokens_in(repr(one.body))
