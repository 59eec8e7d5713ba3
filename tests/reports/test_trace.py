"""Traces of fixed events and of real runs, read as a viewer reads them.

Perfetto's trace processor is a program of its own that comes over the network, so it is not asked here. What it wants
is checked: the schema of the format, and the rules by which Perfetto keeps or drops an event. A span that begins inside
another one of its thread and ends after it is dropped; the name of a thread goes to whoever has its number, in whatever
process; an event without a time, or an instant with no known scope, is dropped.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from simulator.commands import main
from simulator.events import RequestFailed, RequestSent, ResponseReceived, RunStarted
from simulator.history.record import read
from simulator.reports.trace import trace

_SCHEMA = json.loads(Path(__file__).with_name("trace_event_format.json").read_text(encoding="utf-8"))
_VALIDATOR = Draft202012Validator(_SCHEMA)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A span as a viewer shows it: on the track of a thread of a process, by their names; times in microseconds."""

    process: str
    thread: str
    name: str
    began: int
    ended: int
    args: dict[str, Any]


def spans_of(text: str) -> list[Span]:
    """Every span of a trace, in the order of time. Raises ValueError for what the schema or a viewer would refuse."""
    trace = json.loads(text)
    if trouble := next(_VALIDATOR.iter_errors(trace), None):
        raise ValueError(f"{trouble.json_path}: {trouble.message}")
    rows = trace["traceEvents"]
    processes = _names(rows, "process_name", "pid")
    threads = _names(rows, "thread_name", "tid")
    owners = {row["tid"]: row["pid"] for row in rows if row["name"] == "thread_name"}
    shown: list[Span] = []
    open_until: dict[int, list[int]] = {}
    latest = 0
    for row in (row for row in rows if row["ph"] != "M"):
        if row["tid"] not in threads or owners[row["tid"]] != row["pid"] or row["pid"] not in processes:
            raise ValueError(f"{row['name']} is on a track without a name: process {row['pid']}, thread {row['tid']}")
        if row["ts"] < latest:
            raise ValueError(f"{row['name']} is older than what stands before it")
        latest = row["ts"]
        if row["ph"] == "X":
            _nest(open_until.setdefault(row["tid"], []), row)
            shown.append(_span(row, processes[row["pid"]], threads[row["tid"]]))
    return shown


def _names(rows: list[dict[str, Any]], kind: str, number: str) -> dict[int, str]:
    named = [row for row in rows if row["name"] == kind and row["ph"] == "M"]
    names = {row[number]: row["args"]["name"] for row in named}
    if len(names) < len(named):
        raise ValueError(f"two names ({kind}) for one number")
    return names


def _nest(stack: list[int], row: dict[str, Any]) -> None:
    while stack and stack[-1] <= row["ts"]:
        stack.pop()
    ended = row["ts"] + row["dur"]
    if stack and ended > stack[-1]:
        raise ValueError(f"{row['name']} begins inside another span of its thread and ends after it")
    stack.append(ended)


def _span(row: dict[str, Any], process: str, thread: str) -> Span:
    began = row["ts"]
    return Span(
        process=process, thread=thread, name=row["name"], began=began, ended=began + row["dur"], args=row["args"]
    )


def test_trace(events, approve):
    approve(json.dumps(json.loads(trace(events, labels={"wsimabcdefghijkl": "alice-1"})), indent=1) + "\n")


def test_a_worker_is_a_process_and_a_user_a_thread(events):
    shown = [(one.process, one.thread, one.name) for one in spans_of(trace(events)) if "phase" in one.args]
    assert shown == [
        ("worker 1", "alice", "POST /add?x=1&y="),
        ("worker 2", "alice", "GET /view"),
        ("worker 1", "bob", "GET /slow"),
    ]


def test_runs_follow_each_other(events):
    rows = json.loads(trace(events))["traceEvents"]
    orders = [row["ts"] for row in rows if row["name"].startswith("order ")]
    assert orders == [0, 13_000]
    assert [row["ts"] for row in rows if row["name"] == "GET /slow"] == [14_000]


RUNS = {
    "stale-value": ["stale-value", "--order", "2:awaR"],
    "reload-and-kill": ["lost-write", "--order", "3:aK1abRb"],
    "per-worker": ["cross-user-leak", "--order", "2:abC1ab", "--load", "per-worker"],
    "a-server-of-its-own": ["why-not-locally", "--orders", "2"],
}


@pytest.mark.parametrize("name", RUNS)
def test_a_real_run_loses_nothing_on_the_way_to_a_viewer(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["run", *RUNS[name], "-q", "--trace", "trace.json"]) == 1
    with Path(".workersim/latest.jsonl").open("rb") as lines:
        events = list(read(lines).events)
    asked: Counter[tuple[str, str, str]] = Counter()
    sent: dict[int, RequestSent] = {}
    for event in events:
        match event:
            case RunStarted():
                sent.clear()
            case RequestSent():
                sent[event.step] = event
            case ResponseReceived() | RequestFailed():
                one = sent.pop(event.step)
                asked[f"worker {one.worker}" if one.worker else "outside the workers", one.user, one.method] += 1
    spans = spans_of(Path("trace.json").read_text(encoding="utf-8"))
    shown = Counter((one.process, one.thread, one.name.split()[0]) for one in spans if "phase" in one.args)
    assert shown == asked
    assert sum(asked.values()) >= 4


NAMES = [
    {"name": "process_name", "ph": "M", "ts": 0, "pid": 1, "tid": 0, "args": {"name": "worker 1"}},
    {"name": "thread_name", "ph": "M", "ts": 0, "pid": 1, "tid": 101, "args": {"name": "alice"}},
]
SPAN = {"name": "GET /", "cat": "alice", "ph": "X", "ts": 5, "dur": 10, "pid": 1, "tid": 101, "args": {}}
WRONG: dict[str, dict[str, Any]] = {
    "no such phase": {"ph": "Y"},
    "a time in words": {"ts": "1 s"},
    "an instant with a length": {"ph": "i", "s": "t"},
    "no length": {"dur": -1},
    "a thread without a name": {"tid": 102},
    "a thread of another process": {"pid": 2},
    "older than the one before": {"ts": 4},
    "ends after the span around it": {"ts": 6},
}


@pytest.mark.parametrize("name", WRONG)
def test_the_reader_refuses(name):
    """The checks of this file can fail."""
    right = {**SPAN, "ts": 15}
    assert len(spans_of(json.dumps({"traceEvents": [*NAMES, SPAN, right]}))) == 2
    with pytest.raises(ValueError):
        spans_of(json.dumps({"traceEvents": [*NAMES, SPAN, {**right, **WRONG[name]}]}))
