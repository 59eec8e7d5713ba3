"""Three projects as people build them, each with the test of three lines that its team would write."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
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
WRONG = {"flask_shop": "sticky", "django_notes": "class_attribute", "fastapi_todo": "lock"}
STORAGES = [
    (project, storage)
    for project, table in PROJECTS.items()
    for storage in table["storage"]
    if IS_FULL or storage in ("broken", "fixed", WRONG[project])
]
"""By default one wrong repair of each project; `tests/projects` tries them all on the runner."""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """Each project once, with its tables made."""
    places = {}
    for project, table in PROJECTS.items():
        place = tmp_path_factory.mktemp("projects") / project
        shutil.copytree(FOLDER / project, place, ignore=shutil.ignore_patterns("__pycache__", "*.db"))
        subprocess.run([sys.executable, *table["prepare"]], cwd=place, check=True, timeout=60)
        places[project] = place
    return places


def order_of(project: str, storage: str) -> str:
    """Worker 1 stores and worker 2 shows; with sticky routing a reload comes in between."""
    steps = ORDERS[project]
    if (project, storage) == ("fastapi_todo", "cache"):
        return "2:a1a2a1a2"  # worker 2 has to have looked before
    if storage == "sticky":
        return f"2:{steps[:-1]}R{steps[-1]}~sticky"
    return "2:" + "".join(f"{letter}1" for letter in steps[:-1]) + f"{steps[-1]}2"


@pytest.mark.parametrize(("project", "storage"), STORAGES)
def test_the_test_of_three_lines(project, storage, prepared, pytester, monkeypatch):
    table, row = PROJECTS[project], PROJECTS[project]["storage"][storage]
    place = prepared[project]
    routing = f"routing={row['routing']!r}, " if IS_FULL and "routing" in row else ""
    order = "" if IS_FULL else f", order={order_of(project, storage)!r}"
    (place / "test_workers.py").write_text(
        f"""
from simulator import Story

STORY = Story('''{table["story"]}''')

def test_two_workers(multiworker):
    multiworker({table["target"]!r}, {routing}stores={table["stores"]}).check(STORY{order})
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
    assert re.search(r"^W00[23] ", text, re.MULTILINE), text
    assert "simulator/" not in text
    if storage == "cache" and project != "django_notes":
        return  # what fills a cache is not always what is to blame: which line is named is blame's own matter
    assert any(line in text for line in (row.get("defined"), row["changed"]) if line), text
