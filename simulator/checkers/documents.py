"""Documents: a save over a changed base that should have been refused.

Rule: where the key promises it (`cas`), two acknowledged saves never have the same base.
Everything else about a document is the register rules' business (`registers`, `zones`).
"""

from __future__ import annotations

from collections.abc import Iterator

from simulator.checkers.finding import Anomaly, Finding
from simulator.checkers.variable import Variable
from simulator.checkers.words import Words
from simulator.history.operation import Kind, Operation, Outcome


def find(variable: Variable, words: Words) -> Iterator[Finding]:
    """Each acknowledged save whose base had been saved over before."""
    if not variable.key.cas:
        return
    first: dict[str, Operation] = {}
    for save in variable.changes:
        if save.kind is not Kind.WRITE or save.outcome is not Outcome.OK or save.based_on is None:
            continue
        known = first.setdefault(save.based_on, save)
        if known is not save:
            yield variable.finding(
                Anomaly.LOST_UPDATE,
                save,
                expected=known.value,
                got=save.value,
                why=f"{words.answer(save)} accepts {words.value(save.value)}, made from {words.value(save.based_on)}, "
                f"though {words.who(known)} had already saved {words.value(known.value)} over it{words.where(known)}",
                sub_kind="two saves of the same base",
                witnesses=(known, save),
            )
