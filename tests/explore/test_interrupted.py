"""What is known when somebody ends a command: in a search, and while its findings are played again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from simulator.checkers.finding import Anomaly, Verdict
from simulator.events import Event, RunStarted
from simulator.explore.run import run
from simulator.result import Interrupted, Result
from simulator.runner.plan import Plan
from simulator.story.schedule import LoadMode
from simulator.story.story import Story
from tests.explore.listing import APP, LINES


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    (tmp_path / "app.py").write_text(APP)
    story = Story("data: private items\n" + LINES.format("alice") + LINES.format("bob"))
    return Plan(target="app.py", cwd=tmp_path, story=story, loads=(LoadMode.ONCE,), blame=False)


def ended(plan: Plan, *, at: str = "", in_run: int = 0) -> Result:
    """The result where the command is ended as soon as its progress says `at`, or when that run begins."""

    def progress(done: int, what: str) -> None:
        if at and at in what:
            raise KeyboardInterrupt

    class Sink:
        def emit(self, event: Event) -> None:
            if isinstance(event, RunStarted) and event.run == in_run:
                raise KeyboardInterrupt

    with pytest.raises(Interrupted) as interrupted:
        run(plan, sink=Sink(), progress=progress)
    result = interrupted.value.result
    assert result.notes[-1] == "Interrupted: this is what was found until then."
    return result


def told(result: Result) -> list[tuple[Anomaly, str, bool, bool]]:
    return [(one.finding.name, one.order, one.proven, one.is_replayed) for one in result.examples]


def test_a_case_that_is_over_is_told_as_always_and_the_one_under_way_as_far_as_it_came(plan: Plan) -> None:
    result = ended(plan, at="(2 workers, 2 of 4 steps deep)")
    assert [(row.label, row.failed) for row in result.rows] == [
        ("1 worker", {"cross-user-leak": 6, "lost-write": 0}),
        ("1 worker, then a reload", {"cross-user-leak": 6, "lost-write": 6}),
    ]
    assert result.orders.claim.startswith("interrupted after ")
    assert result.orders.claim.endswith(" requests (2 workers, 2 of 4 steps deep)")
    assert (result.verdict, result.orders.complete) == (Verdict.PROBLEM, False)
    assert told(result) == [(Anomaly.LOST_WRITE, "2:aa", False, False), (Anomaly.LEAK, "1:ab", False, False)]
    lost = result.examples[0]
    assert [(row.number, row.worker, row.request, row.answer, row.mark) for row in lost.steps] == [
        (1, 1, "GET /add/alice-1", '["alice-1"]', ""),
        (2, 2, "GET /view", "[]", "alice-1 is missing"),
    ]


def test_what_was_played_again_by_then_is_proven_and_the_rest_is_not(plan: Plan) -> None:
    result = ended(plan, in_run=3)
    assert "all 6 orders of 4 steps in all 8 different routings" in result.orders.claim
    assert told(result) == [(Anomaly.LOST_WRITE, "2:aa", True, True), (Anomaly.LEAK, "1:ab", False, False)]


def test_nothing_found_is_unknown(plan: Plan) -> None:
    healthy = replace(plan, story=Story("data: private items\n" + LINES.format("alice")), workers=1)
    result = ended(healthy, at="(1 worker, 1 of 2 steps deep)")
    assert (result.verdict, result.rows, told(result)) == (Verdict.UNKNOWN, (), [])
    assert [one.what for one in result.unknowns] == ["it was ended before everything was looked at"]


def test_what_is_seen_beside_the_way_has_no_steps_to_show(plan: Plan) -> None:
    """Without declarations, the answer after a reload is another one than that on the way."""
    result = ended(replace(plan, story=Story("alice: GET /add/VALUE\nalice: GET /view")), at="(2 workers, 0")
    kept = next(one for one in result.examples if one.finding.name is Anomaly.KEPT_IN_PROCESS)
    assert (kept.order, kept.steps) == ("1:aRa", ())
    assert kept.finding.why
