from __future__ import annotations

import json

from simulator.reports.trace import trace


def test_trace(events, approve):
    approve(json.dumps(json.loads(trace(events, labels={"wsimabcdefghijkl": "alice-1"})), indent=1) + "\n")


def test_it_is_in_the_trace_event_format(events):
    """The rules of the format: each phase with the fields that it needs, numbers where numbers belong."""
    document = json.loads(trace(events))
    assert document["displayTimeUnit"] in {"ms", "ns"}
    for row in document["traceEvents"]:
        assert isinstance(row["name"], str)
        assert all(isinstance(row[name], int) for name in ("ts", "pid", "tid"))
        assert isinstance(row["args"], dict)
        match row["ph"]:
            case "X":
                assert row["dur"] >= 1
            case "i":
                assert row["s"] in {"g", "p", "t"}
            case other:
                assert other == "M"
                assert row["name"] in {"process_name", "process_sort_index", "thread_name"}


def test_a_worker_is_a_process_and_a_user_a_thread(events):
    rows = json.loads(trace(events))["traceEvents"]
    processes = {row["pid"]: row["args"]["name"] for row in rows if row["name"] == "process_name"}
    assert processes == {0: "outside the workers", 1: "worker 1", 2: "worker 2"}
    threads = {(row["pid"], row["tid"]): row["args"]["name"] for row in rows if row["name"] == "thread_name"}
    spans = [row for row in rows if row["ph"] == "X" and "phase" in row["args"]]
    assert [(row["pid"], threads[row["pid"], row["tid"]], row["name"]) for row in spans] == [
        (1, "alice", "POST /add?x=1&y="),
        (2, "alice", "GET /view"),
        (1, "bob", "GET /slow"),
    ]


def test_runs_follow_each_other(events):
    rows = json.loads(trace(events))["traceEvents"]
    orders = [row["ts"] for row in rows if row["name"].startswith("order ")]
    assert orders == [0, 13_000]
    assert [row["ts"] for row in rows if row["name"] == "GET /slow"] == [14_000]
