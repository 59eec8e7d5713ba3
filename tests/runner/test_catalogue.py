"""Finding the lessons, and the copies in which they run."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

import simulator
from simulator.errors import ExitStatus, ScenarioNotFound, UsageError
from simulator.runner import catalogue
from simulator.story.scenario import Scenario, Variant
from simulator.story.story import Story


def scenario(**more):
    return Scenario(name="own", title="An own one", summary="", story=Story("alice: GET /view"), variants=(), **more)


def test_a_scenario_is_found_by_its_name():
    found, folder = catalogue.find("lost-write")
    assert found.name == "lost-write"
    assert (folder / found.variant("broken").app).is_file()


def test_an_installed_package_finds_the_scenarios_inside_it(tmp_path):
    package = Path(simulator.__file__).parent
    shutil.copytree(package, tmp_path / "simulator", ignore=shutil.ignore_patterns("__pycache__", "scenarios"))
    shutil.copytree(catalogue.find("lost-write")[1], tmp_path / "simulator" / "scenarios" / "lost-write")
    code = "from simulator.runner import catalogue; print(catalogue.names(), catalogue.find('lost-write')[1])"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    said = subprocess.run([sys.executable, "-c", code], env=environment, cwd="/", text=True, capture_output=True)
    assert said.stdout.strip() == f"('lost-write',) {tmp_path}/simulator/scenarios/lost-write", said.stderr


@pytest.mark.parametrize("typed", ["lost-lits", "lost_write", "Lost Write", "lostwrite"])
def test_a_name_that_is_nearly_right_is_answered_with_the_right_one(typed):
    with pytest.raises(ScenarioNotFound) as caught:
        catalogue.find(typed)
    assert caught.value.what == f'no scenario "{typed}". Did you mean lost-write?'
    assert (caught.value.code, caught.value.exit_status) == ("E201", ExitStatus.USAGE)


def test_a_name_that_is_like_no_other_gets_no_guess():
    with pytest.raises(ScenarioNotFound) as caught:
        catalogue.find("zebra")
    assert caught.value.what == 'no scenario "zebra".'


@pytest.mark.parametrize("name", ["", ".", "..", "lost-write/..", "/"])
def test_a_name_is_not_a_path(name):
    with pytest.raises(ScenarioNotFound):
        catalogue.find(name)


def test_a_folder_of_ones_own_can_hold_a_scenario(tmp_path):
    (tmp_path / "scenario.py").write_text(
        "from simulator.story.scenario import Scenario\n"
        "from simulator.story.story import Story\n"
        "SCENARIO = Scenario(name='own', title='', summary='', story=Story('alice: GET /view'), variants=())\n"
    )
    assert catalogue.load(tmp_path).name == "own"


@pytest.mark.parametrize("text", [None, "", "SCENARIO = 'lost-write'"])
def test_a_folder_without_a_scenario_is_named(tmp_path, text):
    if text is not None:
        (tmp_path / "scenario.py").write_text(text)
    with pytest.raises(UsageError, match=str(tmp_path)):
        catalogue.load(tmp_path)


def test_a_workspace_is_a_copy_that_goes_away(tmp_path):
    (tmp_path / "app.py").write_text("")
    (tmp_path / "lesson.md").write_text("")
    variant = Variant(name="broken", framework="flask", app="app.py")
    with catalogue.workspace(scenario(files={"data/price.txt": "9.90"}), tmp_path, variant) as place:
        assert sorted(path.name for path in place.iterdir()) == ["app.py", "data"]
        assert (place / "data/price.txt").read_text() == "9.90"
        (place / "left-behind").write_text("")
    assert not place.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["app.py", "lesson.md"]


def test_a_variant_is_prepared_before_it_starts():
    found, folder = catalogue.find("cross-user-leak")
    with (
        catalogue.workspace(found, folder, found.variant("fixed", "django")) as place,
        closing(sqlite3.connect(place / "items.db")) as database,
    ):
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert {"auth_user", "django_session", "notes_note"} <= tables


def test_a_preparation_that_fails_says_why(tmp_path):
    (tmp_path / "prepare.py").write_text("import no_such_framework")
    variant = Variant(name="fixed", framework="nosuch", app="app.py", prepare=("prepare.py",))
    with pytest.raises(UsageError) as caught, catalogue.workspace(scenario(), tmp_path, variant):
        pass
    assert "python prepare.py failed" in caught.value.what
    assert caught.value.why[-1] == "ModuleNotFoundError: No module named 'no_such_framework'"


def test_a_plan_takes_over_what_the_lesson_declares(tmp_path):
    found, _ = catalogue.find("lost-write")
    sticky = next(variant for variant in found.variants if variant.routing == "sticky")
    plan = catalogue.plan(replace(found, files={"notes.txt": ""}), sticky, tmp_path)
    assert (plan.target, plan.cwd, plan.routing, plan.workers) == ("broken.py", tmp_path, "sticky", 2)
    assert plan.stores == ("items.db", "notes.txt")
    assert plan.story is found.story


def test_every_lesson_has_a_text():
    for name in catalogue.names():
        assert catalogue.lesson(name).startswith("# ")
