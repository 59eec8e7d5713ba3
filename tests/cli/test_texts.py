"""Commands that run no app: list, explain and doctor."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.commands import classroom, doctor
from simulator.runner import catalogue
from simulator.runner.catalogue import names

Workersim = Callable[..., Any]
Approve = Callable[..., None]


@pytest.mark.parametrize("columns", [80, 40])
def test_list(workersim: Workersim, columns: int) -> None:
    ran = workersim("list", columns=columns)
    assert ran.code == 0
    assert all(f"{name} " in f"{ran.out} ".replace("\n", " ") for name in names())
    assert max(map(len, ran.out.splitlines())) <= columns
    assert ran.out.endswith("Run one: workersim run NAME\n")


def test_list_in_full_and_as_json(workersim: Workersim) -> None:
    ran = workersim("list", "-v")
    assert "variants broken, fixed" in ran.out
    listed = json.loads(workersim("list", "--json").out)["scenarios"]
    assert tuple(one["name"] for one in listed) == names()
    assert all(one["title"] and "broken" in one["variants"] for one in listed)


@pytest.mark.parametrize("topic", ["W002", "lost-write", "lost write", "e101"])
def test_explain_by_code_or_by_name(workersim: Workersim, topic: str) -> None:
    ran = workersim("explain", topic)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("W002 lost write:" if "E" not in topic.upper()[:1] else "E101 ")


def test_explain_without_a_topic_lists_all(workersim: Workersim) -> None:
    assert "W001  stale value" in workersim("explain").out
    pages = json.loads(workersim("explain", "--json").out)["pages"]
    assert {"W001", "W016", "E101", "E207", "E900"} <= {page["code"] for page in pages}
    assert json.loads(workersim("explain", "W002", "--json").out)["pages"][0]["sections"]["What to do"]


def test_doctor_is_content_here(workersim: Workersim) -> None:
    ran = workersim("doctor")
    assert ran.code == 0
    assert all(line[:1] in "✓! " for line in ran.out.splitlines())
    assert "fork available" in ran.out
    assert "all texts are inside the package" in ran.out
    report = json.loads(workersim("doctor", "--json").out)
    assert report["verdict"] == "ok"
    assert len(report["checks"]) >= 6


def test_doctor_warns_of_a_live_database(workersim: Workersim) -> None:
    ran = workersim("doctor", env={"DATABASE_URL": "postgresql://mia:hunter2@db/shop"})
    assert ran.code == 0
    assert "! DATABASE_URL is set" in ran.out
    assert "hunter2" not in ran.out


def test_doctor_loads_an_app(workersim: Workersim) -> None:
    Path("shop.py").write_text("from flask import Flask\napp = Flask(__name__)\n")
    assert '✓ shop.py loads: Flask app "app"' in workersim("doctor", "--app", "shop.py").out
    ran = workersim("doctor", "--app", "shp.py")
    assert ran.code == 1
    assert "✗ E101: no file shp.py here" in ran.out


def test_doctor_runs_every_lesson_before_a_class(workersim: Workersim, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "names", lambda: ("lost-write",))
    ran = workersim("doctor", "--class")
    assert ran.code == 0
    assert "✓ each lesson was run: broken fails, fixed passes" in ran.out
    assert "pip download workersim -d wheels/" in ran.out


def test_doctor_names_a_lesson_that_shows_nothing_here(workersim: Workersim, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classroom, "lessons", lambda: iter([("lost-write", "broken is ok"), ("stale-value", "")]))
    ran = workersim("doctor", "--class")
    assert ran.code == 1
    assert "✗ the lesson lost-write: broken is ok\n   workersim run lost-write" in ran.out


def test_without_fork_there_is_one_honest_message(
    workersim: Workersim, approve: Approve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows: what needs no processes works, and the rest says why not."""
    monkeypatch.delattr(os, "fork")
    for line in ("run flask_app.py", "run lost-write", "compare lost-write", "init flask_app.py"):
        ran = workersim(*line.split())
        assert (ran.code, ran.err.split(":")[0]) == (2, "error E301"), line
    approve(ran.text, exit_code=ran.code)
    assert workersim("explain", "W002").code == 0
    assert workersim("list").code == 0
    ran = workersim("doctor")
    assert ran.code == 1
    assert "✗ os.fork is not available" in ran.out


def test_a_missing_package_is_named(workersim: Workersim, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "REQUIRED", ("typer", "no-such-package"))
    ran = workersim("doctor")
    assert ran.code == 1
    assert "✗ not installed: no-such-package\n   pip install no-such-package" in ran.out
