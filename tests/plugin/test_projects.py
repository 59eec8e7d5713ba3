"""Three projects as people build them, each with the test of three lines that its team would write."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

STRICT = ("-W", "error", "-p", "no:cacheprovider", "-q")
FOLDER = Path(__file__).parent.parent / "projects"
PROJECTS = tomllib.loads((FOLDER / "projects.toml").read_text())
ORDERS = {"flask_shop": "aaaaa", "django_notes": "aaaaaa", "fastapi_todo": "aaaa"}
"""alice alone, each redirect a step of its own; the last step is the page that shows what she stored."""
IS_FULL = os.environ.get("WORKERSIM_CONTRACT") == "full"
WRONG = {"flask_shop": "sticky", "django_notes": "class_attribute", "fastapi_todo": "cache"}
EXPLORED = {("flask_shop", "broken"), ("fastapi_todo", "fixed")}
STORAGES = [
    (project, storage)
    for project, table in PROJECTS.items()
    for storage in table["storage"]
    if IS_FULL or storage in ("broken", "fixed", WRONG[project])
]
"""By default one wrong repair of each project, and mostly one order of it; in full all of them in every routing."""
PLACE = re.compile(r"^([\w/.]+\.\w+:\d+: .*?)(?:      |$)", re.MULTILINE)
"""The line to blame, as a failed test names it; values of workers follow."""


HEADINGS = {"lost-write": "W002 lost write", "cross-user-leak": "W003 leak"}


def order_of(project: str, storage: str) -> str:
    """Worker 1 stores and worker 2 shows; with sticky routing a reload comes in between."""
    steps = ORDERS[project]
    if (project, storage) == ("fastapi_todo", "cache"):
        return "2:a1a2a1a2"  # worker 2 has to have looked before
    if storage == "sticky":
        return f"2:{steps[:-1]}R{steps[-1]}~sticky"
    return "2:" + "".join(f"{letter}1" for letter in steps[:-1]) + f"{steps[-1]}2"


def place_of(project: str, storage: str) -> str:
    """`shop/storage/broken.py:5: basket: list[str] = []`: where it is made, or changed where nothing makes it."""
    table, row = PROJECTS[project], PROJECTS[project]["storage"][storage]
    path = f"{table['folder']}/{row.get('uses', storage)}.py"
    text = row.get("defined", row["changed"])
    lines = [line.strip() for line in (FOLDER / project / path).read_text().splitlines()]
    return f"{path}:{lines.index(text) + 1}: {text}"


@pytest.mark.parametrize(("project", "storage"), STORAGES)
def test_the_test_of_three_lines(project, storage, prepared, pytester, monkeypatch):
    table, row = PROJECTS[project], PROJECTS[project]["storage"][storage]
    place = prepared[project]
    is_pinned = "routing" in row or not (IS_FULL or (project, storage) in EXPLORED)
    order = f", order={order_of(project, storage)!r}" if is_pinned else ""
    (place / "test_workers.py").write_text(
        f"""
from simulator import Story

STORY = Story('''{table["story"]}''')

def test_two_workers(multiworker):
    report = multiworker({table["target"]!r}, stores={table["stores"]}).run(STORY{order})
    assert report.result.orders.complete is {not is_pinned}
    report.ok()
"""
    )
    monkeypatch.setenv(table["chooses"], row.get("uses", storage))
    monkeypatch.chdir(place)
    result = pytester.runpytest_inprocess(f"--rootdir={place}", *STRICT, str(place / "test_workers.py"))
    text = result.stdout.str()
    if not row["expects"]:
        result.assert_outcomes(passed=1)
        return
    result.assert_outcomes(failed=1)
    headings = re.findall(r"^(W\d+ [a-z -]+), order", text, re.MULTILINE)
    assert headings
    assert {HEADINGS[name] for name in row["expects"]} >= set(headings), text
    assert is_pinned or {HEADINGS[name] for name in row["expects"]} == set(headings), text
    assert set(PLACE.findall(text)) == {place_of(project, storage)}, text
    assert "simulator/" not in text
