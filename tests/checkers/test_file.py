"""Judging files: streaming says what the whole history says, and a bad line costs that line only."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from simulator.checkers.file import check_lines, judge_lines
from simulator.checkers.finding import Anomaly, Verdict
from simulator.checkers.judge import judge
from simulator.checkers.stream import Stream
from simulator.errors import RecordError
from simulator.history.jsonl import write
from simulator.history.operation import Answer, History, Kind, Operation
from simulator.story.keys import Key, KeyKind, Scope


def operation(user: str, kind: Kind, value: object, began: float, worker: int = 1, **more: object) -> Operation:
    plain = {"of": user, "key": "cart", "ended": began + 0.5, "worker": (worker, worker)} | more
    return Operation(user=user, kind=kind, value=value, began=began, **plain)  # type: ignore[arg-type]


def lines_of(history: History) -> list[str]:
    return [line + "\n" for line in write(history)]


LOST = History(
    keys={"cart": Key(name="cart")},
    operations=(
        operation("alice", Kind.ADD, "t1", 1, step=1),
        operation("alice", Kind.READ, (), 2, worker=2, step=2),
        operation("alice", Kind.READ, ("t1",), 3, step=3),
        operation("bob", Kind.READ, ("t1",), 4, step=4),
    ),
    answers=(Answer(step=4, user="bob", worker=(1, 1), began=4, ended=4.5, shown=("t1",)),),
    labels={"t1": "alice-1"},
    workers=2,
)


def test_a_file_is_judged_as_its_history_is() -> None:
    assert judge_lines(lines_of(LOST)) == judge(LOST)
    assert [f.name for f in judge(LOST).findings] == [Anomaly.LOST_WRITE, Anomaly.LEAK]


def test_a_cut_file_is_judged_up_to_the_cut() -> None:
    lines = lines_of(LOST)
    checked = check_lines([*lines[:-1], lines[-1][:30]])
    assert checked.judgement.verdict is Verdict.PROBLEM
    assert checked.troubles[0].what == f"line {len(lines)} of the history: it is cut, the end is missing"
    with pytest.raises(RecordError, match="it is cut"):
        judge_lines([*lines[:-1], lines[-1][:30]])


def test_a_bad_line_may_have_been_a_change_so_nothing_is_said_to_be_lost_after_it() -> None:
    """The same answer is a loss before the bad line and excused after it; the leak is proven all the same."""
    lines = lines_of(LOST)
    first_read = next(i for i, line in enumerate(lines) if '"began":2' in line)
    before = check_lines([*lines[: first_read + 2], "oops\n", *lines[first_read + 2 :]])
    after = check_lines([*lines[:first_read], "oops\n", *lines[first_read:]])
    assert [f.name for f in before.judgement.findings] == [Anomaly.LOST_WRITE, Anomaly.LEAK]
    assert [f.name for f in after.judgement.findings] == [Anomaly.LEAK]


def test_a_file_with_a_hole_is_never_ok() -> None:
    fine = [
        operation("alice", Kind.ADD, "t1", 1, worker=1),
        operation("alice", Kind.READ, ("t1",), 2, worker=1),
    ]
    history = History(keys={"cart": Key(name="cart", scope=Scope.SHARED)}, operations=tuple(fine), workers=1)
    assert check_lines(lines_of(history)).judgement.verdict is Verdict.OK
    holed = check_lines([*lines_of(history), "oops\n"])
    assert holed.judgement.verdict is Verdict.UNKNOWN
    assert holed.judgement.missing[0] == "line 4 of the history: it is not JSON (Expecting value)"
    assert holed.bad_lines == 1


def test_a_file_without_header_has_nothing_to_judge() -> None:
    with pytest.raises(RecordError, match="the history is empty"):
        check_lines([])
    with pytest.raises(RecordError, match="line 1"):
        check_lines(["oops\n"])


def test_what_is_over_is_forgotten() -> None:
    """Many changes, few values at a time: what is kept does not grow with them."""
    keys = {
        "price": Key(name="price", kind=KeyKind.REGISTER, scope=Scope.SHARED),
        "cart": Key(name="cart", scope=Scope.SHARED),
        "hits": Key(name="hits", kind=KeyKind.COUNTER, scope=Scope.SHARED),
    }
    stream, random, kept = Stream(keys, segment=50, recent=20), Random(5), []
    for turn in range(3000):
        began = turn * 10.0
        price = [(Kind.WRITE, f"p{turn}"), (Kind.READ, f"p{turn}")]
        cart = [(Kind.ADD, f"c{turn}"), (Kind.READ, (f"c{turn}",)), (Kind.REMOVE, f"c{turn}"), (Kind.READ, ())]
        hits = [(Kind.INCREMENT, 1), (Kind.READ, turn + 1)]
        for key, steps in (("price", price), ("cart", cart), ("hits", hits)):
            for place, (kind, value) in enumerate(steps):
                stream.take(operation("alice", kind, value, began + place, key=key, worker=random.choice((1, 2))))
            began += len(steps)
        if turn % 500 == 499:
            kept.append(stream.kept)
    assert max(kept) < 500
    assert stream.close().findings == ()


def test_a_read_of_what_was_forgotten_is_still_a_problem() -> None:
    key = Key(name="cart", kind=KeyKind.REGISTER, scope=Scope.SHARED)
    stream = Stream({"cart": key}, segment=10, recent=3)
    for turn in range(100):
        stream.take(operation("alice", Kind.WRITE, f"v{turn}", float(turn)))
    stream.take(operation("bob", Kind.READ, "v98", 200.0, step=1))
    stream.take(operation("bob", Kind.READ, "v5", 201.0, step=2))
    assert [f.name for f in stream.close().findings] == [Anomaly.STALE_VALUE, Anomaly.PHANTOM]


def test_the_documented_example_is_judged_as_the_page_says() -> None:
    page = (Path(__file__).parents[2] / "docs" / "history-format.md").read_text()
    lines = page.split("```json\n")[1].split("```")[0].splitlines(keepends=True)
    (finding,) = judge_lines(lines).findings
    assert f"`{finding.why.partition(';')[0]}`" in page
    assert check_lines(lines).labels == {"wsimq5c3hh2kxw7d": "alice-1"}


def test_repeated_values_in_a_long_file_are_judged_one_by_one_and_never_ok() -> None:
    key = Key(name="cart", kind=KeyKind.REGISTER, scope=Scope.SHARED, unique=False)
    steps = [(Kind.WRITE, "a"), (Kind.READ, "a"), (Kind.WRITE, "b"), (Kind.READ, "b")] * 5
    for segment, verdict in ((100, Verdict.OK), (5, Verdict.UNKNOWN)):
        stream = Stream({"cart": key}, segment=segment)
        for turn, (kind, value) in enumerate(steps):
            stream.take(operation("alice", kind, value, float(turn)))
        assert stream.close(workers=()).verdict is verdict


def test_unseen_writers_excuse_what_nobody_was_seen_to_write() -> None:
    open_world = replace(LOST, keys={"cart": Key(name="cart", closed=False)})
    assert [f.name for f in judge_lines(lines_of(open_world)).findings] == [Anomaly.LEAK]
