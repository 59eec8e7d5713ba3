"""The application sees its own world: its modules, its path, its folder; of ours nothing but `simulator`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import simulator

ROOT = Path(__file__).parents[2]

APP = """
import json, os, sys
import cli, scenarios, tests
from tests import helper
import simulator

def app(environ, start_response):
    start_response("200 OK", [])
    return [json.dumps({
        "whose": [cli.WHOSE, scenarios.WHOSE, tests.WHOSE, helper.WHOSE],
        "path": sys.path, "argv": sys.argv, "cwd": os.getcwd(), "main": __name__,
        "simulator": simulator.__file__, "environ": dict(os.environ),
    }).encode()]
"""

BARE = """
import sys

def app(environ, start_response):
    start_response("200 OK", [])
    return ["\\n".join(sorted(sys.modules)).encode()]
"""


def _project(folder: Path) -> None:
    for name in ("scenarios", "tests"):
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text("WHOSE = 'mine'")
    (folder / "tests" / "helper.py").write_text("WHOSE = 'mine'")
    (folder / "cli.py").write_text("WHOSE = 'mine'")
    (folder / "my_app.py").write_text(APP)


def test_a_projects_own_cli_scenarios_and_tests_are_imported(serve: Any, tmp_path: Path) -> None:
    """As this package runs from a checkout here, whose root has all three too."""
    assert {"cli.py", "scenarios", "tests"} <= set(os.listdir(ROOT))
    _project(tmp_path)
    seen = json.loads(serve("my_app.py", cwd=tmp_path).ask(1, "/").body)
    assert seen["whose"] == ["mine"] * 4
    assert str(ROOT) not in seen["path"]
    assert seen["path"][0] == str(tmp_path.resolve())
    assert seen["simulator"] == simulator.__file__
    assert seen["argv"] == ["my_app.py"]


def test_the_folder_of_the_file_comes_before_the_working_directory(serve: Any, tmp_path: Path) -> None:
    _project(tmp_path / "site")
    seen = json.loads(serve("site/my_app.py", cwd=tmp_path).ask(1, "/").body)
    assert seen["path"][:2] == [str((tmp_path / "site").resolve()), str(tmp_path.resolve())]
    assert seen["cwd"] == str(tmp_path.resolve())


def test_ours_cannot_be_imported_where_a_project_has_none(serve: Any, tmp_path: Path) -> None:
    (tmp_path / "my_app.py").write_text(
        "import importlib.util\n"
        "found = [name for name in ('cli', 'scenarios', 'tests') if importlib.util.find_spec(name)]\n"
        "def app(environ, start_response):\n"
        "    start_response('200 OK', [])\n    return [repr(found).encode()]\n"
    )
    assert serve("my_app.py", cwd=tmp_path).ask(1, "/").body == b"[]"


def test_a_checkout_on_pythonpath_is_not_in_the_way(tmp_path: Path) -> None:
    _project(tmp_path)
    program = (
        "import sys\nfrom pathlib import Path\nfrom simulator.launcher import Launcher\n"
        "with Launcher(target='my_app.py', cwd=Path(sys.argv[1])) as launcher:\n    print(launcher.load().title)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (run.stdout, run.stderr) == ('WSGI app "app"\n', "")


def test_nothing_but_the_standard_library_and_rank_0_is_loaded_for_us(serve: Any, tmp_path: Path) -> None:
    (tmp_path / "bare.py").write_text(BARE)
    modules = serve("bare.py", cwd=tmp_path).ask(1, "/").body.decode().split()
    ours = {name for name in modules if name.startswith("simulator.")}
    assert ours <= {
        "simulator.errors",
        "simulator.wire",
        *(name for name in ours if name.startswith("simulator.launcher")),
    }
    known = {*sys.stdlib_module_names, "simulator", "bare", "__main__"}
    assert {name.partition(".")[0] for name in modules} - known <= _site_modules()


def _site_modules() -> set[str]:
    """What Python itself imports here at startup (`.pth` files)."""
    run = subprocess.run(
        [sys.executable, "-c", "import sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return {name.partition(".")[0] for name in run.stdout.split()}


def test_the_environment_is_the_users_with_one_addition(serve: Any, tmp_path: Path) -> None:
    _project(tmp_path)
    seen = json.loads(serve("my_app.py", cwd=tmp_path, env={"SHOP": "open"}).ask(1, "/").body)["environ"]
    added = {name: value for name, value in seen.items() if os.environ.get(name) != value}
    assert added == {"FLASK_RUN_FROM_CLI": "true", "SHOP": "open"}


def test_the_parent_may_have_threads_and_be_strict_about_warnings(tmp_path: Path) -> None:
    """Forks are taken in a process of their own, so Python has nothing to warn of."""
    (tmp_path / "bare.py").write_text(BARE)
    program = (
        "import sys, threading, time\nfrom pathlib import Path\nfrom simulator.launcher import Launcher\n"
        "from simulator.story.schedule import LoadMode\n"
        "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
        "with Launcher(target='bare.py', cwd=Path(sys.argv[1])) as launcher:\n"
        "    launcher.load()\n"
        "    for mode in LoadMode:\n"
        "        launcher.fork(2, mode)\n"
        "        launcher.reload()\n"
        "    print(launcher.drain_logs())\n"
    )
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (run.stdout, run.stderr) == ("[]\n", "")
