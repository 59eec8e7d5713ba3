"""`workersim replay`: the same order again, at once and step by step, and what it means when it no longer fails."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Workersim = Callable[..., Any]
Approve = Callable[..., None]

APPS = Path(__file__).parent / "apps"
PATHS = ("--write", "/add/VALUE", "--read", "/view")


@pytest.fixture
def failed(workersim: Workersim, tmp_path: Path) -> Path:
    """The folder in which an order has just failed."""
    shutil.copytree(APPS, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    _make_old(tmp_path)
    assert workersim("run", "broken.py", *PATHS, "--order", "2:aa", "-q").code == 1
    return tmp_path


def _make_old(folder: Path) -> None:
    """Files that were there before the run are older than it."""
    an_hour_ago = time.time() - 3600
    for path in folder.rglob("*"):
        os.utime(path, (an_hour_ago, an_hour_ago))


@pytest.mark.usefixtures("failed")
def test_the_first_order_that_failed_is_the_default(workersim: Workersim) -> None:
    ran = workersim("replay", "-q")
    assert ran.code == 1
    assert "W002 lost write" in ran.out
    assert workersim("replay", "2:aa", "-q").out == ran.out


@pytest.mark.usefixtures("failed")
def test_the_last_record_stays_where_it_is(workersim: Workersim, tmp_path: Path) -> None:
    before = [(tmp_path / ".workersim" / name).read_bytes() for name in ("latest.jsonl", "latest.json")]
    workersim("replay", "2:ab", "-q")
    assert [(tmp_path / ".workersim" / name).read_bytes() for name in ("latest.jsonl", "latest.json")] == before
    assert (tmp_path / ".workersim" / "replay.jsonl").exists()


@pytest.mark.usefixtures("failed")
def test_an_order_that_never_failed_may_be_fine(workersim: Workersim) -> None:
    ran = workersim("replay", "2:abab", "-q")
    assert ran.code == 0


@pytest.mark.usefixtures("failed")
def test_another_app_that_does_not_fail_is_good_news(workersim: Workersim) -> None:
    ran = workersim("replay", "--app", "fixed.py")
    assert ran.code == 0
    assert "! This order failed before, and does not now." in ran.out


def test_code_that_was_changed_explains_why_it_no_longer_fails(workersim: Workersim, failed: Path) -> None:
    shutil.copy(failed / "fixed.py", failed / "broken.py")
    ran = workersim("replay")
    assert ran.code == 0
    assert "! This order failed before, and does not now. Changed since: broken.py." in ran.out


def test_no_longer_failing_for_no_reason_is_unknown(workersim: Workersim, tmp_path: Path, approve: Approve) -> None:
    shutil.copy(APPS / "moody.py", tmp_path)
    (tmp_path / "mood.txt").write_text("bad")
    (tmp_path / "kept.txt").write_text("")
    _make_old(tmp_path)
    assert workersim("run", "moody.py", *PATHS, "--order", "2:aa", "-q").code == 1
    time.sleep(0.01)
    (tmp_path / "mood.txt").write_text("good")
    ran = workersim("replay", "--json")
    [unknown] = json.loads(ran.out)["unknowns"]
    assert ran.code == 4
    assert unknown["what"] == "this order failed before, but not now (0 of 3 tries)"
    assert "mood.txt" in unknown["do"][0]


@pytest.mark.parametrize(
    ("keys", "name"),
    [
        ("", "nobody-types"),
        ("\n1\n", "guess-right"),
        ("\n2\n", "guess-wrong"),
        ("b\n\nb\n\n\n", "back"),
        ("q\n", "quit"),
    ],
)
@pytest.mark.usefixtures("failed")
def test_step_by_step(
    workersim: Workersim, approve: Approve, monkeypatch: pytest.MonkeyPatch, keys: str, name: str
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(keys))
    ran = workersim("replay", "2:aa", "--step")
    approve(ran.text, exit_code=ran.code, name=name)


@pytest.mark.usefixtures("failed")
def test_a_token_of_another_story_is_refused(workersim: Workersim) -> None:
    ran = workersim("replay", "2:xy")
    assert ran.code == 2
    assert ran.err.startswith("error E204")


@pytest.mark.usefixtures("failed")
def test_what_was_not_kept_has_to_be_given_again(workersim: Workersim, approve: Approve) -> None:
    workersim("run", "broken.py", *PATHS, "--order", "2:aa", "-q", "--env", "KEY=hunter2")
    ran = workersim("replay")
    approve(ran.text, exit_code=ran.code)
    assert workersim("replay", "--env", "KEY=other", "-q").code == 1


def test_a_run_without_problems_leaves_nothing_to_replay(
    workersim: Workersim, tmp_path: Path, approve: Approve
) -> None:
    shutil.copy(APPS / "fixed.py", tmp_path)
    workersim("run", "fixed.py", *PATHS, "--order", "2:aa", "-q")
    ran = workersim("replay")
    approve(ran.text, exit_code=ran.code)


def test_a_scenario_is_replayed_by_its_name(workersim: Workersim) -> None:
    workersim("run", "lost-write", "--order", "2:aa", "-q")
    ran = workersim("replay", "-q")
    assert ran.code == 1
    assert "lost-write broken" in ran.out


@pytest.mark.usefixtures("failed")
def test_of_a_failed_test_the_next_lines_say_it_again(workersim: Workersim, tmp_path: Path) -> None:
    """Its story stands in no file, so `run` could not be told of it."""
    last = json.loads((tmp_path / ".workersim" / "latest.json").read_text())
    last["text"] = "alice: GET /add/VALUE\nalice: GET /view shows"
    last["given"] = {name: value for name, value in last["given"].items() if name not in ("write", "read")}
    (tmp_path / ".workersim" / "tests").mkdir()
    (tmp_path / ".workersim" / "tests" / "test_shop-test_lost.json").write_text(json.dumps(last))
    ran = workersim("replay", "2:aa", "--test", "test_shop-test_lost")
    assert ran.code == 1
    again = "workersim replay 2:aa --test test_shop-test_lost --step"
    assert again in ran.out
    assert "workersim run" not in ran.out
    assert workersim(*again.split()[1:-1], "-q").code == 1
