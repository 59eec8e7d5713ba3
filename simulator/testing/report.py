"""What a check found, and the statements that a team makes about it.

Rule: a statement holds only if something was really looked at. What is unknown fails, with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from simulator.checkers.finding import Anomaly, Verdict
from simulator.reports.failure import failure
from simulator.result import Example, Result

if TYPE_CHECKING:
    from simulator.testing.lines import Lines

LOST = frozenset({Anomaly.LOST_WRITE, Anomaly.LOST_UPDATE, Anomaly.NOT_LINEARIZABLE})
LEAKED = frozenset({Anomaly.LEAK, Anomaly.CROSS_USER_INFLUENCE})
STALE = frozenset(
    {
        Anomaly.STALE_VALUE,
        Anomaly.FLIP_FLOP,
        Anomaly.WENT_BACK,
        Anomaly.WRONG_ORDER,
        Anomaly.FORK,
        Anomaly.NOT_LINEARIZABLE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The result of a run, with a statement per method; each fails the test, without frames of ours.

    `result` is what every report is computed from. `alone` runs the same story on one worker. The methods return
    the report, so that statements can follow each other.
    """

    result: Result
    lines: Lines
    alone: Callable[[], Result]

    def ok(self) -> Report:
        """Nothing was found, and enough was looked at."""
        return self._expect_none(self.result.examples)

    def no_lost_writes(self) -> Report:
        """What a user stored is there, and no update undid another."""
        return self._expect_none(self._of(LOST))

    def no_leaks(self) -> Report:
        """Nobody saw, or was influenced by, what belongs to somebody else."""
        return self._expect_none(self._of(LEAKED))

    def never_stale(self) -> Report:
        """No answer showed a value that had been replaced before, longer ago than its key allows."""
        return self._expect_none(self._of(STALE))

    def same_on_every_worker(self) -> Report:
        """Several workers show nothing that one worker does not show."""
        alone = next((row.failed for row in self.result.rows if row.workers == 1 and not row.server), {})
        several = [one for one in self.result.examples if not one.order.startswith("1:")]
        return self._expect_none(one for one in several if not alone.get(one.finding.name))

    def survives_reload(self) -> Report:
        """Nothing is found that takes a reload or a recycled worker to show, with several workers or with one."""
        found = [one for one in self.result.examples if _has_lifecycle(one)]
        if found or self.result.verdict is Verdict.UNKNOWN:
            return self._expect_none(found)
        alone = self.alone()
        return self._expect_none((one for one in alone.examples if _has_lifecycle(one)), alone)

    def _of(self, names: frozenset[Anomaly]) -> Iterable[Example]:
        return (one for one in self.result.examples if one.finding.name in names)

    def _expect_none(self, examples: Iterable[Example], result: Result | None = None) -> Report:
        result = result or self.result
        found = tuple(examples)
        if not found and not result.unknowns and result.verdict is not Verdict.UNKNOWN:
            return self
        verdict = Verdict.PROBLEM if found else Verdict.UNKNOWN
        shown = replace(result, examples=found, unknowns=() if found else result.unknowns, verdict=verdict)
        text = failure(shown, pin=self.lines.pin(), replay=self.lines.replay(result))
        pytest.fail(text or "unknown: nothing was looked at", pytrace=False)


def _has_lifecycle(example: Example) -> bool:
    return any(step.user == "operator" for step in example.steps)
