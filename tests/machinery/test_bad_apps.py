"""Every way in which an application can fail to load has words of its own, with the application's frames only."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

from simulator.errors import AppError
from simulator.story.schedule import LoadMode

BAD = Path(__file__).parents[1] / "apps" / "bad"

TARGETS = {
    "no_file": "two_app.py",
    "no_file_elsewhere": "nowhere/app.py",
    "no_module": "two_app:app",
    "no_attribute": "two_apps.py:frist",
    "no_call": "factories.py:needs_name(unquoted)",
    "empty_folder": "circle/../empty",
    "import_raises": "import_raises.py",
    "import_of_what_is_not_installed": "no_module.py",
    "import_of_a_neighbour": "mysite:app",
    "import_in_a_circle": "circle.one",
    "import_exits": "exits_at_import.py",
    "import_of_bad_syntax": "bad_syntax.py",
    "missing_submodule": "circle.three",
    "no_app": "no_app.py",
    "no_app_nor_anything": "circle",
    "two_apps": "two_apps.py",
    "not_an_app": "not_an_app.py:app",
    "never_ends": "never_ends.py",
    "sleeps": "sleeps_at_import.py",
    "dies_by_a_signal": "dies_at_import.py",
    "leaves": "leaves_at_import.py",
    "dies_after_the_fork": "dies_after_fork.py",
    "factory_needs_arguments": "factories:needs_name",
    "factory_called_wrongly": "factories:needs_name(1, 2)",
    "factory_raises": "factories:raises()",
    "factory_raises_a_type_error": "factories:raises_type_error()",
    "factory_makes_nothing": "factories:makes_nothing()",
}


def _words(error: AppError) -> str:
    lines = [
        f"error {error.code}: {error.what}",
        *(f"     {why}" for why in error.why),
        *(f"   {do}" for do in error.do),
    ]
    return "\n".join(lines).replace(str(BAD), "/home/mia/bad").replace(sys.executable, "/usr/bin/python3") + "\n"


@pytest.mark.parametrize("name", TARGETS)
def test_a_failure_to_load(serve: Any, approve: Any, name: str, tmp_path: Path) -> None:
    limit_s = 0.7 if name in {"never_ends", "sleeps"} else 10
    cwd = BAD
    if name == "import_of_bad_syntax":
        cwd = tmp_path
        (tmp_path / "bad_syntax.py").write_text("def app(environ, start_response)\n    return []\n")
    with pytest.raises(AppError) as raised:
        serve(TARGETS[name], cwd=cwd, load_timeout_s=limit_s)
    text = _words(raised.value)
    approve(text, exit_code=int(raised.value.exit_status))
    assert text.count("\n") <= 7
    assert "simulator" not in text
    assert "importlib" not in text


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("flask.py", 'The file is named as the library "flask" is, and is imported in its place: rename it.'),
        ("logging.py", "Give the file another name, for example my_app.py."),
    ],
)
def test_a_file_that_is_named_as_a_library_is(serve: Any, tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / name).write_text("from flask import Flask\napp = Flask(__name__)\n")
    with pytest.raises(AppError) as raised:
        serve(name, cwd=tmp_path)
    assert (raised.value.code, raised.value.do) == ("E102", (words,))


@pytest.mark.parametrize("name", ["import_raises", "dies_by_a_signal", "sleeps", "factory_raises"])
def test_a_worker_that_loads_for_itself_fails_in_the_same_words(serve: Any, tmp_path: Path, name: str) -> None:
    """The application is fine at first, then its file changes."""
    good = "def app(environ, start_response): ...\ndef raises():\n    return app\n"
    file = tmp_path / TARGETS[name].partition(":")[0]
    file = file.with_suffix(".py")
    file.write_text(good)
    served = serve(file.name + TARGETS[name].partition(".py")[2].partition(":")[0], cwd=tmp_path, load_timeout_s=1)
    for bad in BAD.glob("*.py"):
        (tmp_path / bad.name).write_text(bad.read_text() if name != "factory_raises" else "1 / 0\n")
    with pytest.raises(AppError) as raised:
        served.launcher.fork(2, LoadMode.PER_WORKER)
    assert re.match(r"E10[245]", raised.value.code)
    assert raised.value.why[0].startswith(file.name)
