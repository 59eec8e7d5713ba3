"""A development server that cannot be asked is a sentence in the report; the rest is found out all the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulator.checkers.finding import Verdict
from simulator.explore.run import run
from simulator.runner.plan import Plan
from simulator.story.scenario import Server
from simulator.story.schedule import LoadMode
from simulator.story.story import Story

APP = """
from flask import Flask

app = Flask(__name__)
the_list = []

@app.route("/add/<item>")
def add(item):
    the_list.append(item)
    return the_list

@app.route("/view")
def view():
    return the_list
"""

SHOPPING = """
    data: shared items
    alice: GET /add/VALUE  adds data
    alice: GET /view       shows data
"""
FLASK = Server(name="flask run", arguments=("-m", "flask", "--app", "shop", "run", "--no-reload", "--port", "{port}"))


@pytest.fixture
def plan(tmp_path):
    (tmp_path / "shop.py").write_text(APP)
    return Plan(target="shop.py", cwd=tmp_path, story=Story(SHOPPING), loads=(LoadMode.ONCE,), server=FLASK)


def test_the_first_row_is_the_development_server(plan):
    result = run(plan)
    assert [(row.label, row.run, row.failed.get("lost-write", 0)) for row in result.rows[:2]] == [
        ("flask run (1 process)", 1, 0),
        ("1 worker", 1, 0),
    ]
    assert result.notes == ()


def test_a_problem_that_shows_at_home_too_is_counted(plan):
    result = run(replace(plan, story=Story(SHOPPING.replace("shared", "private") + "bob: GET /view  shows data")))
    assert result.rows[0].failed == {"cross-user-leak": 2}
    assert result.rows[0].run == 3


def test_one_order_that_was_asked_for_needs_no_development_server(plan):
    assert all(not row.server for row in run(replace(plan, order="2:aa")).rows)


def test_a_server_that_does_not_start_is_a_sentence(plan):
    broken = Server(name="my server", arguments=("-c", "raise SystemExit('no such option')", "{port}"))
    result = run(replace(plan, server=broken))
    assert result.verdict is Verdict.PROBLEM
    assert all(not row.server for row in result.rows)
    assert result.notes == (
        "Not compared with your computer: my server ended before its first answer (exit code 1): no such option",
    )


def test_a_story_that_reloads_is_not_for_a_server_that_nobody_can_tell_to(plan):
    result = run(replace(plan, story=Story(SHOPPING + "operator: reload")))
    assert result.verdict is Verdict.PROBLEM
    assert any("flask run cannot be told to reload" in note for note in result.notes)
