"""`workersim init`: a story and a test to start from."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Workersim = Callable[..., Any]
Approve = Callable[..., None]

APPS = Path(__file__).parent / "apps"


@pytest.fixture
def site(workersim: Workersim, tmp_path: Path) -> Path:
    """The folder in which commands run, with the apps of these tests in it."""
    shutil.copytree(APPS, tmp_path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


@pytest.mark.parametrize("target", ["broken.py", "posts.py", "api.py", "bare.py", "shop"])
def test_a_story_from_the_apps_own_routes(workersim: Workersim, approve: Approve, site: Path, target: str) -> None:
    ran = workersim("init", target)
    [story] = site.glob("*.story")
    approve(f"{ran.text}===== {story.name}\n{story.read_text()}", exit_code=ran.code)


def test_the_story_that_was_written_is_judged(workersim: Workersim, site: Path) -> None:
    told = workersim("init", "broken.py").out
    line = told.splitlines()[-1].partition("   workersim ")[2]
    assert line == "run broken.py --story broken.story"
    ran = workersim(*line.split(), "--order", "2:aa", "-q")
    assert ran.code == 1
    assert "W002 lost write" in ran.out


def test_a_test_and_a_workflow(workersim: Workersim, approve: Approve, site: Path) -> None:
    ran = workersim("init", "ci", "broken.py")
    test = (site / "tests" / "test_multiworker.py").read_text()
    workflow = (site / ".github" / "workflows" / "multiworker.yml").read_text()
    approve(f"{ran.text}===== test\n{test}===== workflow\n{workflow}", exit_code=ran.code)


def test_a_workflow_installs_what_the_project_says(workersim: Workersim, site: Path) -> None:
    (site / "requirements.txt").write_text("flask\n")
    workersim("init", "ci", "broken.py")
    text = (site / ".github" / "workflows" / "multiworker.yml").read_text()
    assert "pip install -r requirements.txt workersim pytest" in text


def test_nothing_that_is_there_is_overwritten(workersim: Workersim, approve: Approve, site: Path) -> None:
    (site / "broken.story").write_text("mine")
    ran = workersim("init", "broken.py")
    assert (site / "broken.story").read_text() == "mine"
    approve(ran.text, exit_code=ran.code)
    assert workersim("init", "broken.py", "--force").code == 0
    assert (site / "broken.story").read_text() != "mine"


def test_an_app_that_does_not_load_is_told_as_in_a_run(workersim: Workersim, site: Path) -> None:
    ran = workersim("init", "nothing_here.py")
    assert ran.code == 3
    assert ran.err.startswith("error E101")
    assert not list(site.glob("*.story"))
