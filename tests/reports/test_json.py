from __future__ import annotations

import json

import pytest

from simulator.reports.json import document, documents, text


@pytest.mark.parametrize("which", ["broken", "fixed", "stale", "unclear", "hostile"])
def test_document(which, request, approve):
    printed = text(document(request.getfixturevalue(which)))
    assert json.loads(printed)
    assert printed.isascii()
    approve(printed)


def test_the_promised_names_are_there(broken):
    promised = {
        "schema": 1,
        "verdict": "problem",
        "app": "flask_app.py",
        "workers": 2,
        "load": "once",
        "orders": {"run": 6, "failed": 4, "complete": True},
    }
    finding = {
        "code": "W002",
        "name": "lost-write",
        "order": "2:aa",
        "user": "alice",
        "step": 2,
        "worker": 2,
        "expected": "alice-1",
        "got": [],
        "where": {"file": "flask_app.py", "line": 4, "name": "the_list"},
    }
    printed = json.loads(text(document(broken)))
    orders = printed["orders"]
    assert {name: printed[name] for name in promised if name != "orders"} | {
        "orders": {name: orders[name] for name in promised["orders"]}
    } == promised
    assert {name: printed["findings"][0][name] for name in finding} == finding


def test_a_comparison_is_one_object_with_the_worst_verdict(broken, fixed, unclear):
    assert documents([fixed, broken, unclear])["verdict"] == "problem"
    assert documents([fixed, unclear])["verdict"] == "unknown"
    assert documents([fixed])["verdict"] == "ok"
    assert [one["app"] for one in documents([fixed, broken])["results"]] == ["fixed_app.py", "flask_app.py"]
