"""Every line of every `--help`, and every line that a page of `explain` tells people to type, works as it stands."""

from __future__ import annotations

import contextlib
import io
import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulator.commands import main
from simulator.commands.examples import EXAMPLES
from simulator.reports.explain import commands, pages

Workersim = Callable[..., Any]

APPS = Path(__file__).parent / "apps"
OF_HELP = (line for lines in EXAMPLES.values() for line in lines)
OF_EXPLAIN = (line for page in pages() for line in commands(page))
LINES = tuple(dict.fromkeys((*OF_HELP, *OF_EXPLAIN)))
PAGES = """
[tool.workersim]
write = "/add/VALUE"
read = "/view"
"""
SHOP = """
from flask_app import app

def create_app(config=None):
    return app
"""
QUICK = {"run": ("--order", "2:aa"), "compare": ("--order", "2:aa")}
"""One order is enough to know that a line is understood; `test_run` and `test_compare` run them all."""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with everything that the examples name, and a run to look back on."""
    folder = tmp_path_factory.mktemp("examples")
    shutil.copy(APPS / "broken.py", folder / "flask_app.py")
    shutil.copy(APPS / "fixed.py", folder / "fixed_app.py")
    with (folder / "flask_app.py").open("a") as file:
        file.write("\n\nadmin = app\n")
    (folder / "shop.py").write_text(SHOP)
    (folder / "mysite").mkdir()
    (folder / "mysite" / "__init__.py").write_text("from flask_app import app\n")
    (folder / "shop.story").write_text("alice: GET /add/VALUE\nalice: GET /view shows\n")
    with contextlib.chdir(folder):
        assert main(["init", "flask_app.py"]) == 0
        visit = ["run", "fixed_app.py", "--story", "flask_app.story", "--order", "2:aa", "-q", "--har", "visit.har"]
        assert main(visit) == 0
        assert main(["run", "flask_app.py", "--story", "flask_app.story", "--order", "2:aa", "-q"]) == 1
    shutil.copy(folder / ".workersim" / "latest.jsonl", folder / "history.jsonl")
    (folder / "pyproject.toml").write_text(PAGES)
    return folder


@pytest.fixture
def site(workersim: Workersim, prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it to work in."""
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True, symlinks=True)
    last = tmp_path / ".workersim" / "latest.json"
    last.write_text(last.read_text().replace(str(prepared), str(tmp_path)))
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    return tmp_path


@pytest.mark.parametrize("line", LINES)
def test_a_line(workersim: Workersim, site: Path, line: str) -> None:
    program, command, *rest = shlex.split(line)
    assert program == "workersim"
    if command == "init":
        for story in site.glob("*.story"):
            story.unlink()
    if "--help" in (command, *rest):
        assert workersim(command, *rest).code == 0
        return
    order = () if "--order" in rest else QUICK.get(command, ())
    ran = workersim(command, *rest, *order)
    assert ran.code in (0, 1), ran.err
    assert not ran.err or ran.err.startswith("Wrote ")


def test_there_are_some() -> None:
    assert len(LINES) > 50
