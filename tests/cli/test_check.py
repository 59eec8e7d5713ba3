"""`workersim check`: recorded histories, ours and others, good and damaged."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Workersim = Callable[..., Any]
Approve = Callable[..., None]

APPS = Path(__file__).parent / "apps"
PATHS = ("--write", "/add/VALUE", "--read", "/view")
RECORD = ".workersim/latest.jsonl"

STALE = (
    {"v": 1, "type": "history", "workers": 2, "keys": [{"name": "price", "kind": "register", "scope": "shared"}]},
    {"type": "operation", "user": "world", "key": "price", "kind": "write", "value": "v1", "began": 1, "ended": 2},
    {
        "type": "operation",
        "user": "ann",
        "key": "price",
        "kind": "read",
        "value": "v1",
        "began": 3,
        "ended": 4,
        "worker": [1, 1],
    },
    {"type": "operation", "user": "world", "key": "price", "kind": "write", "value": "v2", "began": 5, "ended": 6},
    {
        "type": "operation",
        "user": "ann",
        "key": "price",
        "kind": "read",
        "value": "v1",
        "began": 7,
        "ended": 8,
        "worker": [2, 2],
    },
)


@pytest.fixture
def record(workersim: Workersim, tmp_path: Path) -> Path:
    """The record of a run that found two problems."""
    shutil.copy(APPS / "broken.py", tmp_path)
    workersim("run", "broken.py", *PATHS, "--order", "2:aabb", "-q")
    return tmp_path / RECORD


@pytest.mark.usefixtures("record")
def test_a_record_says_the_same_as_the_run(workersim: Workersim, approve: Approve) -> None:
    ran = workersim("check", RECORD)
    approve(ran.text, exit_code=ran.code)


def test_a_record_that_was_cut_is_judged_as_far_as_it_goes(workersim: Workersim, record: Path) -> None:
    lines = record.read_text().splitlines(keepends=True)
    record.write_text("".join(lines[:-3]) + lines[-3][:40])
    ran = workersim("check", RECORD)
    assert ran.code == 1
    assert "! The record ends in the middle of a line" in ran.out


def test_a_record_without_a_run_is_unknown(workersim: Workersim, record: Path) -> None:
    record.write_text(record.read_text().splitlines(keepends=True)[0])
    ran = workersim("check", RECORD, "--json")
    assert ran.code == 4
    assert json.loads(ran.out)["unknowns"][0]["what"].endswith("holds no run, so nothing was checked")


def test_a_line_that_was_damaged_is_named(workersim: Workersim, record: Path) -> None:
    record.write_text(record.read_text().replace('"type":"run_started"', '"type":"run_began"'))
    ran = workersim("check", RECORD)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error E205: line 2 of the record")


@pytest.mark.usefixtures("record")
def test_reports_can_be_made_of_a_record(workersim: Workersim) -> None:
    workersim("check", RECORD, "-q", "--sarif", "s.sarif", "--har", "h.har", "--trace", "t.json", "--junit", "j.xml")
    assert json.loads(Path("s.sarif").read_text())["runs"][0]["results"]
    assert json.loads(Path("h.har").read_text())["log"]["entries"]


def _write(lines: tuple[dict[str, Any], ...]) -> None:
    Path("history.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))


def test_a_history_of_something_else(workersim: Workersim) -> None:
    _write(STALE)
    ran = workersim("check", "history.jsonl", "--json")
    assert ran.code == 1
    [finding] = json.loads(ran.out)["findings"]
    assert (finding["name"], finding["expected"], finding["got"]) == ("stale-value", "v2", "v1")
    assert [step["request"] for step in finding["steps"]] == ["write price v1", "write price v2", "read price"]
    assert ran.err == ""


def test_a_history_of_something_else_as_text(workersim: Workersim, approve: Approve) -> None:
    _write(STALE)
    ran = workersim("check", "history.jsonl")
    approve(ran.text, exit_code=ran.code)


LOST = (
    {"v": 1, "type": "history", "workers": 2, "keys": [{"name": "cart", "scope": "shared"}]},
    {"type": "label", "token": "q5c3hh2kxw7d", "label": "ann-1"},
    {"type": "label", "token": "zz8k2mmp4t1x", "label": "bob-1"},
    *(
        {"type": "operation", "step": step, "user": user, "key": "cart", "kind": kind, "value": value, "worker": worker,
         "began": step, "ended": step + 0.5}
        for step, user, kind, value, worker in (
            (1, "ann", "add", "q5c3hh2kxw7d", 1),
            (2, "bob", "add", "zz8k2mmp4t1x", 2),
            (3, "ann", "read", ["zz8k2mmp4t1x"], 2),
        )
    ),
)  # fmt: skip


def test_tokens_of_something_else_are_shown_by_their_labels(workersim: Workersim, approve: Approve) -> None:
    _write(LOST)
    ran = workersim("check", "history.jsonl")
    assert "q5c3hh2kxw7d" not in ran.text
    approve(ran.text, exit_code=ran.code)


def test_a_report_of_something_else_names_no_order_and_no_replay(workersim: Workersim, approve: Approve) -> None:
    _write(LOST)
    workersim("check", "history.jsonl", "-q", "--junit", "j.xml", "--sarif", "s.sarif")
    [result] = json.loads(Path("s.sarif").read_text())["runs"][0]["results"]
    assert result["message"]["text"] == "ann-1 is missing"
    approve(Path("j.xml").read_text())


def test_a_good_history_of_something_else(workersim: Workersim) -> None:
    _write((*STALE[:3], {**STALE[2], "began": 4.5, "ended": 4.8, "worker": [2, 2]}))
    assert workersim("check", "history.jsonl", "-q").code in (0, 4)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"", "the history is empty"),
        (b"\xff\xfe\x00", "it is not text in UTF-8"),
        (b'{"x": 1}\n', "line 1 of the history"),
        (b"not json\n", "line 1 of the history"),
    ],
)
def test_what_is_no_history_is_named(workersim: Workersim, content: bytes | None, message: str) -> None:
    if content is not None:
        Path("history.jsonl").write_bytes(content)
    ran = workersim("check", "history.jsonl")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error E205")
    assert message in " ".join(ran.err.split())
