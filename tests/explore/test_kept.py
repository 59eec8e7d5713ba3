"""A result that is remembered from before a write is named; what the wrong answer itself has set is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.explore.run import run
from simulator.result import Blame
from simulator.runner.plan import Plan
from simulator.story.story import Story

APP = """
import string
from functools import lru_cache
from flask import Flask

app = Flask(__name__)
last = None


def items():
    try:
        return open("items.txt").read().split()
    except FileNotFoundError:
        return []


@lru_cache
def remembered(kind):
    return items() if kind == "items" else []


def hidden():
    if not hasattr(string, "items"):
        string.items = items()  # where nobody looks
    return string.items


@app.route("/add/<item>")
def add(item):
    with open("items.txt", "a") as file:
        print(item, file=file)
    return "ok"


@app.route("/remembered")
def show_remembered():
    remembered("colours")
    return remembered("items")


@app.route("/hidden")
def show_hidden():
    global last
    remembered("colours")
    last = hidden()
    return last[:]
"""


@pytest.mark.parametrize(("page", "name", "line"), [("remembered", "remembered('items')", 18), ("hidden", "", None)])
def test_a_worker_that_has_looked_before(tmp_path: Path, page: str, name: str, line: int | None) -> None:
    (tmp_path / "shop.py").write_text(APP)
    story = Story(f"alice: GET /{page} shows\nalice: GET /add/VALUE\nalice: GET /{page} shows")
    result = run(Plan(target="shop.py", cwd=tmp_path, story=story, order="2:a2a1a2"))
    (example,) = result.examples
    assert isinstance(example.blame, Blame)
    assert (example.blame.name, example.blame.defined.line if example.blame.defined else None) == (name, line)
    if name:
        assert example.blame.scope == "kept by each worker once it was computed"
        assert example.blame.read is not None
        assert example.blame.read.text == 'return remembered("items")'
